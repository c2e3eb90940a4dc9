"""App configuration of the dashboard app."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Figures: the metric ledger, the rollups, their verification, and the pages that show them."""

    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dashboard import receivers  # noqa: F401  (registers the signal handlers)
