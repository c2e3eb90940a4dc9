"""Every number any page, API or file shows: one definition each (docs/metrics.md).

A figure is rollup + rows still in the ledger, read in one SQL statement: exact at every instant, folded or not. A
page reads all of its figures inside one `snapshot()` and shows its `as_of`. Days are local to the store, both ends
of a period included. Money is Decimal in the store's currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction

from customers.actions import average
from customers.models import Store
from dashboard.measures import STORE_MEASURES
from dashboard.models import Basis, Verification
from dashboard.periods import Period, month_period
from orders.models import Product

TREND_DAYS = 7
PRODUCT_LIMIT = 100
COUNTRY_LIMIT = 250

_SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in STORE_MEASURES)
_MEASURES = ", ".join(STORE_MEASURES)
_DAILY = f"SELECT day, {_MEASURES} FROM dashboard_storedailysales WHERE store_id = %(store)s AND basis = %(basis)s"
_WAITING_DAY = "CASE WHEN %(basis)s = 'placed' THEN order_day ELSE event_day END"
_WAITING = f"SELECT {_WAITING_DAY} AS day, {{columns}} FROM dashboard_metricdelta WHERE store_id = %(store)s"
_WAITING_STORE = _WAITING.format(columns=_MEASURES) + " AND product_id IS NULL"


@contextmanager
def snapshot() -> Iterator[datetime]:
    """Read everything inside as of one moment; yields that moment (the `asOf` of what is shown).

    One REPEATABLE READ, READ ONLY transaction. Inside an open transaction (a test, an action) each statement is
    still exact by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT clock_timestamp()")
        yield cursor.fetchone()[0]


def _rows(sql: str, **parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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
SELECT {_SUMS} FROM ({_DAILY} UNION ALL {_WAITING_STORE}) AS movements
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
    found = _rows(_SUMMARY, store=store.pk, basis=basis, first=period.first, last=period.last)[0]
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
    return int(_rows(_CUSTOMERS, store=store.pk, last=last)[0]["total"])


@dataclass(frozen=True)
class OrderStandings:
    """How many of a period's orders are in a status now."""

    pending_orders: int
    canceled_orders: int


def order_standings(store: Store, period: Period) -> OrderStandings:
    """Return how many of the orders placed in the period are pending and canceled now."""
    found = _rows(_SUMMARY, store=store.pk, basis=Basis.PLACED, first=period.first, last=period.last)[0]
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
    SELECT * FROM ({_DAILY} UNION ALL {_WAITING_STORE}) AS every_day WHERE day BETWEEN %(first)s AND %(last)s
) AS movements ON movements.day = series::date
GROUP BY 1 ORDER BY 1
"""


def daily_sales(store: Store, first: date, last: date, basis: str = Basis.PLACED) -> list[DaySales]:
    """Return sales and orders of every day, oldest first, zero-filled."""
    found = _rows(_TREND, store=store.pk, basis=basis, first=first, last=last)
    return [DaySales(row["day"], cents(row["sales"]), int(row["orders"])) for row in found]


def daily_trend(store: Store, period: Period, today: date, basis: str = Basis.PLACED) -> list[DaySales]:
    """Return the seven days that end on the period's last day, or today while the period runs."""
    last = today if period.first <= today < period.last else period.last
    return daily_sales(store, last - timedelta(days=TREND_DAYS - 1), last, basis)


@dataclass(frozen=True)
class ProductSales:
    """A product's part of the sales: net of discounts and refunds, without tax and shipping."""

    product_id: int
    product_name: str
    image_url: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


# whole months from the monthly rollup, the days before and after from the daily one, the waiting rows of both
_BY_PRODUCT = f"""
SELECT product_id, sum(sales) AS sales, sum(orders) AS orders, sum(sum(sales)) OVER () AS everything FROM (
    SELECT product_id, sales, orders FROM dashboard_storemonthlysalesbyproduct
    WHERE store_id = %(store)s AND basis = %(basis)s AND month BETWEEN %(month_first)s AND %(month_last)s
    UNION ALL
    SELECT product_id, sales, orders FROM dashboard_storedailysalesbyproduct
    WHERE store_id = %(store)s AND basis = %(basis)s
      AND (day BETWEEN %(first)s AND %(before)s OR day BETWEEN %(after)s AND %(last)s)
    UNION ALL
    SELECT product_id, sales, orders FROM (
        {_WAITING.format(columns="product_id, sales, orders")} AND product_id IS NOT NULL
    ) AS waiting WHERE day BETWEEN %(first)s AND %(last)s
) AS movements GROUP BY product_id HAVING sum(sales) <> 0 OR sum(orders) <> 0
ORDER BY sales DESC, orders DESC, product_id LIMIT %(limit)s
"""


