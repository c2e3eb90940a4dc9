"""Figures of many stores and days at once, for the rows of `daily_metrics`: one statement, however many of either.

One line per store and local day that is over, and one per day and currency for all stores together (`store_id` 0).
Flows are those of the dashboard for that day; products, subscriptions and credits outstanding are as of now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Store
from dashboard.figures.periods import day_start
from dashboard.figures.reading import cents, rows

ALL_STORES = 0
COUNTS = ("orders", "pending", "canceled", "completed", "expired", "refunded", "new_customers")
STANDINGS = (
    "total_products", "products_in_stock", "products_out_of_stock", "credits_outstanding", "active_subscriptions",
    "monthly_recurring_revenue",
)  # fmt: skip
"""What is known as of now alone, and therefore not what it was at the end of the day."""
_CREDITS = ("credits_granted", "credits_spent")
ADDED = ("sales", "revenue", *COUNTS, "total_customers", *_CREDITS, *STANDINGS)
"""What the line of all stores is the sum of."""
AMOUNTS = ("sales", "revenue", *_CREDITS, "credits_outstanding", "monthly_recurring_revenue")
LINE = ("store_id", "currency", "day", *ADDED, "sales_by_country")
"""The columns of `daily_lines`."""


@dataclass(frozen=True)
class StoreSpan:
    """A store, the local day it was opened on, and its last local day that is over."""

    store_id: int
    zone: ZoneInfo
    opened: date
    last: date


@dataclass(frozen=True)
class DayFigures:
    """One line. `sales` counts on the order day, `revenue` is what was booked on the day; amounts in `currency`."""

    store_id: int
    currency: str
    day: date
    sales: Decimal
    revenue: Decimal
    orders: int
    pending: int
    canceled: int
    completed: int
    expired: int
    refunded: int
    new_customers: int
    total_customers: int
    credits_granted: Decimal
    credits_spent: Decimal
    total_products: int
    products_in_stock: int
    products_out_of_stock: int
    credits_outstanding: Decimal
    active_subscriptions: int
    monthly_recurring_revenue: Decimal
    sales_by_country: dict[str, Any]


# A store has days from its opening on, or from the first day anything is known of if it brought a history along.
STORE_DAYS = """
known AS (
    SELECT asked.store_id, s.currency, s.timezone, asked.closed, least(asked.opened, waiting.first, (
        SELECT min(day) FROM dashboard_storedailysales WHERE store_id = asked.store_id AND basis = 'placed'
    )) AS opened
    FROM unnest(%(stores)s::bigint[], %(opened)s::date[], %(closed)s::date[]) AS asked (store_id, opened, closed)
    JOIN customers_store s ON s.id = asked.store_id
    LEFT JOIN (
        SELECT store_id, min(order_day) AS first FROM dashboard_metricdelta WHERE product_id IS NULL GROUP BY store_id
    ) AS waiting ON waiting.store_id = asked.store_id
), grid AS (
    SELECT store_id, currency, timezone, begins + number AS day FROM (
        SELECT *, greatest(opened, %(first)s::date) AS begins, least(closed, %(last)s::date) AS ends FROM known
    ) AS spans CROSS JOIN LATERAL generate_series(0, ends - begins) AS number
)
"""
"""SQL of two common tables: `grid` has every store's local days from `first` to `last` that are over."""

_OWN = "store_id = ANY(%(stores)s::bigint[])"
_WAITING = f"FROM dashboard_metricdelta WHERE product_id IS NULL AND {_OWN}"
_SUMMED = ("sales", *COUNTS, "customers")
_PLACED = ", ".join(_SUMMED)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in _SUMMED)
_FILLED = ", ".join(f"coalesce(placed.{name}, 0) AS {name}" for name in ("sales", *COUNTS))
_TOTALS = ", ".join(f"sum({name}) AS {name}" for name in ADDED)

