"""The snapshot of stores, each by itself, or of all: a fixed number of statements in one round trip for any number.

Each store counts by its own local days; all stores are the sum of those. Amounts of different currencies are never
added up: there is one line per currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard.figures.figure import Figure, Quantities, cents
from dashboard.figures.movements import SCOPE, WINDOWS, Spans, sums, until
from dashboard.figures.reading import Query, Row, read_together
from dashboard.figures.registry import FIGURES, values_of
from dashboard.figures.values import Values
from dashboard.figures.windows import Window, window_parameters
from dashboard.metrics.measures import STORE_MEASURES
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import clocks, local_day_sql
from dealport.kit.values import FieldValues

NOTHING = Decimal("0.00")


@dataclass
class DayMoney:
    """What is money on one day, in one currency."""

    sales: Decimal = NOTHING
    credits_granted: Decimal = NOTHING
    credits_spent: Decimal = NOTHING


@dataclass
class DayUse:
    """What is counted on one day."""

    orders: int = 0
    active_users: int = 0
    page_views: int = 0


@dataclass
class CurrencyFigures:
    """What the figures of one currency are computed from, and its amounts by day; days without any are left out."""

    currency: str
    quantities: Quantities
    days: dict[date, DayMoney] = field(default_factory=dict)

    def value(self, key: str) -> Decimal:
        """Return a figure of the registry, by its key."""
        return Decimal(FIGURES[key].value(self.quantities, self.currency))


@dataclass
class Snapshot:
    """The figures of a scope of some local days."""

    scope: StoreScope
    range: DayRange
    currencies: list[CurrencyFigures]
    days: dict[date, DayUse]

    @property
    def quantities(self) -> Quantities:
        """What counts are computed from: of all currencies, whose amounts are never added."""
        return {name: sum(line.quantities[name] for line in self.currencies) for name in QUANTITIES}


@dataclass(frozen=True)
class _Stores:
    """Whom the statements are about, and by which key they add figures up."""

    spans: Spans
    mine: str
    whose: str


_ALL = _Stores(SCOPE.by(key="currency"), mine="TRUE", whose="store_id IS NULL")
_SOME = _Stores(WINDOWS, mine="store_id = ANY(%(stores)s)", whose="store_id = ANY(%(stores)s)")

_OF_NOW = ("subscriptions", "recurring", "credits")
QUANTITIES = (*STORE_MEASURES, "registered", *_OF_NOW)
"""What the figures of a snapshot are computed from."""
# by the indexes customers_subscription_active and customers_with_credits
_NOW = """
SELECT s.{key} AS key, min(s.currency) AS currency, coalesce(sum(paying.subscriptions), 0) AS subscriptions,
    coalesce(sum(paying.recurring), 0) AS recurring, coalesce(sum(owed.credits), 0) AS credits
FROM {spans} s
LEFT JOIN (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS recurring FROM customers_subscription
    WHERE status = 'active' AND {mine} GROUP BY store_id
) AS paying ON paying.store_id = s.id
LEFT JOIN (
    SELECT store_id, sum(credit_balance) AS credits FROM customers_customer
    WHERE credit_balance > 0 AND {mine} GROUP BY store_id
) AS owed ON owed.store_id = s.id
GROUP BY 1
"""
_CREDIT_DAY = local_day_sql("c.created_at", "z.changes", "z.offsets")
_CREDITS = f"""
SELECT s.{{key}} AS key, {_CREDIT_DAY} AS day,
    coalesce(sum(c.amount) FILTER (WHERE c.amount > 0), 0) AS granted,
    coalesce(-sum(c.amount) FILTER (WHERE c.amount < 0), 0) AS spent
FROM {{spans}} s
JOIN (VALUES {{zones}}) AS z (timezone, changes, offsets) ON z.timezone = s.timezone
JOIN customers_creditentry c ON c.store_id = s.id AND c.created_at >= s.first - 1 AND c.created_at < s.last + 3
WHERE {_CREDIT_DAY} BETWEEN s.first AND s.last
GROUP BY 1, 2
"""
_ACTIVITY = """
SELECT store_id AS key, day, count(*) AS users, sum(page_views) AS views FROM dashboard_dailyactivity
WHERE {whose} AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""


def scope_snapshot(scope: StoreScope, days: DayRange, zones: list[ZoneInfo]) -> Snapshot:
    """Read the snapshot of a scope with stores in `zones`, inside the caller's `consistent_read()`: five statements."""
    if scope.store:
        return store_snapshots([Window(scope.store, days)])[0]
    parameters = {"store": None, "first": days.first, "last": days.last}
    found = _read(_ALL, parameters, zones)
    return _snapshot(found, ALL_STORES, days, sorted(found.now))