def sales_by_product(
    store: Store, period: Period, basis: str = Basis.PLACED, limit: int = PRODUCT_LIMIT
) -> list[ProductSales]:
    """Return the best products, best first; `percentage` is of all product sales of the period."""
    found = _rows(_BY_PRODUCT, store=store.pk, basis=basis, limit=limit, **_split(period))
    products = Product.objects.in_bulk([row["product_id"] for row in found])
    return [
        ProductSales(
            product_id=row["product_id"],
            product_name=products[row["product_id"]].name,
            image_url=products[row["product_id"]].image_url,
            total_sales=cents(row["sales"]),
            total_orders=int(row["orders"]),
            percentage=percentage(row["sales"], row["everything"]),
        )
        for row in found
    ]


def _split(period: Period) -> dict[str, date]:
    """Return the whole months of a period and the days before and after them (empty ranges where there are none)."""
    months = period.whole_months()
    never = date(1, 1, 1)
    if months is None:
        return {
            "first": period.first, "before": period.last, "after": period.last + timedelta(days=1),
            "last": period.last, "month_first": period.last, "month_last": never,
        }  # fmt: skip
    first, last = months
    after = (last + timedelta(days=31)).replace(day=1)
    return {
        "first": period.first, "before": first - timedelta(days=1), "after": after,
        "last": period.last, "month_first": first, "month_last": last,
    }  # fmt: skip


@dataclass(frozen=True)
class CountrySales:
    """A country's part of the sales; an empty country is an unknown one."""

    country: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


_BY_COUNTRY = f"""
SELECT country, sum(sales) AS sales, sum(orders) AS orders, sum(sum(sales)) OVER () AS everything FROM (
    SELECT day, country, sales, orders FROM dashboard_storedailysalesbycountry
    WHERE store_id = %(store)s AND basis = %(basis)s
    UNION ALL
    {_WAITING.format(columns="country, sales, orders")} AND product_id IS NULL
) AS movements WHERE day BETWEEN %(first)s AND %(last)s
GROUP BY country HAVING sum(sales) <> 0 OR sum(orders) <> 0
ORDER BY sales DESC, orders DESC, country LIMIT %(limit)s
"""


def sales_by_country(store: Store, period: Period, basis: str = Basis.PLACED) -> list[CountrySales]:
    """Return sales by the country an order goes to, best first; `percentage` is of the period's total sales."""
    found = _rows(_BY_COUNTRY, store=store.pk, basis=basis, first=period.first, last=period.last, limit=COUNTRY_LIMIT)
    return [
        CountrySales(
            country=row["country"],
            total_sales=cents(row["sales"]),
            total_orders=int(row["orders"]),
            percentage=percentage(row["sales"], row["everything"]),
        )
        for row in found
    ]


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
_FIRST_MONTH = _MONTH_WITH_ORDERS.format(pick="min", direction="ASC")
_LAST_MONTH = _MONTH_WITH_ORDERS.format(pick="max", direction="DESC")


def first_month_with_orders(store: Store) -> date | None:
    """Return the first day of the oldest month in which an order was placed."""
    return _rows(_FIRST_MONTH, store=store.pk)[0]["month"]


def last_month_with_orders(store: Store) -> date | None:
    """Return the first day of the newest month in which an order was placed."""
    return _rows(_LAST_MONTH, store=store.pk)[0]["month"]


@dataclass(frozen=True)
class StoreDashboard:
    """Everything the store dashboard shows, as of one moment."""

    store: Store
    period: Period
    basis: str
    summary: Summary
    daily_trend: list[DaySales]
    sales_by_product: list[ProductSales]
    sales_by_country: list[CountrySales]
    first_month: date | None
    last_month: date | None
    verification: Verification | None
    as_of: datetime


