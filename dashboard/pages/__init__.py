"""Pages of the dashboard and what they show."""
