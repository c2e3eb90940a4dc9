"""The snapshot of one store or of the whole company: a fixed number of statements for either.

Each store counts by its own local days; all stores together are the sum of those. Amounts of different currencies are
never added up: there is one line per currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from customers.actions import average
from customers.models import Store
from dashboard.figures.reading import cents, rows
from dashboard.periods import day_start

NOTHING = Decimal("0.00")
COUNTS = ("orders", "completed", "pending", "canceled", "expired", "refunded", "new_customers")
_COUNTS = ", ".join(COUNTS)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in ("sales", *COUNTS))
_SCOPE = "(%(store)s::bigint IS NULL OR s.id = %(store)s)"


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


# The rollup by its key, store by store; the waiting rows once for all of them.
_SALES = f"""
SELECT currency, day, {_SUMS} FROM (
    SELECT s.currency, d.day, d.sales, {", ".join(f"d.{name}" for name in COUNTS)}
    FROM customers_store s JOIN dashboard_storedailysales d
        ON d.store_id = s.id AND d.basis = 'placed' AND d.day BETWEEN %(first)s AND %(last)s
    WHERE {_SCOPE}
    UNION ALL
    SELECT s.currency, w.order_day, w.sales, {", ".join(f"w.{name}" for name in COUNTS)}
    FROM dashboard_metricdelta w JOIN customers_store s ON s.id = w.store_id
    WHERE {_SCOPE} AND w.product_id IS NULL AND w.order_day BETWEEN %(first)s AND %(last)s
) AS movements GROUP BY currency, day
"""
# everybody registered up to the last day: whole months from the monthly rollup, the last month by day
_CUSTOMERS = f"""
SELECT coalesce(sum(customers), 0) AS total FROM (
    SELECT m.customers FROM customers_store s JOIN dashboard_storemonthlysales m
        ON m.store_id = s.id AND m.basis = 'placed' AND m.month < date_trunc('month', %(last)s::date)
    WHERE {_SCOPE}
    UNION ALL
    SELECT d.customers FROM customers_store s JOIN dashboard_storedailysales d
        ON d.store_id = s.id AND d.basis = 'placed' AND d.day >= date_trunc('month', %(last)s::date)
        AND d.day <= %(last)s
    WHERE {_SCOPE}
    UNION ALL
    SELECT w.customers FROM dashboard_metricdelta w JOIN customers_store s ON s.id = w.store_id
    WHERE {_SCOPE} AND w.product_id IS NULL AND w.order_day <= %(last)s
) AS movements
"""
# by the indexes customers_subscription_active and customers_with_credits
_STANDINGS = f"""
SELECT s.currency, coalesce(sum(paying.subscriptions), 0) AS subscriptions, coalesce(sum(paying.revenue), 0) AS revenue,
    coalesce(sum(owed.credits), 0) AS credits
FROM customers_store s
LEFT JOIN (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS revenue FROM customers_subscription
    WHERE status = 'active' AND (%(store)s::bigint IS NULL OR store_id = %(store)s) GROUP BY store_id
) AS paying ON paying.store_id = s.id
LEFT JOIN (
    SELECT store_id, sum(credit_balance) AS credits FROM customers_customer
    WHERE credit_balance > 0 AND (%(store)s::bigint IS NULL OR store_id = %(store)s) GROUP BY store_id
) AS owed ON owed.store_id = s.id
WHERE {_SCOPE} GROUP BY s.currency
"""
# an entry's local day is found by binary search among the first instants of its zone's days
_CREDITS = f"""
SELECT s.currency, %(first)s::date + width_bucket(c.created_at, z.starts) - 1 AS day,
    coalesce(sum(c.amount) FILTER (WHERE c.amount > 0), 0) AS granted,
    coalesce(-sum(c.amount) FILTER (WHERE c.amount < 0), 0) AS spent
