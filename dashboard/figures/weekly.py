"""A week against the week before, fairly: of a week that runs, the same part of the other is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from customers.models import Store
from dashboard.figures.reading import DAILY, WAITING_STORE, cents, rows
from dashboard.models import Basis
from dashboard.periods import day_start

DAYS = 7


@dataclass(frozen=True)
class DayOfWeek:
    """A day's orders by order day; `hours` is 23 or 25 where clocks change, `is_partial` where it is cut off."""

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


_DAYS = f"""
SELECT day, sum(sales) AS sales, sum(orders) AS orders, sum(completed) AS completed
FROM ({DAILY} UNION ALL {WAITING_STORE}) AS movements
WHERE day BETWEEN %(first)s AND %(last)s GROUP BY day
"""
# a part of a day is in no rollup: from the orders placed in it, by the index on store and moment
_PART = """
SELECT coalesce(sum(captured_amount - refunded_amount), 0) AS sales, count(*) AS orders,
    count(*) FILTER (WHERE payment_status IN ('PAID', 'PARTIALLY_REFUNDED')) AS completed
FROM orders_order WHERE store_id = %(store)s AND placed_at >= %(start)s AND placed_at < %(end)s
"""


def weekly_report(store: Store, monday: date, now: datetime) -> WeeklyReport:
    """Read a week and the one before inside the caller's `snapshot()`, two statements (one more for a running week).

    Days are compared whole up to yesterday; today up to the minute that runs, its counterpart up to the same local
    time of day. Days that have not begun, and their counterparts, count nothing.
    """
    found = rows(
        _DAYS, store=store.pk, basis=Basis.PLACED, first=monday - timedelta(days=DAYS), last=monday + timedelta(days=6)
    )
    days = {row["day"]: (cents(row["sales"]), int(row["orders"]), int(row["completed"])) for row in found}
    minute = now.astimezone(store.zone).replace(second=0, microsecond=0)
    today = minute.date()
    if not monday <= today < monday + timedelta(days=DAYS):
        today = date.max
    else:
        for day, until in ((today, minute), (today - timedelta(days=DAYS), minute - timedelta(days=DAYS))):
            days[day] = _part(store, day, until)
    return WeeklyReport(
        store=store,
        week=[_day(store, monday + timedelta(days=number), today, days) for number in range(DAYS)],
        week_before=[
            _day(store, monday + timedelta(days=number - DAYS), today - timedelta(days=DAYS), days)
            for number in range(DAYS)
        ],
        compared_until=minute if today != date.max else None,
    )


def _day(store: Store, day: date, cut: date, days: dict[date, tuple[Decimal, int, int]]) -> DayOfWeek:
    """Return one day; of those after the day `cut` nothing counts."""
    sales, orders, completed = days.get(day, (Decimal("0.00"), 0, 0)) if day <= cut else (Decimal("0.00"), 0, 0)
    length = day_start(day + timedelta(days=1), store.zone) - day_start(day, store.zone)
    return DayOfWeek(day, sales, orders, completed, Decimal(length.total_seconds()) / 3600, is_partial=day == cut)


def _part(store: Store, day: date, until: datetime) -> tuple[Decimal, int, int]:
    """Return sales, orders and completed orders of a day's orders placed before a local moment of it."""
    found = rows(_PART, store=store.pk, start=day_start(day, store.zone), end=until)[0]
    return cents(found["sales"]), found["orders"], found["completed"]
