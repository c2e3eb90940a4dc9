"""Models of the reports app, one noun a file."""

from reports.models.daily import DailyMetrics
from reports.models.exports import ExportFormat, ExportJob, ScheduledExport
from reports.models.mails import ScheduleMail
from reports.models.notices import NotificationChoice, Trouble
from reports.models.queries import QueryRun, SavedQuery
from reports.models.recalculations import MetricsComparison, Recalculation
from reports.models.views import SavedView

__all__ = [
    "DailyMetrics",
    "ExportFormat",
    "ExportJob",
    "MetricsComparison",
    "NotificationChoice",
    "QueryRun",
    "Recalculation",
    "SavedQuery",
    "SavedView",
    "ScheduleMail",
    "ScheduledExport",
    "Trouble",
]
