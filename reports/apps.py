"""App configuration of the reports app."""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from dealport.kit.texts import PROVIDERS


class ReportsConfig(AppConfig):
    """Figures to take away: aggregations, exports, schedules and queries."""

    name = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and what has to be out of the way of migrations and of a copy."""
        from reports import erasing, receivers, texts  # noqa: F401  (registers the signal handlers)
        from reports.sql import configuration

        PROVIDERS.append(texts.shown_texts)
        pre_migrate.connect(configuration.clear_the_way, sender=self)
