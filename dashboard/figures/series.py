"""Figures along time: buckets of days, weeks or months in the store's zone, each there even if nothing happened.

A bucket is cut off where the range begins and ends. Each store counts by its own days; of all stores together there is
one series per currency.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal

from customers.actions import average
from customers.models import Store
from dashboard.figures.periods import next_month
from dashboard.figures.reading import cents, percentage, rows
from dashboard.models import Basis

GRANULARITIES = ("daily", "weekly", "monthly")
COMPARISONS = ("previous_period", "previous_year")
_NAMES = ("orders", "completed", "pending", "canceled", "expired", "refunded", "new_customers")


@dataclass(frozen=True)
class Bucket:
    """Local days, both ends included. `is_unfinished`: some of the day, week or month is still to come."""

    first: date
    last: date
    is_unfinished: bool


@dataclass(frozen=True)
class BucketFigures:
    """What is counted in one bucket, in one currency."""

    sales: Decimal = Decimal("0.00")
    orders: int = 0
    completed: int = 0
    pending: int = 0
    canceled: int = 0
    expired: int = 0
    refunded: int = 0
    new_customers: int = 0

    @property
    def average_order_value(self) -> Decimal:
        """Sales per completed order."""
        return average(self.sales, self.completed)

    def __add__(self, other: BucketFigures) -> BucketFigures:
        return BucketFigures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


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


def buckets(first: date, last: date, granularity: str, today: date) -> list[Bucket]:
    """Return the buckets from `first` to `last`; `today` and what comes later is unfinished."""
    found = []
    start = bucket_start(first, granularity)
    while start <= last:
        after = bucket_after(start, granularity)
        found.append(Bucket(max(start, first), min(after - timedelta(days=1), last), is_unfinished=after > today))
        start = after
    return found


def previous_day(day: date, comparison: str, granularity: str, count: int) -> date | None:
    """Return the day that `day` is compared with, None where there is none (February 29th).

    `previous_period` goes back by `count` buckets, `previous_year` by a year: 52 weeks where weeks are compared.
    """
    if granularity == "monthly":
        return _months_before(day, 12 if comparison == "previous_year" else count)
    if granularity == "weekly":
        return day - timedelta(weeks=52 if comparison == "previous_year" else count)
    if comparison == "previous_period":
        return day - timedelta(days=count)
    return None if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def previous_range(first: date, last: date, comparison: str, granularity: str, count: int) -> tuple[date, date]:
    """Return the range that `first` to `last` is compared with; the end of a month answers to the end of a month."""
    begin = previous_day(first, comparison, granularity, count) or date(first.year - 1, 3, 1)
    if granularity == "monthly" and next_month(last) == last + timedelta(days=1):
        after = _months_before(last + timedelta(days=1), 12 if comparison == "previous_year" else count)
        return begin, after - timedelta(days=1)
    return begin, previous_day(last, comparison, granularity, count) or date(last.year - 1, 2, 28)


def _months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    start = date(year, month + 1, 1)
    return min(start.replace(day=1) + timedelta(days=day.day - 1), next_month(start) - timedelta(days=1))


_BUCKET = {
    "daily": "day",
    "weekly": "date_trunc('week', day)::date",
    "monthly": "date_trunc('month', day)::date",
}
_SCOPE = "(%(store)s::bigint IS NULL OR s.id = %(store)s)"
_WAITING_DAY = "CASE WHEN %(basis)s = 'placed' THEN w.order_day ELSE w.event_day END"
_COLUMNS = ("sales", *_NAMES)
# pending and canceled are standings, known by order day alone
_WAITING = ", ".join(
    f"CASE WHEN %(basis)s = 'placed' THEN w.{name} ELSE 0 END AS {name}"
    if name in ("pending", "canceled")
    else f"w.{name}"
    for name in _COLUMNS
)
_SERIES = f"""
SELECT currency, {{bucket}} AS bucket, {", ".join(f"sum({name}) AS {name}" for name in _COLUMNS)} FROM (
    SELECT s.currency, d.day, {", ".join(f"d.{name}" for name in _COLUMNS)}
    FROM customers_store s JOIN dashboard_storedailysales d
        ON d.store_id = s.id AND d.basis = %(basis)s AND d.day BETWEEN %(first)s AND %(last)s
    WHERE {_SCOPE}
    UNION ALL
    SELECT s.currency, {_WAITING_DAY}, {_WAITING}
    FROM dashboard_metricdelta w JOIN customers_store s ON s.id = w.store_id
    WHERE {_SCOPE} AND w.product_id IS NULL AND {_WAITING_DAY} BETWEEN %(first)s AND %(last)s
) AS movements GROUP BY currency, bucket
"""
_CURRENCIES = f"SELECT DISTINCT currency FROM customers_store s WHERE {_SCOPE} ORDER BY currency"
_USE = """
SELECT {bucket} AS bucket, count(DISTINCT user_id) AS users, sum(page_views) AS views FROM dashboard_dailyactivity
WHERE store_id IS NOT DISTINCT FROM %(store)s AND day BETWEEN %(first)s AND %(last)s GROUP BY bucket
"""

Series = dict[str, dict[date, BucketFigures]]
"""Currency → first day of the whole bucket → figures; every currency of the scope, buckets with movements alone."""


def series(store: Store | None, first: date, last: date, granularity: str, basis: str = Basis.PLACED) -> Series:
    """Return the figures by currency and bucket of a store (None: of all stores)."""
    scope = {"store": store and store.pk}
    found: Series = {row["currency"]: {} for row in rows(_CURRENCIES, **scope)}
    sql = _SERIES.format(bucket=_BUCKET[granularity])
    for row in rows(sql, **scope, first=first, last=last, basis=basis):
        counts = {name: int(row[name]) for name in _NAMES}
        found[row["currency"]][row["bucket"]] = BucketFigures(sales=cents(row["sales"]), **counts)
    return found


def use(store: Store | None, first: date, last: date, granularity: str) -> dict[date, Use]:
    """Return orders placed, pages looked at and distinct accounts by bucket; days of all stores together are UTC's."""
    sql = _USE.format(bucket=_BUCKET[granularity])
    activity = {row["bucket"]: row for row in rows(sql, store=store and store.pk, first=first, last=last)}
    orders: dict[date, int] = {}
    for by_bucket in series(store, first, last, granularity).values():
        for start, counted in by_bucket.items():
            orders[start] = orders.get(start, 0) + counted.orders
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
