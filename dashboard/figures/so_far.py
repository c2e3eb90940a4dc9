"""Today, yesterday and this month against the same part of the time before: what Home begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from customers.models import Store
from dashboard.figures.comparisons import PREVIOUS_PERIOD, SAME_WEEKDAYS, Compared, compared_with
from dashboard.figures.figure import cents
from dashboard.figures.movements import Spans, sums
from dashboard.figures.periods import month_end
from dashboard.figures.reading import Row, rows
from dashboard.figures.weekly import parts_of_days
from dealport.kit.day_range import A_DAY, DayRange

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
    spans = [(store, label, days) for store, minute in minutes.items() for label, days in _spans(minute)]
    found: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal("0.00"), Decimal(0)])
    for row in _whole_days([(store, label, days.whole) for store, label, days in spans if days.whole.count]):
        _add(found, row["label"], row["currency"], cents(row["sales"]), row["orders"])
    cut = [(store, label, days.until) for store, label, days in spans if days.until]
    parts = parts_of_days({(store.pk, until.date()): (store, until) for store, _, until in cut}.values())
    for store, label, until in cut:
        sales, orders, _completed = parts.get((store.pk, until.date()), (Decimal("0.00"), 0, 0))
        _add(found, label, store.currency, sales, orders)
    currencies = sorted({store.currency for store in stores})
    return {name: [_compared(found, name, currency) for currency in currencies] for name in (TODAY, YESTERDAY, MONTH)}


COMPARED = {TODAY: SAME_WEEKDAYS, YESTERDAY: SAME_WEEKDAYS, MONTH: PREVIOUS_PERIOD}


def spans_before(minute: datetime) -> dict[str, Compared]:
    """Return what TODAY, YESTERDAY and MONTH are compared with at a minute that is local to the store."""
    return {name: compared_with(days, COMPARED[name], minute) for name, days in _days(minute).items()}


def _days(minute: datetime) -> dict[str, DayRange]:
    today = DayRange.of_day(minute.date())
    yesterday = DayRange.until(today.first - A_DAY, 0)
    return {TODAY: today, YESTERDAY: yesterday, MONTH: DayRange(today.first.replace(day=1), month_end(today.last))}


def _spans(minute: datetime) -> Iterable[tuple[str, Compared]]:
    """Yield each label with its days up to the minute that runs, and with those they are compared with."""
    for name, days in _days(minute).items():
        last = min(days.last, minute.date())
        yield name, Compared(DayRange(days.first, last), minute if last == minute.date() else None)
    for name, before in spans_before(minute).items():
        yield f"{name} before", before


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
