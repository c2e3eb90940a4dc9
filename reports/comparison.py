"""The nightly comparison of daily metrics with the figures: days that moved are written anew and compared again.

A row that differs is no defect by itself: a refund lowers `sales` of a day that is over. What still differs once the
day was aggregated again is one; its month is compared every night until it is right.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Min
from django.utils import timezone

from customers.models import Store
from dashboard import figures
from dashboard.periods import next_month
from reports.aggregation import Difference, aggregate, differences
from reports.models import DailyMetrics, MetricsComparison

logger = logging.getLogger(__name__)

RECENT_DAYS = 35
ROUNDS = 3
"""How often what differs is aggregated again: a day may move between writing and comparing."""
KEPT_DETAILS = 20
KEPT_DAYS = 365


def compare_and_settle(now: datetime | None = None) -> MetricsComparison | None:
    """Compare the last RECENT_DAYS, a random older month and the months that were wrong; keep the result.

    Returns None where no day is over yet.
    """
    spans = figures.closed_days(Store.objects.all(), now or timezone.now())
    if not spans:
        return None
    last = max(span.last for span in spans)
    recent = (last - timedelta(days=RECENT_DAYS - 1), last)
    months = sorted(_older_months(recent[0]))
    moved: list[Difference] = []
    wrong: list[Difference] = []
    compared = 0
    for days in (recent, *(_days_of(month) for month in months)):
        before, after = _settle(*days)
        moved += before
        wrong += after
        compared += DailyMetrics.objects.filter(day__range=days).count()
    result = MetricsComparison.objects.create(
        first_day=recent[0],
        last_day=recent[1],
        older_months=[f"{month:%Y-%m}" for month in months],
        wrong_months=sorted({f"{difference.day:%Y-%m}" for difference in wrong}),
        rows_compared=compared,
        rows_moved=len({(d.store_id, d.day, d.currency) for d in moved}),
        differences=len(wrong),
        details=[_readable(difference) for difference in [*wrong, *moved][:KEPT_DETAILS]],
    )
    _log(result)
    return result


def prune_comparisons() -> int:
    """Delete results older than KEPT_DAYS but the newest; return how many."""
    old = MetricsComparison.objects.filter(checked_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    newest = MetricsComparison.objects.order_by("-checked_at", "-pk").values("pk")[:1]
    return old.exclude(pk__in=newest).delete()[0]


def latest_comparison() -> MetricsComparison | None:
    """Return the newest result."""
    return MetricsComparison.objects.order_by("-checked_at", "-pk").first()


def _settle(first: date, last: date) -> tuple[list[Difference], list[Difference]]:
    """Return what differed, and what still does after the days were aggregated again."""
    before = after = list(differences(first, last))
    for _ in range(ROUNDS):
        if not after:
            break
        aggregate(min(difference.day for difference in after), max(difference.day for difference in after))
        after = list(differences(first, last))
    return before, after


def _older_months(before: date) -> set[date]:
    """Return the months that were wrong the last time, and a random one of those that end before `before`."""
    newest = latest_comparison()
    months = {date.fromisoformat(f"{month}-01") for month in (newest.wrong_months if newest else ())}
    first: date | None = DailyMetrics.objects.aggregate(first=Min("day"))["first"]
    choice = list(_months(first, before)) if first else []
    return months | ({random.choice(choice)} if choice else set())


def _months(first: date, before: date) -> Iterator[date]:
    month = first.replace(day=1)
    while next_month(month) <= before:
        yield month
        month = next_month(month)


def _days_of(month: date) -> tuple[date, date]:
    return month, next_month(month) - timedelta(days=1)


def _readable(difference: Difference) -> dict[str, Any]:
    return {
        "store": difference.store_id,
        "day": difference.day.isoformat(),
        "currency": difference.currency,
        "name": difference.name,
        "stored": str(difference.stored),
        "live": str(difference.live),
    }


def _log(result: MetricsComparison) -> None:
    """Say what was found in one line, as a warning if something is wrong."""
    logger.log(
        logging.WARNING if result.differences else logging.INFO,
        "daily metrics compared with the figures: %s rows, %s moved and written anew, %s differences left %s",
        result.rows_compared, result.rows_moved, result.differences, result.wrong_months or "",
    )  # fmt: skip
