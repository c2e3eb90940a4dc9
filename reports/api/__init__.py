"""The endpoints of the reports house."""
