"""Figures along time: buckets of days, weeks or months in the store's zone, each there even if nothing happened.

A bucket is cut off where the range begins and ends. Each store counts by its own days; of all stores together there is
one series per currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from customers.scopes import StoreScope
from dashboard.figures.figure import Document, Quantities
from dashboard.figures.movements import BUCKETS, SCOPE, sums
from dashboard.figures.periods import next_month
from dashboard.figures.reading import percentage, rows
from dashboard.figures.registry import inputs_of, shown_in
from dashboard.models import Basis
from dealport.kit.day_range import A_DAY, DayRange

GRANULARITIES = ("daily", "weekly", "monthly")
MEASURES = inputs_of(shown_in(Document.SERIES).values())
"""What the figures along time are computed from."""


@dataclass(frozen=True)
class Bucket(DayRange):
    """The days of a range in one day, week or month. `is_unfinished`: some of that is still to come."""

    is_unfinished: bool


@dataclass(frozen=True)
class Use:
    """How much the back office was used in one bucket; an account counts once."""

    orders: int
    page_views: int
    active_users: int


def bucket_start(day: date, granularity: str) -> date:
    """Return the first day of the day, ISO week or month that `day` lies in."""
    if granularity == "monthly":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if granularity == "weekly" else day


def bucket_after(start: date, granularity: str) -> date:
    """Return the first day of the bucket after the one that begins on `start`."""
    return (
        next_month(start) if granularity == "monthly" else start + timedelta(days=7 if granularity == "weekly" else 1)
    )


def buckets(days: DayRange, granularity: str, today: date) -> list[Bucket]:
    """Return the buckets of some days; `today` and what comes later is unfinished."""
    found = []
    start = bucket_start(days.first, granularity)
    while start <= days.last:
        after = bucket_after(start, granularity)
        found.append(Bucket(max(start, days.first), min(after - A_DAY, days.last), is_unfinished=after > today))
        start = after
    return found


_CURRENCIES = (
    "SELECT DISTINCT currency FROM customers_store WHERE %(store)s::bigint IS NULL OR id = %(store)s ORDER BY currency"
)
_USE = """
SELECT {bucket} AS bucket, count(DISTINCT user_id) AS users, sum(page_views) AS views FROM dashboard_dailyactivity
WHERE store_id IS NOT DISTINCT FROM %(store)s AND day BETWEEN %(first)s AND %(last)s GROUP BY bucket
"""

Series = dict[str, dict[date, Quantities]]
"""Currency → first day of the whole bucket → MEASURES; every currency of the scope, buckets with movements alone."""


def series(scope: StoreScope, days: DayRange, granularity: str, basis: str = Basis.PLACED) -> Series:
    """Return what figures are computed from by currency and bucket."""
    found: Series = {row["currency"]: {} for row in rows(_CURRENCIES, store=scope.store_id)}
    for row in rows(
        sums(SCOPE, MEASURES, basis=basis, granularity=granularity),
        store=scope.store_id,
        first=days.first,
        last=days.last,
    ):
        found[row["currency"]][row["bucket"]] = row
    return found


def added_up(buckets: Iterable[Quantities]) -> Quantities:
    """Return the sums of MEASURES; 0 of no bucket."""
    sums_ = dict.fromkeys(MEASURES, Decimal(0))
    for bucket in buckets:
        for name in MEASURES:
            sums_[name] += bucket[name]
    return sums_


def use(scope: StoreScope, days: DayRange, granularity: str) -> dict[date, Use]:
    """Return orders placed, pages looked at and distinct accounts by bucket; days of all stores together are UTC's."""
    sql = _USE.format(bucket=BUCKETS[granularity])
    activity = {row["bucket"]: row for row in rows(sql, store=scope.store_id, first=days.first, last=days.last)}
    orders: dict[date, int] = {}
    for by_bucket in series(scope, days, granularity).values():
        for start, counted in by_bucket.items():
            orders[start] = orders.get(start, 0) + int(counted["orders"])
    return {
        start: Use(
            orders.get(start, 0),
            int(activity[start]["views"]) if start in activity else 0,
            activity[start]["users"] if start in activity else 0,
        )
        for start in orders.keys() | activity.keys()
    }


def change(now: Decimal | int, then: Decimal | int) -> Decimal | None:
    """Return by how many percent `now` is more than `then`; None where there was nothing."""
    return percentage(Decimal(now) - Decimal(then), abs(Decimal(then))) if then else None
