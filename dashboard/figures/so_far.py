"""Today, yesterday and this month against the same part of the time before: what Home begins with."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from customers.models import Store
from dashboard.figures.figure import cents
from dashboard.figures.movements import Spans, sums
from dashboard.figures.reading import Row, rows
from dashboard.figures.weekly import parts_of_days
from dealport.kit.day_range import DayRange

WEEK = timedelta(days=7)
TODAY, YESTERDAY, MONTH = "today", "yesterday", "month"
_LABELED = Spans(
    "(SELECT c.id, c.currency, w.label, w.first, w.last "
    "FROM unnest(%(stores)s::bigint[], %(labels)s::text[], %(firsts)s::date[], %(lasts)s::date[]) "
    "AS w (id, label, first, last) JOIN customers_store c ON c.id = w.id)",
    (("label", "label"), ("currency", "currency")),
)


@dataclass(frozen=True)
class SoFar:
    """Sales and orders of a time, by order date, and of the same part of the time before it, in one currency."""

    currency: str
    sales: Decimal
    orders: int
    sales_before: Decimal
    orders_before: int


def so_far(stores: Sequence[Store], now: datetime) -> dict[str, list[SoFar]]:
    """Return TODAY, YESTERDAY and MONTH by currency, each store by its own local days; two statements.

    Today counts up to the minute that runs, against the same hours of the same weekday a week ago; yesterday against
    the same weekday; the month against the same days and hours of last month (all of it where that was shorter).
    """
    if not stores:
        return {TODAY: [], YESTERDAY: [], MONTH: []}
    minutes = {store: now.astimezone(store.zone).replace(second=0, microsecond=0) for store in stores}
    found: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal("0.00"), Decimal(0)])
    windows = [window for store, minute in minutes.items() for window in _windows(store, minute.date())]
    for row in _whole_days(windows):
        _add(found, row["label"], row["currency"], cents(row["sales"]), row["orders"])
    labels = {(store.pk, until.date(), label): (store, until)
              for store, minute in minutes.items() for label, until in _parts(minute)}  # fmt: skip
    parts = parts_of_days({(store.pk, until): (store, until) for store, until in labels.values()}.values())
    for (key, day, label), (store, _) in labels.items():
        sales, orders, _completed = parts.get((key, day), (Decimal("0.00"), 0, 0))
        _add(found, label, store.currency, sales, orders)
    currencies = sorted({store.currency for store in stores})
    return {name: [_compared(found, name, currency) for currency in currencies] for name in (TODAY, YESTERDAY, MONTH)}


def _windows(store: Store, today: date) -> Iterable[tuple[Store, str, DayRange]]:
    """Yield the whole days that belong to each label."""
    yesterday = today - timedelta(days=1)
    yield store, YESTERDAY, DayRange(yesterday, yesterday)
    yield store, f"{YESTERDAY} before", DayRange(yesterday - WEEK, yesterday - WEEK)
    before = _month_before(today)
    if today.day > 1:
        yield store, MONTH, DayRange(today.replace(day=1), yesterday)
    last = before.replace(day=min(today.day - 1, monthrange(before.year, before.month)[1]) or 1)
    if today.day > 1:
        yield store, f"{MONTH} before", DayRange(before, last)


def _parts(minute: datetime) -> Iterable[tuple[str, datetime]]:
    """Yield the moments up to which a part of a day belongs to each label."""
    yield TODAY, minute
    yield f"{TODAY} before", minute - WEEK
    yield MONTH, minute
    before = _month_before(minute.date())
    if minute.day <= monthrange(before.year, before.month)[1]:
        yield f"{MONTH} before", minute.replace(year=before.year, month=before.month)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _whole_days(windows: Sequence[tuple[Store, str, DayRange]]) -> list[Row]:
    days = [window for _, _, window in windows]
    return rows(
        sums(_LABELED, ("sales", "orders")),
        stores=[store.pk for store, _, _ in windows],
        labels=[label for _, label, _ in windows],
        firsts=[window.first for window in days],
        lasts=[window.last for window in days],
    )


def _add(found: dict[tuple[str, str], list[Decimal]], label: str, currency: str, sales: Decimal, orders: int) -> None:
    total = found[label, currency]
    total[0], total[1] = total[0] + sales, total[1] + orders


def _compared(found: dict[tuple[str, str], list[Decimal]], name: str, currency: str) -> SoFar:
    now, before = found[name, currency], found[f"{name} before", currency]
    return SoFar(currency, now[0], int(now[1]), before[0], int(before[1]))