def store_snapshots(windows: Sequence[Window]) -> list[Snapshot]:
    """Read the snapshots of some stores inside the caller's `consistent_read()`: five statements for any number."""
    if not windows:
        return []
    zones = list(dict.fromkeys(window.store.zone for window in windows))
    found = _read(_SOME, window_parameters(windows), zones)
    return [_snapshot(found, StoreScope(window.store), window.days, [window.store.pk]) for window in windows]


Rows = dict[Any, list[Row]]


@dataclass(frozen=True)
class _Rows:
    """What the statements gave, by store id or by currency; activity by store, None for all."""

    sales: Rows
    customers: Rows
    now: Rows
    credits: Rows
    activity: Rows


def _read(stores: _Stores, parameters: FieldValues, zones: Sequence[ZoneInfo]) -> _Rows:
    values, bounds = clocks((zone.key for zone in zones), DayRange(parameters["first"], parameters["last"]))
    credit_entries = _text(_CREDITS, stores, zones=values)
    return _Rows(
        *read_together(
            Query(sums(stores.spans, STORE_MEASURES, granularity="daily"), parameters, _by_key),
            _registered(stores, parameters),
            Query(_text(_NOW, stores), parameters, _by_key),
            Query(credit_entries, parameters | bounds, _by_key),
            Query(_text(_ACTIVITY, stores), parameters, _by_key),
        )
    )


def _text(sql: str, stores: _Stores, **parts: str) -> str:
    spans = stores.spans
    return sql.format(key=dict(spans.keys)["key"], spans=spans.sql, mine=stores.mine, whose=stores.whose, **parts)


def _registered(stores: _Stores, parameters: dict[str, object]) -> Query[Rows]:
    """Return the query of the customers registered up to the last day of each key."""
    return Query(sums(until(stores.spans), ("customers",), up_to="year"), parameters, _by_key)


def _by_key(found: list[Row]) -> Rows:
    by_key: Rows = defaultdict(list)
    for row in found:
        by_key[row["key"]].append(row)
    return by_key


def _snapshot(found: _Rows, scope: StoreScope, days: DayRange, keys: Sequence[object]) -> Snapshot:
    """Put the rows of the keys together: one store's, or those of all currencies."""
    use = {day: DayUse() for day in days.days()}
    for key in keys:
        for row in found.sales.get(key, ()):
            use[row["bucket"]].orders += int(row["orders"])
    for row in found.activity.get(scope.store_id, ()):
        if row["day"] in use:
            use[row["day"]].active_users, use[row["day"]].page_views = row["users"], int(row["views"])
    return Snapshot(scope, days, [_currency(found, key) for key in keys if key in found.now], use)


def _currency(found: _Rows, key: object) -> CurrencyFigures:
    """Return one line; the days on which nothing moved are left out."""
    sales = found.sales.get(key, [])
    days = {row["bucket"]: DayMoney(sales=cents(row["sales"])) for row in sales}
    for row in found.credits.get(key, ()):
        day = days.setdefault(row["day"], DayMoney())
        day.credits_granted, day.credits_spent = cents(row["granted"]), cents(row["spent"])
    (now,) = found.now[key]
    return CurrencyFigures(now["currency"], _quantities(sales, found.customers.get(key, ()), now), days)


def _quantities(sales: Sequence[Row], customers: Sequence[Row], now: Row) -> dict[str, Decimal | int]:
    """Return the QUANTITIES that rows of one key add up to."""
    measured = {name: sum(row[name] for row in sales) for name in STORE_MEASURES}
    registered = sum(row["customers"] for row in customers)
    return {**measured, "registered": registered, **{name: now[name] for name in _OF_NOW}}


def shares_of_stores(stores: Sequence[Store], days: DayRange) -> list[Quantities]:
    """Return what each store's part of `scope_snapshot` of these days is computed from.

    Three statements for any number of stores, inside the caller's `consistent_read()`.
    """
    if not stores:
        return []
    parameters = window_parameters([Window(store, days) for store in stores])
    sales, customers, now = read_together(
        Query(sums(WINDOWS, STORE_MEASURES), parameters, _by_key),
        _registered(_SOME, parameters),
        Query(_text(_NOW, _SOME), parameters, _by_key),
    )
    return [_quantities(sales.get(store.pk, ()), customers.get(store.pk, ()), now[store.pk][0]) for store in stores]


def values_of_now(store: Store) -> Values:
    """Return a store's subscriptions and credits as they are now, by figure; one statement."""
    (found,) = Query(
        _text(_NOW, _SOME), window_parameters([Window(store, DayRange.of_day(date.max))]), lambda found: found
    ).read()
    return values_of(of_now(), found, store.currency)


def of_now() -> list[Figure]:
    """Return the figures of what customers have now, whatever the period."""
    return [figure for figure in FIGURES.values() if {*figure.inputs} <= {*_OF_NOW}]
