"""App configuration that registers the system checks."""

from django.apps import AppConfig


class DealportConfig(AppConfig):
    """The app that configures the others."""

    name = "dealport"

    def ready(self) -> None:
        """Register the checks and make the Celery application the current one, so that tasks find it."""
        from dealport import celery, checks  # noqa: F401
