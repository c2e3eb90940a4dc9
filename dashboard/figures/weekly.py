"""A week against the week before, fairly: of a week that runs, the same part of the other is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures.comparisons import SAME_WEEKDAYS, compared_with
from dashboard.figures.figure import cents
from dashboard.figures.movements import WINDOWS, sums
from dashboard.figures.reading import rows
from dashboard.figures.windows import Window, window_parameters
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import day_start
from dealport.kit.values import Json

DAYS = 7


@dataclass(frozen=True)
class DayOfWeek:
    """A day's orders by order date; `hours` is 23 or 25 where clocks change, `is_partial` where it is cut off."""

    date: date
    total_sales: Decimal
    total_orders: int
    total_completed_orders: int
    hours: Decimal
    is_partial: bool


@dataclass(frozen=True)
class WeeklyReport:
    """Two weeks from Monday to Sunday. `compared_until` is where both are cut off, None for a week that is over."""

    store: Store
    week: list[DayOfWeek]
    week_before: list[DayOfWeek]
    compared_until: datetime | None


# a part of a day is in no rollup: from the orders placed in it, by the index on store and moment
_PARTS = """
SELECT p.store_id, p.day AS bucket, coalesce(sum(o.captured_amount - o.refunded_amount), 0) AS sales,
    count(o.id) AS orders, count(o.id) FILTER (WHERE o.payment_status IN ('PAID', 'PARTIALLY_REFUNDED')) AS completed
FROM unnest(%(stores)s::bigint[], %(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS p (store_id, day, start, until)
LEFT JOIN orders_order o ON o.store_id = p.store_id AND o.placed_at >= p.start AND o.placed_at < p.until
    AND o.order_day = p.day
GROUP BY 1, 2
"""

_MEASURES = ("sales", "orders", "completed")

Days = dict[tuple[int, date], tuple[Decimal, int, int]]
"""Sales, orders and completed orders by store and day."""


def weekly_report(store: Store, monday: date, now: datetime) -> WeeklyReport:
    """Read a week and the one before inside the caller's `consistent_read()`, two statements (three if it runs).

    Days are compared whole up to yesterday; today up to the minute that runs, its counterpart up to the same local
    time of day. Days that have not begun, and their counterparts, count nothing.
    """
    return weekly_reports({store: monday}, now)[0]


def weekly_reports(mondays: Mapping[Store, date], now: datetime) -> list[WeeklyReport]:
    """Return the report of each store for the week that begins on its Monday, in as many statements as for one."""
    days = _whole_days(mondays)
    minutes = {store: now.astimezone(store.zone).replace(second=0, microsecond=0) for store in mondays}
    running = [
        store for store, monday in mondays.items() if monday <= minutes[store].date() < monday + timedelta(days=DAYS)
    ]
    if running:
        days |= _parts({store: minutes[store] for store in running})
    return [
        _report(store, monday, minutes[store] if store in running else None, days) for store, monday in mondays.items()
    ]


def week_of(day: date) -> DayRange:
    """Return the week of a day, from Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return DayRange(monday, monday + timedelta(days=DAYS - 1))


@dataclass(frozen=True)
class WeekTogether:
    """The running weeks of stores that sell in one currency, and the same parts of the weeks before."""

    currency: str
    total_sales: Decimal
    total_orders: int
    sales_before: Decimal
    orders_before: int


def weeks_together(stores: Sequence[Store], now: datetime) -> list[WeekTogether]:
    """Return what `weekly_reports` of the running weeks add up to, by currency; each store by its own local week."""
    if not stores:
        return []
    minutes = {store: now.astimezone(store.zone).replace(second=0, microsecond=0) for store in stores}
    mondays = {store: week_of(minute.date()).first for store, minute in minutes.items()}
    days = _whole_days(mondays) | _parts(minutes)
    sums: dict[str, list[Any]] = {store.currency: [Decimal("0.00"), 0, Decimal("0.00"), 0] for store in stores}
    of_store = {store.pk: (sums[store.currency], mondays[store], minutes[store].date()) for store in stores}
    for (key, day), (sales, orders, _) in days.items():
        found, monday, today = of_store[key]
        if monday <= day <= today:
            found[0], found[1] = found[0] + sales, found[1] + orders
        elif day <= today - timedelta(days=DAYS):
            found[2], found[3] = found[2] + sales, found[3] + orders
    return [WeekTogether(currency, *found) for currency, found in sorted(sums.items())]


def _whole_days(mondays: Mapping[Store, date]) -> Days:
    """Return the days of the weeks that begin on these Mondays and of those before."""
    windows = [
        Window(store, DayRange(monday - timedelta(days=DAYS), monday + timedelta(days=DAYS - 1)))
        for store, monday in mondays.items()
    ]
    sql = sums(WINDOWS.by(store_id="id"), _MEASURES, granularity="daily")
    return _by_day(rows(sql, **window_parameters(windows)))


def _report(store: Store, monday: date, minute: datetime | None, days: Days) -> WeeklyReport:
    today = minute.date() if minute else date.max
    return WeeklyReport(
        store=store,
        week=[_day(store, monday + timedelta(days=number), today, days) for number in range(DAYS)],
        week_before=[
            _day(store, monday + timedelta(days=number - DAYS), today - timedelta(days=DAYS), days)
            for number in range(DAYS)
        ],
        compared_until=minute,
    )


def _day(store: Store, day: date, cut: date, days: Days) -> DayOfWeek:
    """Return one day; of those after the day `cut` nothing counts."""
    nothing = (Decimal("0.00"), 0, 0)
    sales, orders, completed = days.get((store.pk, day), nothing) if day <= cut else nothing
    length = day_start(day + timedelta(days=1), store.zone) - day_start(day, store.zone)
    return DayOfWeek(day, sales, orders, completed, Decimal(length.total_seconds()) / 3600, is_partial=day == cut)


def _parts(minutes: Mapping[Store, datetime]) -> Days:
    """Return, by store, what the orders placed today before a local moment make, and the same part of a week ago."""
    parts = []
    for store, minute in minutes.items():
        before = compared_with(DayRange.of_day(minute.date()), SAME_WEEKDAYS, minute).until
        assert before is not None
        parts += [(store, minute), (store, before)]
    return parts_of_days(parts)


def parts_of_days(untils: Iterable[tuple[Store, datetime]]) -> Days:
    """Return what the orders make that were placed on a local moment's day and before it; one statement."""
    parts = [(store, until.date(), day_start(until.date(), store.zone), until) for store, until in untils]
    return _by_day(
        rows(
            _PARTS,
            stores=[part[0].pk for part in parts],
            days=[part[1] for part in parts],
            starts=[part[2] for part in parts],
            ends=[part[3] for part in parts],
        )
    )


def _by_day(found: list[Json]) -> Days:
    return {
        (row["store_id"], row["bucket"]): (cents(row["sales"]), int(row["orders"]), int(row["completed"]))
        for row in found
    }
