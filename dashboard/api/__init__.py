"""HTTP operations of the dashboard."""
