"""The admin of the orders app."""

from orders.admin import (
    catalogue,
    connections,
    coupons,
    drafts,
    edits,
    orders,
    payment_methods,
    records,
    sources,
    stock,
    uploads,
    webhooks,
)

__all__ = [
    "catalogue",
    "connections",
    "coupons",
    "drafts",
    "edits",
    "orders",
    "payment_methods",
    "records",
    "sources",
    "stock",
    "uploads",
    "webhooks",
]
