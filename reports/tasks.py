"""Celery tasks of the reports house. All may run twice and at once."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from customers.models import Store
from reports import aggregation


@shared_task
def aggregate_due() -> int:
    """Write the daily metrics of the days that are over and have none; return how many rows."""
    return aggregation.aggregate_due()


@shared_task
def aggregate_days(first: str, last: str, store_id: int | None) -> int:
    """Write the daily metrics of some days (ISO dates) anew, of one store or of every store; return how many rows."""
    store = None if store_id is None else Store.objects.get(pk=store_id)
    return aggregation.aggregate(date.fromisoformat(first), date.fromisoformat(last), store)
