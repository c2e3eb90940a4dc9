"""App configuration of the reports house."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Figures to take away: aggregations, exports, schedules and queries."""

    name = "reports"
    default_auto_field = "django.db.models.BigAutoField"
