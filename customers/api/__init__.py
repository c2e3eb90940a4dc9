"""Endpoints of the customers app."""
