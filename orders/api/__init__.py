"""Endpoints of the orders house."""
