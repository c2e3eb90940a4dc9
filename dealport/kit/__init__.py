"""Building blocks every app may use: no model of an app, no settings read at import."""
