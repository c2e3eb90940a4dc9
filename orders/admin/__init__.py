"""The admin of the orders app."""

from orders.admin import catalogue, coupons, orders, payment_methods, records, sources, uploads, webhooks

__all__ = ["catalogue", "coupons", "orders", "payment_methods", "records", "sources", "uploads", "webhooks"]
