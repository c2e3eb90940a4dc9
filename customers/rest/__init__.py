"""Building blocks of every house's endpoints: strict input, filtered lists, store-owned views, idempotency."""
