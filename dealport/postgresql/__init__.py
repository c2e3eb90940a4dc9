"""Django's PostgreSQL backend with time limits to everything a connection may wait for."""
