"""Configuration of the project: settings, URLs, Celery, checks, health and the servers for development."""
