"""The JSON documents of the dashboard, computed once and cached."""
