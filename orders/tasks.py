"""Beat jobs of the orders app."""

from __future__ import annotations

from celery import shared_task

from orders import product_views
from orders.actions import expire_unpaid


@shared_task
def expire_unpaid_orders() -> int:
    """Expire orders unpaid for 24 hours (DEALPORT_UNPAID_EXPIRY_HOURS). May run twice at once."""
    return expire_unpaid()


@shared_task
def write_product_views() -> int:
    """Add the views that Redis counted to the products. Two at once share them."""
    return product_views.write_views()
