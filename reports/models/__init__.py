"""Models of the reports house, one noun a file."""

from reports.models.daily import DailyMetrics
from reports.models.exports import ExportFormat, ExportJob, ScheduledExport
from reports.models.queries import QueryRun, SavedQuery

__all__ = ["DailyMetrics", "ExportFormat", "ExportJob", "QueryRun", "SavedQuery", "ScheduledExport"]
