"""Endpoints of the customers house."""
