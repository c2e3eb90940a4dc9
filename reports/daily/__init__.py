"""The nightly table of daily metrics: aggregation, comparison, recalculation."""
