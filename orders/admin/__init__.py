"""The admin of the orders app."""

from orders.admin import catalogue, orders, payment_methods, records, sources, uploads, webhooks

__all__ = ["catalogue", "orders", "payment_methods", "records", "sources", "uploads", "webhooks"]
