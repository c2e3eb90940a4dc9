"""The nightly comparison of daily metrics with the figures: days that moved are rewritten and compared again.

A row that differs is no defect by itself: a refund lowers `sales` of a day that is over, however long. What still
differs once the day was aggregated again is one.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from customers.models import Store
from dashboard import figures
from dealport.kit.day_range import DayRange
from reports.daily.aggregation import CHUNK_DAYS, DAYS_BACK, Difference, aggregate, differences
from reports.models import DailyMetrics, MetricsComparison

logger = logging.getLogger(__name__)

ROUNDS = 3
"""How often what differs is aggregated again: a day may move between writing and comparing."""
KEPT_DETAILS = 20
KEPT_DAYS = 365


def compare_and_settle(now: datetime | None = None) -> MetricsComparison | None:
    """Compare every row from the first one on, rewrite what moved, and store the result.

    Returns None where no day is over yet.
    """
    spans = figures.closed_days(Store.objects.all(), now or timezone.now())
    if not spans:
        return None
    last = max(span.days.last for span in spans)
    first = _first_day(last)
    compared = 0
    moved: set[tuple[int | None, date, str]] = set()
    details: list[Difference] = []
    wrong: list[Difference] = []
    for days in DayRange(first, last).chunks(CHUNK_DAYS):
        before, after = _settle(days)
        moved |= {(difference.store_id, difference.day, difference.currency) for difference in before}
        details += before[: KEPT_DETAILS - len(details)]
        wrong += after
        compared += DailyMetrics.objects.filter(day__range=(days.first, days.last)).count()
    result = MetricsComparison.objects.create(
        first_day=first,
        last_day=last,
        rows_compared=compared,
        rows_moved=len(moved),
        differences=len(wrong),
        details=[_readable(difference) for difference in [*wrong, *details][:KEPT_DETAILS]],
    )
    logger.log(
        logging.WARNING if wrong else logging.INFO,
        "daily metrics compared with the figures: %s rows, %s moved and written anew, %s differences left",
        *(compared, len(moved), len(wrong)),
    )
    return result


def prune_comparisons() -> int:
    """Delete results older than KEPT_DAYS but the newest; return how many."""
    old = MetricsComparison.objects.filter(checked_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    newest = MetricsComparison.objects.order_by("-checked_at", "-pk").values("pk")[:1]
    return old.exclude(pk__in=newest).delete()[0]


def latest_comparison() -> MetricsComparison | None:
    """Return the newest comparison of daily metrics with the figures; None before the first."""
    return MetricsComparison.objects.order_by("-checked_at", "-pk").first()


def _first_day(last: date) -> date:
    """Return the day of the first row, or the one from which on missed days are caught up."""
    caught_up = last - timedelta(days=DAYS_BACK - 1)
    first: date | None = DailyMetrics.objects.aggregate(first=Min("day"))["first"]
    return min(first, caught_up) if first else caught_up


def _settle(days: DayRange) -> tuple[list[Difference], list[Difference]]:
    """Return what differed, and what still does after the days were aggregated again."""
    before = after = list(differences(days))
    for _ in range(ROUNDS):
        if not after:
            break
        aggregate(DayRange(min(difference.day for difference in after), max(difference.day for difference in after)))
        after = list(differences(days))
    return before, after


def _readable(difference: Difference) -> dict[str, object]:
    return {
        "store": difference.store_id,
        "day": difference.day.isoformat(),
        "currency": difference.currency,
        "name": difference.name,
        "stored": str(difference.stored),
        "live": str(difference.live),
    }
