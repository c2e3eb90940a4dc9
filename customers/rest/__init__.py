"""Building blocks of every app's endpoints: strict input, filtered lists, store-owned views, idempotency."""
