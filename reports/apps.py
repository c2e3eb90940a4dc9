"""App configuration of the reports app."""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class ReportsConfig(AppConfig):
    """Figures to take away: aggregations, exports, schedules and queries."""

    name = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and what has to be out of the way of migrations and of a copy."""
        from reports import erasing, receivers  # noqa: F401  (registers the signal handlers)
        from reports.sql import configuration

        pre_migrate.connect(configuration.clear_the_way, sender=self)
