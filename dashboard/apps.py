"""App configuration of the dashboard app."""

from django.apps import AppConfig

from dealport.kit.texts import PROVIDERS


class DashboardConfig(AppConfig):
    """Figures: the metric ledger, the rollups, their verification, and the pages that show them."""

    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the signal handlers, and the texts for translation."""
        from dashboard import receivers, texts  # noqa: F401

        PROVIDERS.append(texts.shown_texts)
