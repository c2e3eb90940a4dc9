"""The rows of the reports house."""

from reports.models.daily import DailyMetrics

__all__ = ["DailyMetrics"]
