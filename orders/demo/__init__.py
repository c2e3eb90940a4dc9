"""The demo: one real shop and two invented ones, for looking around and for benchmarks. Never used in production."""