def store_dashboard(store: Store, period: Period, basis: str = Basis.PLACED) -> StoreDashboard:
    """Read the store dashboard in one snapshot: a fixed number of statements whatever the store holds."""
    with snapshot() as as_of:
        today = as_of.astimezone(store.zone).date()
        return StoreDashboard(
            store=store,
            period=period,
            basis=basis,
            summary=sales_summary(store, period, basis),
            daily_trend=daily_trend(store, period, today, basis),
            sales_by_product=sales_by_product(store, period, basis),
            sales_by_country=sales_by_country(store, period, basis),
            first_month=first_month_with_orders(store),
            last_month=last_month_with_orders(store),
            verification=latest_verification(store),
            as_of=as_of,
        )


@dataclass(frozen=True)
class MonthSoFar:
    """A store's running month by order day, for a list of stores."""

    store: Store
    month: Period
    total_sales: Decimal
    total_orders: int
    total_completed_orders: int
    average_ticket: Decimal
    daily_trend: list[DaySales]
    last_month: date | None
    verification: Verification | None


_DAYS_OF_STORES = f"""
SELECT store_id, day, sum(sales) AS sales, sum(orders) AS orders, sum(completed) AS completed FROM (
    SELECT store_id, day, sales, orders, completed FROM dashboard_storedailysales
    WHERE store_id = ANY(%(stores)s) AND basis = '{Basis.PLACED}'
    UNION ALL
    SELECT store_id, order_day, sales, orders, completed FROM dashboard_metricdelta
    WHERE store_id = ANY(%(stores)s) AND product_id IS NULL
) AS movements WHERE day BETWEEN %(first)s AND %(last)s GROUP BY store_id, day
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


def months_so_far(stores: Sequence[Store]) -> tuple[list[MonthSoFar], datetime]:
    """Return the running local month of each store and the moment of reading; three statements for any number."""
    keys = [store.pk for store in stores]
    with snapshot() as as_of:
        # a month and the six days before it, wherever on Earth the store is
        first, last = as_of.date() - timedelta(days=31 + TREND_DAYS), as_of.date() + timedelta(days=1)
        days = {
            (row["store_id"], row["day"]): row for row in _rows(_DAYS_OF_STORES, stores=keys, first=first, last=last)
        }
        months = {row["store_id"]: row["month"] for row in _rows(_LAST_MONTHS, stores=keys)}
        checks = Verification.objects.filter(store__in=keys).order_by("store_id", "-checked_at").distinct("store_id")
        verified = {check.store_id: check for check in checks}
    return [
        _month_so_far(store, as_of.astimezone(store.zone).date(), days, months.get(store.pk), verified.get(store.pk))
        for store in stores
    ], as_of


def _month_so_far(
    store: Store,
    today: date,
    days: dict[tuple[int, date], dict[str, Any]],
    last_month: date | None,
    verification: Verification | None,
) -> MonthSoFar:
    month = month_period(today.year, today.month)
    found = [row for (key, day), row in days.items() if key == store.pk and month.first <= day <= month.last]
    sales, completed = cents(sum(row["sales"] for row in found)), int(sum(row["completed"] for row in found))
    nothing = {"sales": 0, "orders": 0}
    trend = [today - timedelta(days=back) for back in reversed(range(TREND_DAYS))]
    shown = [(day, days.get((store.pk, day), nothing)) for day in trend]
    return MonthSoFar(
        store=store,
        month=month,
        total_sales=sales,
        total_orders=int(sum(row["orders"] for row in found)),
        total_completed_orders=completed,
        average_ticket=average(sales, completed),
        daily_trend=[DaySales(day, cents(row["sales"]), int(row["orders"])) for day, row in shown],
        last_month=last_month,
        verification=verification,
    )


def latest_verification(store: Store) -> Verification | None:
    """Return the newest comparison of the store's figures with its orders."""
    return Verification.objects.filter(store=store).order_by("-checked_at").first()


def cents(amount: Decimal | int) -> Decimal:
    """Return an SQL sum with exactly two decimals (an empty sum comes as 0)."""
    return Decimal(amount).quantize(Decimal("0.01"))


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    """Return part ÷ whole in percent, half-up to two decimals; 0 of nothing."""
    if not whole:
        return Decimal("0.00")
    return (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
