"""Cached figures: values with their generation, invalidation, conditional answers."""
