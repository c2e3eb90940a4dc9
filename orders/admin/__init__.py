"""The admin of the orders app."""

from orders.admin import catalogue, orders, records, webhooks

__all__ = ["catalogue", "orders", "records", "webhooks"]