_FLOWS = f"""
placed AS (
    SELECT store_id, day, {_SUMS} FROM (
        SELECT store_id, day, {_PLACED} FROM dashboard_storedailysales
        WHERE {_OWN} AND basis = 'placed' AND day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT store_id, order_day, {_PLACED} {_WAITING} AND order_day BETWEEN %(first)s AND %(last)s
    ) AS movements GROUP BY store_id, day
), booked AS (
    SELECT store_id, day, sum(sales) AS sales FROM (
        SELECT store_id, day, sales FROM dashboard_storedailysales
        WHERE {_OWN} AND basis = 'booked' AND day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT store_id, event_day, sales {_WAITING} AND event_day BETWEEN %(first)s AND %(last)s
    ) AS movements GROUP BY store_id, day
), registered AS (
    SELECT store_id, sum(customers) AS customers FROM (
        SELECT store_id, customers FROM dashboard_storemonthlysales
        WHERE {_OWN} AND basis = 'placed' AND month < date_trunc('month', %(first)s::date)
        UNION ALL
        SELECT store_id, customers FROM dashboard_storedailysales
        WHERE {_OWN} AND basis = 'placed' AND day >= date_trunc('month', %(first)s::date) AND day < %(first)s
        UNION ALL
        SELECT store_id, customers {_WAITING} AND order_day < %(first)s
    ) AS movements GROUP BY store_id
)"""
# an entry's local day is found by binary search among the first instants of its zone's days
_STANDS = f"""
credits AS (
    SELECT s.id AS store_id, %(first)s::date + width_bucket(c.created_at, z.starts) - 1 AS day,
        coalesce(sum(c.amount) FILTER (WHERE c.amount > 0), 0) AS granted,
        coalesce(-sum(c.amount) FILTER (WHERE c.amount < 0), 0) AS spent
    FROM customers_store s
    JOIN (VALUES {{zones}}) AS z (timezone, starts) ON z.timezone = s.timezone
    JOIN customers_creditentry c ON c.store_id = s.id
        AND c.created_at >= z.starts[1] AND c.created_at < z.starts[cardinality(z.starts)]
    WHERE s.id = ANY(%(stores)s::bigint[]) GROUP BY 1, 2
), products AS (
    SELECT store_id, count(*) AS present, count(*) FILTER (WHERE stock = 0) AS sold_out
    FROM orders_product WHERE {_OWN} AND deleted_at IS NULL GROUP BY store_id
), paying AS (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS revenue
    FROM customers_subscription WHERE {_OWN} AND status = 'active' GROUP BY store_id
), owed AS (
    SELECT store_id, sum(credit_balance) AS credits
    FROM customers_customer WHERE {_OWN} AND credit_balance > 0 GROUP BY store_id
)"""
_LINES = f"""
stores AS (
    SELECT grid.store_id, grid.currency, grid.day, {_FILLED}, coalesce(booked.sales, 0) AS revenue,
        coalesce(registered.customers, 0)
            + sum(coalesce(placed.customers, 0)) OVER (PARTITION BY grid.store_id ORDER BY grid.day) AS total_customers,
        coalesce(credits.granted, 0) AS credits_granted, coalesce(credits.spent, 0) AS credits_spent,
        coalesce(products.present, 0) AS total_products, coalesce(products.sold_out, 0) AS products_out_of_stock,
        coalesce(products.present - products.sold_out, 0) AS products_in_stock,
        coalesce(owed.credits, 0) AS credits_outstanding, coalesce(paying.subscriptions, 0) AS active_subscriptions,
        coalesce(paying.revenue, 0) AS monthly_recurring_revenue
    FROM grid
    LEFT JOIN placed USING (store_id, day) LEFT JOIN booked USING (store_id, day)
    LEFT JOIN credits USING (store_id, day) LEFT JOIN registered USING (store_id)
    LEFT JOIN products USING (store_id) LEFT JOIN paying USING (store_id) LEFT JOIN owed USING (store_id)
), totals AS (
    SELECT coalesce(store_id, {ALL_STORES}) AS store_id, currency, day, {_TOTALS} FROM stores
    GROUP BY GROUPING SETS ((store_id, currency, day), (currency, day))
)"""
_COUNTRIES = f"""
countries AS (
    SELECT coalesce(store_id, {ALL_STORES}) AS store_id, currency, day, country,
        sum(moved.sales) AS sales, sum(moved.orders) AS orders
    FROM grid JOIN (
        SELECT store_id, day, country, sales, orders FROM dashboard_storedailysalesbycountry
        WHERE {_OWN} AND basis = 'placed' AND day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT store_id, order_day, country, sales, orders {_WAITING} AND order_day BETWEEN %(first)s AND %(last)s
    ) AS moved USING (store_id, day)
    GROUP BY GROUPING SETS ((store_id, currency, day, country), (currency, day, country))
    HAVING sum(moved.sales) <> 0 OR sum(moved.orders) <> 0
), shares AS (
    SELECT store_id, currency, day, jsonb_object_agg(
        country, jsonb_build_object('sales', sales::text, 'orders', orders)
    ) AS sales_by_country
    FROM countries GROUP BY store_id, currency, day
)"""
_WITH = f"WITH {STORE_DAYS}, {_FLOWS}, {_STANDS}, {_LINES}, {_COUNTRIES}"
_SELECT = f"""
SELECT {", ".join(f"totals.{name}" for name in ("store_id", "currency", "day", *ADDED))},
    coalesce(sales_by_country, '{{{{}}}}') AS sales_by_country
FROM totals LEFT JOIN shares USING (store_id, currency, day)
WHERE (totals.store_id = {ALL_STORES} AND totals.day <= %(closed_everywhere)s)
    OR totals.store_id = ANY(%(wanted)s::bigint[])
"""


