"""English; the formats of every other language start from these."""
