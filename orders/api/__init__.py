"""Endpoints of the orders app."""
