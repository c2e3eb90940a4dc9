"""Verification: are the figures what the orders say? Compared all the time, stored, shown, repaired on demand."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Store
from dashboard.caching.invalidation import figures_changed
from dashboard.figures import (
    consistent_read,
    first_month_with_orders,
    last_month_with_orders,
    latest_verifications,
)
from dashboard.metrics import recount
from dashboard.models import Verification
from dealport.kit.day_range import EVERY_DAY, DayRange
from dealport.kit.values import Json

logger = logging.getLogger(__name__)
KEPT_DETAILS = 20
SAMPLE_STORES = 20
KEPT_DAYS = 30

_CHANGED_DAYS = """
SELECT min(o.order_day), max(o.order_day)
FROM orders_orderevent e JOIN orders_order o ON o.id = e.order_id
WHERE e.store_id = %s AND e.at >= %s
"""


def verify_store(
    store: Store, first_day: date | None = None, last_day: date | None = None, *, repair: bool = False
) -> Verification:
    """Compare the buckets of a store with its orders, as of one moment, and store the result.

    Days are local, both ends included, widened to whole months; None is open. With `repair` the wrong buckets,
    and only those, are brought in line with the orders.
    """
    with consistent_read(at_length=True):
        wrong = recount.differences(store, first_day, last_day)
    if wrong and repair:
        recount.correct(store, first_day, last_day)
    days = recount.whole_months(first_day, last_day)
    is_repaired = bool(wrong) and repair
    return record(store, days, len(wrong), total_difference(wrong), readable(wrong), is_repaired=is_repaired)


def record(
    store: Store, days: DayRange, wrong_buckets: int, difference: Decimal, details: Sequence[object], **fields: object
) -> Verification:
    """Store the result of comparing `days` (whole months), which is shown with the figures."""
    with transaction.atomic():
        figures_changed([store.pk])
        return Verification.objects.create(
            store=store,
            first_day=days.first,
            last_day=days.last,
            is_complete=days == EVERY_DAY,
            wrong_buckets=wrong_buckets,
            difference=difference,
            details=details,
            **fields,
        )


def total_difference(wrong: list[Json]) -> Decimal:
    """Return the sum of the absolute differences in sales; one that is no number (NaN) adds nothing to it."""
    return sum((abs(bucket["sales"]) for bucket in wrong if bucket["sales"].is_finite()), Decimal("0.00"))


def readable(wrong: list[Json]) -> list[dict[str, object]]:
    """Return the first KEPT_DETAILS wrong buckets as JSON can hold them."""
    return [
        {name: value if isinstance(value, int | str) else str(value) for name, value in bucket.items()}
        for bucket in wrong[:KEPT_DETAILS]
    ]


def verify_sample(stores: int = SAMPLE_STORES) -> list[Verification]:
    """Compare the days that changed lately and one random month, for a random sample of stores.

    A store whose check fails is logged as an error; the others are checked.
    """
    results = []
    for store in Store.objects.filter(is_active=True).order_by("?")[:stores]:
        try:
            results += [
                verify_store(store, days.first, days.last)
                for days in (_changed_days(store), _random_month(store))
                if days
            ]
        except Exception:  # whatever it is, it must not keep the other stores from being checked
            logger.exception("the figures of store %s could not be verified", store.slug)
    return results


def _changed_days(store: Store) -> DayRange | None:
    """Return the range of order days to which something happened in the last hour."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_DAYS, [store.pk, timezone.now() - timedelta(hours=1)])
        first, last = cursor.fetchone()
    return DayRange(first, last) if first else None


def _random_month(store: Store) -> DayRange | None:
    first, last = first_month_with_orders(store), last_month_with_orders(store)
    if first is None or last is None:
        return None
    day = first + timedelta(days=random.randint(0, (last - first).days))
    return DayRange.of_day(day)


def prune_verifications() -> int:
    """Delete results older than 30 days; of every store the result shown and the newest of all days stay."""
    old = Verification.objects.filter(checked_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    shown = latest_verifications(set(old.values_list("store_id", flat=True))).values()
    complete = Verification.objects.filter(is_complete=True).order_by("store_id", "-checked_at").distinct("store_id")
    kept = [*(check.pk for check in shown), *complete.values_list("pk", flat=True)]
    return old.exclude(pk__in=kept).delete()[0]
