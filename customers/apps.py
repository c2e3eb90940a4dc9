"""App configuration of the customers app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Who: staff accounts, stores, memberships, customers and their credits."""

    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers import picture_receivers  # noqa: F401  (registers the signal handlers)
