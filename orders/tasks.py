"""Beat jobs of the orders app."""

from __future__ import annotations

from celery import shared_task

from orders.actions import expire_unpaid


@shared_task
def expire_unpaid_orders() -> int:
    """Expire orders unpaid for 24 hours (DEALPORT_UNPAID_EXPIRY_HOURS). May run twice at once."""
    return expire_unpaid()
