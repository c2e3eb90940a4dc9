"""Building blocks of admin pages."""
