"""Verification: are the figures what the orders say? Compared all the time, stored, shown, repaired on demand."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Store
from dashboard.caching.invalidation import figures_changed
from dashboard.figures import first_month_with_orders, last_month_with_orders, snapshot
from dashboard.metrics import recount
from dashboard.models import Verification

KEPT_DETAILS = 20
SAMPLE_STORES = 20
KEPT_DAYS = 30

_CHANGED_DAYS = """
SELECT min(o.placed_at), max(o.placed_at)
FROM orders_orderevent e JOIN orders_order o ON o.id = e.order_id
WHERE e.store_id = %s AND e.at >= %s
"""


def verify_store(
    store: Store, first_day: date | None = None, last_day: date | None = None, *, repair: bool = False
) -> Verification:
    """Compare the buckets of a store with its orders, in one snapshot, and store the result.

    Days are local, both ends included, widened to whole months; None is open. With `repair` the wrong buckets,
    and only those, are brought in line with the orders.
    """
    with snapshot():
        wrong = recount.differences(store, first_day, last_day)
    if wrong and repair:
        recount.correct(store, first_day, last_day)
    with transaction.atomic():
        figures_changed([store.pk])  # the result is shown with the figures
        return Verification.objects.create(
            store=store,
            first_day=first_day or recount.FIRST_DAY,
            last_day=last_day or recount.LAST_DAY,
            is_complete=first_day is None and last_day is None,
            wrong_buckets=len(wrong),
            difference=sum((abs(bucket["sales"]) for bucket in wrong), Decimal("0.00")),
            is_repaired=bool(wrong) and repair,
            details=[_readable(bucket) for bucket in wrong[:KEPT_DETAILS]],
        )


def _readable(bucket: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | str) else str(value) for name, value in bucket.items()}


def verify_sample(stores: int = SAMPLE_STORES) -> list[Verification]:
    """Compare the days that changed lately and one random month, for a random sample of stores."""
    picked = list(Store.objects.filter(is_active=True).order_by("?")[:stores])
    return [
        verify_store(store, *days) for store in picked for days in (_changed_days(store), _random_month(store)) if days
    ]


def _changed_days(store: Store) -> tuple[date, date] | None:
    """Return the range of order days to which something happened in the last hour."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_DAYS, [store.pk, timezone.now() - timedelta(hours=1)])
        first, last = cursor.fetchone()
    return (first.astimezone(store.zone).date(), last.astimezone(store.zone).date()) if first else None


def _random_month(store: Store) -> tuple[date, date] | None:
    first, last = first_month_with_orders(store), last_month_with_orders(store)
    if first is None or last is None:
        return None
    day = first + timedelta(days=random.randint(0, (last - first).days))
    return day, day


def prune_verifications() -> int:
    """Delete results older than 30 days; the newest result of every store stays."""
    old = Verification.objects.filter(checked_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    newest = Verification.objects.order_by("store_id", "-checked_at").distinct("store_id").values("pk")
    return old.exclude(pk__in=newest).delete()[0]
