"""The endpoints of the reports app."""