def closed_days(stores: Iterable[Store], now: datetime) -> list[StoreSpan]:
    """Return for each store which of its local days are over at `now`."""
    return [
        StoreSpan(
            store.pk,
            store.zone,
            store.created_at.astimezone(store.zone).date(),
            now.astimezone(store.zone).date() - timedelta(days=1),
        )
        for store in stores
    ]


def span_parameters(spans: Collection[StoreSpan], first: date, last: date) -> dict[str, Any]:
    """Return the parameters of STORE_DAYS for the days from `first` to `last`."""
    return {
        "stores": [span.store_id for span in spans],
        "opened": [span.opened for span in spans],
        "closed": [span.last for span in spans],
        "first": first,
        "last": last,
    }


def daily_lines(
    spans: Collection[StoreSpan], first: date, last: date, wanted: Collection[int]
) -> tuple[str, dict[str, Any]]:
    """Return one SQL statement with its parameters: a line (LINE) for each day that is over.

    `spans` are all stores; of these the lines of the `wanted` ones are returned, and those of all stores together for
    the days that are over everywhere. There must be at least one store.
    """
    zones = sorted({span.zone.key: span.zone for span in spans}.items())
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    parameters = span_parameters(spans, first, last)
    parameters |= {"wanted": list(wanted), "closed_everywhere": min(span.last for span in spans)}
    for number, (name, zone) in enumerate(zones):
        parameters |= {f"zone{number}": name, f"starts{number}": [day_start(day, zone) for day in days]}
    values = ", ".join(f"(%(zone{number})s, %(starts{number})s::timestamptz[])" for number in range(len(zones)))
    return (_WITH + _SELECT).format(zones=values), parameters


def daily_figures(spans: Collection[StoreSpan], first: date, last: date, wanted: Collection[int]) -> list[DayFigures]:
    """Return the lines of `daily_lines` by day, all stores before single ones."""
    sql, parameters = daily_lines(spans, first, last, wanted)
    return [_figures(row) for row in rows(f"{sql} ORDER BY day, store_id, currency", **parameters)]


def _figures(row: dict[str, Any]) -> DayFigures:
    measures: dict[str, Any] = {name: cents(row[name]) if name in AMOUNTS else int(row[name]) for name in ADDED}
    shares = json.loads(row["sales_by_country"])
    return DayFigures(row["store_id"], row["currency"], row["day"], **measures, sales_by_country=shares)
