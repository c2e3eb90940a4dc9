"""Explore: analytics queries as tables, charts, files and saved views. What an address says is the whole state."""