FROM customers_store s
JOIN (VALUES {{zones}}) AS z (timezone, starts) ON z.timezone = s.timezone
JOIN customers_creditentry c ON c.store_id = s.id
    AND c.created_at >= z.starts[1] AND c.created_at < z.starts[cardinality(z.starts)]
WHERE {_SCOPE} GROUP BY 1, 2
"""
_ACTIVITY = """
SELECT day, count(*) AS users, sum(page_views) AS views FROM dashboard_dailyactivity
WHERE store_id IS NOT DISTINCT FROM %(store)s AND day BETWEEN %(first)s AND %(last)s GROUP BY day
"""


def time_zones(store: Store | None) -> list[ZoneInfo]:
    """Return the zones of a store, or of all stores."""
    if store is not None:
        return [store.zone]
    names = Store.objects.order_by("timezone").values_list("timezone", flat=True).distinct()
    return [ZoneInfo(name) for name in names] or [ZoneInfo("UTC")]


def company_snapshot(store: Store | None, first: date, last: date, zones: list[ZoneInfo]) -> Snapshot:
    """Read the snapshot inside the caller's `snapshot()`: five statements, however many stores there are."""
    scope: dict[str, Any] = {"store": store and store.pk, "first": first, "last": last}
    sales = rows(_SALES, **scope)
    currencies = _currencies(scope, sales, zones)
    days = {first + timedelta(days=number): DayUse() for number in range((last - first).days + 1)}
    for row in sales:
        days[row["day"]].orders += int(row["orders"])
    for row in rows(_ACTIVITY, **scope):
        days[row["day"]].active_users, days[row["day"]].page_views = row["users"], int(row["views"])
    return Snapshot(
        store=store,
        first=first,
        last=last,
        counts={name: sum(int(row[name]) for row in sales) for name in COUNTS},
        total_customers=int(rows(_CUSTOMERS, **scope)[0]["total"]),
        currencies=currencies,
        days=days,
    )


def _currencies(scope: dict[str, Any], sales: list[dict[str, Any]], zones: list[ZoneInfo]) -> list[CurrencyFigures]:
    """Return one line for each currency of the scope's stores, in the order of their codes."""
    found = {row["currency"]: _standing(row) for row in rows(_STANDINGS, **scope)}
    for row in sales:
        line = found[row["currency"]]
        line.total_sales += row["sales"]
        line.completed_orders += int(row["completed"])
        line.days.setdefault(row["day"], DayMoney()).sales = cents(row["sales"])
    for row in _credits(scope, zones):
        day = found[row["currency"]].days.setdefault(row["day"], DayMoney())
        day.credits_granted, day.credits_spent = cents(row["granted"]), cents(row["spent"])
    for line in found.values():
        line.total_sales = cents(line.total_sales)
        line.average_order_value = average(line.total_sales, line.completed_orders)
    return sorted(found.values(), key=lambda line: line.currency)


def _standing(row: dict[str, Any]) -> CurrencyFigures:
    return CurrencyFigures(
        row["currency"],
        active_subscriptions=int(row["subscriptions"]),
        monthly_recurring_revenue=cents(row["revenue"]),
        credits_outstanding=cents(row["credits"]),
    )


def _credits(scope: dict[str, Any], zones: list[ZoneInfo]) -> list[dict[str, Any]]:
    """Return credits granted and spent by currency and local day."""
    first, last = scope["first"], scope["last"]
    bounds: dict[str, Any] = {}
    for number, zone in enumerate(zones):
        bounds[f"zone{number}"] = zone.key
        bounds[f"starts{number}"] = _day_starts(first, last, zone)
    values = ", ".join(f"(%(zone{number})s, %(starts{number})s::timestamptz[])" for number in range(len(zones)))
    return rows(_CREDITS.format(zones=values), **scope, **bounds)


def _day_starts(first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """Return the first instants of the days from `first` to the one after `last`."""
    return [day_start(first + timedelta(days=number), zone) for number in range((last - first).days + 2)]
