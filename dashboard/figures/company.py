"""The snapshot of stores, each by itself, or of the whole company: a fixed number of statements for any number.

Each store counts by its own local days; all stores together are the sum of those. Amounts of different currencies are
never added up: there is one line per currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from customers.actions import average
from customers.models import Store
from dashboard.figures.periods import day_start
from dashboard.figures.reading import cents, rows

NOTHING = Decimal("0.00")
COUNTS = ("orders", "completed", "pending", "canceled", "expired", "refunded", "new_customers")
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in ("sales", *COUNTS))
_OF_DAY = ", ".join(f"d.{name}" for name in ("sales", *COUNTS))
_OF_WAITING = ", ".join(f"w.{name}" for name in ("sales", *COUNTS))


@dataclass
class CurrencyFigures:
    """What is money, in one currency."""

    currency: str
    total_sales: Decimal = NOTHING
    completed_orders: int = 0
    average_order_value: Decimal = NOTHING
    active_subscriptions: int = 0
    monthly_recurring_revenue: Decimal = NOTHING
    credits_outstanding: Decimal = NOTHING
    days: dict[date, DayMoney] = field(default_factory=dict)


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
class Snapshot:
    """The figures of a store (None: all) from local day `first` to `last`, both included."""

    store: Store | None
    first: date
    last: date
    counts: dict[str, int]
    total_customers: int
    currencies: list[CurrencyFigures]
    days: dict[date, DayUse]


@dataclass(frozen=True)
class Window:
    """A store and the local days, both included, that are asked for."""

    store: Store
    first: date
    last: date


@dataclass(frozen=True)
class _Scope:
    """Whom the statements are about, each with its days, and by what (`key`) they add figures up."""

    key: str
    table: str
    mine: str
    whose: str


_EVERYBODY = _Scope(
    key="currency",
    table="(SELECT id, currency, timezone, %(first)s::date AS first, %(last)s::date AS last FROM customers_store)",
    mine="TRUE",
    whose="store_id IS NULL",
)
WINDOWS = """(
    SELECT c.id, c.currency, c.timezone, w.first, w.last
    FROM unnest(%(stores)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS w (id, first, last)
    JOIN customers_store c ON c.id = w.id
)"""
_SOME = _Scope(key="id", table=WINDOWS, mine="store_id = ANY(%(stores)s)", whose="store_id = ANY(%(stores)s)")

# The rollup by its key, store by store; the waiting rows once for all of them.
_MOVEMENTS = f"""(
    SELECT s.{{scope.key}} AS key, d.day, {_OF_DAY} FROM {{scope.table}} s JOIN dashboard_storedailysales d
        ON d.store_id = s.id AND d.basis = 'placed' AND d.day BETWEEN s.first AND s.last
    UNION ALL
    SELECT s.{{scope.key}}, w.order_day, {_OF_WAITING} FROM {{scope.table}} s JOIN dashboard_metricdelta w
        ON w.store_id = s.id AND w.product_id IS NULL AND w.order_day BETWEEN s.first AND s.last
) AS movements"""
_SALES = f"SELECT key, day, {_SUMS} FROM {_MOVEMENTS} GROUP BY key, day"
_TOTALS = f"SELECT key, {_SUMS} FROM {_MOVEMENTS} GROUP BY key"
# everybody registered up to the last day: whole months from the monthly rollup, the last month by day
_CUSTOMERS = """
SELECT key, sum(customers) AS total FROM (
    SELECT s.{scope.key} AS key, m.customers FROM {scope.table} s JOIN dashboard_storemonthlysales m
        ON m.store_id = s.id AND m.basis = 'placed' AND m.month < date_trunc('month', s.last)
    UNION ALL
    SELECT s.{scope.key}, d.customers FROM {scope.table} s JOIN dashboard_storedailysales d
        ON d.store_id = s.id AND d.basis = 'placed' AND d.day >= date_trunc('month', s.last) AND d.day <= s.last
    UNION ALL
    SELECT s.{scope.key}, w.customers FROM {scope.table} s JOIN dashboard_metricdelta w ON w.store_id = s.id
    WHERE w.product_id IS NULL AND w.order_day <= s.last
) AS movements GROUP BY key
"""
# by the indexes customers_subscription_active and customers_with_credits
_STANDINGS = """
SELECT s.{scope.key} AS key, min(s.currency) AS currency, coalesce(sum(paying.subscriptions), 0) AS subscriptions,
    coalesce(sum(paying.revenue), 0) AS revenue, coalesce(sum(owed.credits), 0) AS credits
FROM {scope.table} s
LEFT JOIN (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS revenue FROM customers_subscription
    WHERE status = 'active' AND {scope.mine} GROUP BY store_id
) AS paying ON paying.store_id = s.id
LEFT JOIN (
    SELECT store_id, sum(credit_balance) AS credits FROM customers_customer
    WHERE credit_balance > 0 AND {scope.mine} GROUP BY store_id
) AS owed ON owed.store_id = s.id
GROUP BY 1
"""
# an entry's local day is found by binary search among the first instants of its zone's days
_CREDITS = """
SELECT s.{scope.key} AS key, z.first + width_bucket(c.created_at, z.starts) - 1 AS day,
    coalesce(sum(c.amount) FILTER (WHERE c.amount > 0), 0) AS granted,
    coalesce(-sum(c.amount) FILTER (WHERE c.amount < 0), 0) AS spent
FROM {scope.table} s
JOIN (VALUES {zones}) AS z (timezone, first, starts) ON z.timezone = s.timezone AND z.first = s.first
JOIN customers_creditentry c ON c.store_id = s.id
    AND c.created_at >= z.starts[1] AND c.created_at < z.starts[cardinality(z.starts)]
GROUP BY 1, 2
"""
_ACTIVITY = """
SELECT store_id AS key, day, count(*) AS users, sum(page_views) AS views FROM dashboard_dailyactivity
WHERE {scope.whose} AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""


def time_zones(store: Store | None) -> list[ZoneInfo]:
    """Return the zones of a store, or of all stores."""
    if store is not None:
        return [store.zone]
    names = Store.objects.order_by("timezone").values_list("timezone", flat=True).distinct()
    return [ZoneInfo(name) for name in names] or [ZoneInfo("UTC")]


def company_snapshot(store: Store | None, first: date, last: date, zones: list[ZoneInfo]) -> Snapshot:
    """Read the snapshot of a store, or of all, inside the caller's `snapshot()`: five statements."""
    if store is not None:
        return store_snapshots([Window(store, first, last)])[0]
    found = _read(_EVERYBODY, {"first": first, "last": last}, [(zone, first, last) for zone in zones])
    return _snapshot(found, None, first, last, sorted(found.standings))


def store_snapshots(windows: Sequence[Window]) -> list[Snapshot]:
    """Read the snapshots of some stores inside the caller's `snapshot()`: five statements for any number."""
    if not windows:
        return []
    zones = dict.fromkeys((window.store.zone, window.first, window.last) for window in windows)
    found = _read(_SOME, window_parameters(windows), list(zones))
    return [_snapshot(found, window.store, window.first, window.last, [window.store.pk]) for window in windows]


def window_parameters(windows: Sequence[Window]) -> dict[str, Any]:
    """Return the parameters of WINDOWS, and the first and last day of all of them."""
    return {
        "stores": [window.store.pk for window in windows],
        "firsts": [window.first for window in windows],
        "lasts": [window.last for window in windows],
        "first": min(window.first for window in windows),
        "last": max(window.last for window in windows),
    }


Rows = dict[Any, list[dict[str, Any]]]


@dataclass(frozen=True)
class _Found:
    """What the statements gave, by store id or by currency; activity by store, None for all."""

    sales: Rows
    customers: Rows
    standings: Rows
    credits: Rows
    activity: Rows


def _read(scope: _Scope, parameters: dict[str, Any], zones: Sequence[tuple[ZoneInfo, date, date]]) -> _Found:
    values, bounds = _zones(zones)
    return _Found(
        sales=_by_key(rows(_SALES.format(scope=scope), **parameters)),
        customers=_by_key(rows(_CUSTOMERS.format(scope=scope), **parameters)),
        standings=_by_key(rows(_STANDINGS.format(scope=scope), **parameters)),
        credits=_by_key(rows(_CREDITS.format(scope=scope, zones=values), **parameters, **bounds)),
        activity=_by_key(rows(_ACTIVITY.format(scope=scope), **parameters)),
    )


def _by_key(found: Iterable[dict[str, Any]]) -> Rows:
    by_key: Rows = defaultdict(list)
    for row in found:
        by_key[row["key"]].append(row)
    return by_key


def _zones(zones: Sequence[tuple[ZoneInfo, date, date]]) -> tuple[str, dict[str, Any]]:
    """Return the rows of `z` and their parameters: the first instants of the days from the first to after the last."""
    bounds: dict[str, Any] = {}
    for number, (zone, first, last) in enumerate(zones):
        days = (first + timedelta(days=back) for back in range((last - first).days + 2))
        bounds |= {f"zone{number}": zone.key, f"from{number}": first}
        bounds[f"starts{number}"] = [day_start(day, zone) for day in days]
    row = "(%(zone{0})s, %(from{0})s::date, %(starts{0})s::timestamptz[])"
    return ", ".join(row.format(number) for number in range(len(zones))), bounds


def _snapshot(found: _Found, store: Store | None, first: date, last: date, keys: Sequence[Any]) -> Snapshot:
    """Put the rows of the keys together: one store's, or those of all currencies."""
    days = {first + timedelta(days=number): DayUse() for number in range((last - first).days + 1)}
    sales = [row for key in keys for row in found.sales.get(key, ())]
    for row in sales:
        days[row["day"]].orders += int(row["orders"])
    for row in found.activity.get(store and store.pk, ()):
        if row["day"] in days:
            days[row["day"]].active_users, days[row["day"]].page_views = row["users"], int(row["views"])
    return Snapshot(
        store=store,
        first=first,
        last=last,
        counts={name: sum(int(row[name]) for row in sales) for name in COUNTS},
        total_customers=sum(int(row["total"]) for key in keys for row in found.customers.get(key, ())),
        currencies=[_currency(found, key) for key in keys if key in found.standings],
        days=days,
    )


def _currency(found: _Found, key: Any) -> CurrencyFigures:
    """Return one line; the days on which nothing moved are left out."""
    standing, sales = found.standings[key][0], found.sales.get(key, ())
    total, completed = cents(sum(row["sales"] for row in sales)), sum(int(row["completed"]) for row in sales)
    days = {row["day"]: DayMoney(sales=cents(row["sales"])) for row in sales}
    for row in found.credits.get(key, ()):
        day = days.setdefault(row["day"], DayMoney())
        day.credits_granted, day.credits_spent = cents(row["granted"]), cents(row["spent"])
    return CurrencyFigures(
        standing["currency"],
        total_sales=total,
        completed_orders=completed,
        average_order_value=average(total, completed),
        active_subscriptions=int(standing["subscriptions"]),
        monthly_recurring_revenue=cents(standing["revenue"]),
        credits_outstanding=cents(standing["credits"]),
        days=days,
    )


@dataclass(frozen=True)
class Part:
    """What one store adds to the figures of all."""

    store_id: int
    counts: dict[str, int]
    total_sales: Decimal
    total_customers: int
    active_subscriptions: int
    monthly_recurring_revenue: Decimal
    credits_outstanding: Decimal


def parts_of_company(stores: Sequence[Store], first: date, last: date) -> list[Part]:
    """Return what each of some stores adds to `company_snapshot` of these days: three statements for any number."""
    if not stores:
        return []
    parameters = window_parameters([Window(store, first, last) for store in stores])
    sales = _by_key(rows(_TOTALS.format(scope=_SOME), **parameters))
    customers = _by_key(rows(_CUSTOMERS.format(scope=_SOME), **parameters))
    standings = _by_key(rows(_STANDINGS.format(scope=_SOME), **parameters))
    nothing = [dict.fromkeys(("sales", *COUNTS, "total"), 0)]
    parts = []
    for store in stores:
        sold, standing = (sales.get(store.pk) or nothing)[0], standings[store.pk][0]
        parts.append(
            Part(
                store_id=store.pk,
                counts={name: int(sold[name]) for name in COUNTS},
                total_sales=cents(sold["sales"]),
                total_customers=int((customers.get(store.pk) or nothing)[0]["total"]),
                active_subscriptions=int(standing["subscriptions"]),
                monthly_recurring_revenue=cents(standing["revenue"]),
                credits_outstanding=cents(standing["credits"]),
            )
        )
    return parts


@dataclass(frozen=True)
class Standings:
    """What stands now, whatever the period."""

    active_subscriptions: int
    monthly_recurring_revenue: Decimal
    credits_outstanding: Decimal


def standings(store: Store) -> Standings:
    """Return a store's subscriptions and credits as they stand now; one statement."""
    today = date.max
    found = rows(_STANDINGS.format(scope=_SOME), **window_parameters([Window(store, today, today)]))[0]
    return Standings(int(found["subscriptions"]), cents(found["revenue"]), cents(found["credits"]))
