"""The demo: one real store and two invented ones, for looking around and for benchmarks. Never used in production."""
