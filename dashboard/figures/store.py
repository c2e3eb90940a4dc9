"""A store's figures of a period, by day, and where its months begin and end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from customers.actions import average
from customers.models import Store
from dashboard.figures.periods import Period
from dashboard.figures.reading import DAILY, SUMS, WAITING_STORE, cents, rows
from dashboard.models import Basis

TREND_DAYS = 7


@dataclass(frozen=True)
class Summary:
    """A store's figures of a period."""

    total_sales: Decimal
    total_orders: int
    total_completed_orders: int
    total_expired_orders: int
    total_refunded_orders: int
    average_ticket: Decimal
    total_customers: int
    new_customers: int
    orders_with_coupon: int
    orders_without_coupon: int


_SUMMARY = f"""
SELECT {SUMS} FROM ({DAILY} UNION ALL {WAITING_STORE}) AS movements
WHERE day BETWEEN %(first)s AND %(last)s
"""
# everybody registered up to the last day: whole months from the monthly rollup, the last month by day
_CUSTOMERS = """
SELECT coalesce(sum(customers), 0) AS total FROM (
    SELECT month AS day, customers FROM dashboard_storemonthlysales
    WHERE store_id = %(store)s AND basis = 'placed' AND month < date_trunc('month', %(last)s::date)
    UNION ALL
    SELECT day, customers FROM dashboard_storedailysales
    WHERE store_id = %(store)s AND basis = 'placed' AND day >= date_trunc('month', %(last)s::date)
    UNION ALL
    SELECT order_day, customers FROM dashboard_metricdelta WHERE store_id = %(store)s AND product_id IS NULL
) AS movements WHERE day <= %(last)s
"""


def sales_summary(store: Store, period: Period, basis: str = Basis.PLACED) -> Summary:
    """Return the tiles of a period. One statement for all but the customers registered so far."""
    found = rows(_SUMMARY, store=store.pk, basis=basis, first=period.first, last=period.last)[0]
    completed = int(found["completed"])
    return Summary(
        total_sales=cents(found["sales"]),
        total_orders=int(found["orders"]),
        total_completed_orders=completed,
        total_expired_orders=int(found["expired"]),
        total_refunded_orders=int(found["refunded"]),
        average_ticket=average(cents(found["sales"]), completed),
        total_customers=total_customers(store, period.last),
        new_customers=int(found["new_customers"]),
        orders_with_coupon=int(found["with_coupon"]),
        orders_without_coupon=completed - int(found["with_coupon"]),
    )


def total_customers(store: Store, last: date) -> int:
    """Return how many customers had registered up to the end of the local day `last`."""
    return int(rows(_CUSTOMERS, store=store.pk, last=last)[0]["total"])


@dataclass(frozen=True)
class OrderStandings:
    """How many of a period's orders are in a status now."""

    pending_orders: int
    canceled_orders: int


def order_standings(store: Store, period: Period) -> OrderStandings:
    """Return how many of the orders placed in the period are pending and canceled now."""
    found = rows(_SUMMARY, store=store.pk, basis=Basis.PLACED, first=period.first, last=period.last)[0]
    return OrderStandings(int(found["pending"]), int(found["canceled"]))


@dataclass(frozen=True)
class DaySales:
    """One day of a trend."""

    date: date
    total_sales: Decimal
    total_orders: int


_TREND = f"""
SELECT series::date AS day, coalesce(sum(sales), 0) AS sales, coalesce(sum(orders), 0) AS orders
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS series
LEFT JOIN (
    SELECT * FROM ({DAILY} UNION ALL {WAITING_STORE}) AS every_day WHERE day BETWEEN %(first)s AND %(last)s
) AS movements ON movements.day = series::date
GROUP BY 1 ORDER BY 1
"""


def daily_sales(store: Store, first: date, last: date, basis: str = Basis.PLACED) -> list[DaySales]:
    """Return sales and orders of every day, oldest first, zero-filled."""
    found = rows(_TREND, store=store.pk, basis=basis, first=first, last=last)
    return [DaySales(row["day"], cents(row["sales"]), int(row["orders"])) for row in found]


def daily_trend(store: Store, period: Period, today: date, basis: str = Basis.PLACED) -> list[DaySales]:
    """Return the seven days that end on the period's last day, or today while the period runs."""
    last = today if period.first <= today < period.last else period.last
    return daily_sales(store, last - timedelta(days=TREND_DAYS - 1), last, basis)


# the order of the rollup's key finds either end without reading the months between
_MONTH_WITH_ORDERS = """
SELECT {pick}(month) AS month FROM (
    (SELECT month FROM dashboard_storemonthlysales
     WHERE store_id = %(store)s AND basis = 'placed' AND orders > 0 ORDER BY month {direction} LIMIT 1)
    UNION ALL
    SELECT date_trunc('month', {pick}(order_day))::date FROM dashboard_metricdelta
    WHERE store_id = %(store)s AND product_id IS NULL AND orders > 0
) AS months
"""
_LAST_MONTHS = """
SELECT store_id, max(month) AS month FROM (
    SELECT store_id, month FROM dashboard_storemonthlysales
    WHERE store_id = ANY(%(stores)s) AND basis = 'placed' AND orders > 0
    UNION ALL
    SELECT store_id, date_trunc('month', order_day)::date FROM dashboard_metricdelta
    WHERE store_id = ANY(%(stores)s) AND product_id IS NULL AND orders > 0
) AS months GROUP BY store_id
"""
_FIRST_MONTH = _MONTH_WITH_ORDERS.format(pick="min", direction="ASC")
_LAST_MONTH = _MONTH_WITH_ORDERS.format(pick="max", direction="DESC")


def first_month_with_orders(store: Store) -> date | None:
    """Return the first day of the oldest month in which an order was placed."""
    return rows(_FIRST_MONTH, store=store.pk)[0]["month"]


def last_month_with_orders(store: Store) -> date | None:
    """Return the first day of the newest month in which an order was placed."""
    return rows(_LAST_MONTH, store=store.pk)[0]["month"]


def last_months_with_orders(store_ids: Iterable[int]) -> dict[int, date]:
    """Return the same of each of these stores that has any, by its id."""
    return {row["store_id"]: row["month"] for row in rows(_LAST_MONTHS, stores=list(store_ids))}
