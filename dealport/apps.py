"""App configuration that registers the system checks."""

from django.apps import AppConfig


class DealportConfig(AppConfig):
    """The app that configures the others."""

    name = "dealport"

    def ready(self) -> None:
        """Register the checks, make the Celery application the current one, let names of models be translated."""
        from dealport import celery, checks, model_names  # noqa: F401

        model_names.mark_models()
