"""App configuration of the orders app."""

from django.apps import AppConfig

from dealport.kit.texts import PROVIDERS


class OrdersConfig(AppConfig):
    """What happened: the catalogue, orders, payments, refunds and their permanent history."""

    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from orders import erasing, merging, receivers, texts  # noqa: F401  (registers the signal handlers)
        from orders.connections import privacy  # noqa: F401  (after erasing, which adds what must be masked)

        PROVIDERS.append(texts.shown_texts)
