"""Analytics queries of a year, uncached: milliseconds by dimension of one store with 10,000, 100,000 and 1,000,000
orders over two years, and of several stores at once with few and many orders in total; how flat both are; the same sums
over the orders with covering indexes ÷ the query; and a page of 50 of a store with 50,000 products sold in a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from statistics import median

from django.db import connection
from django.utils import timezone

from benchmarks import load, report
from customers.models import Store
from dashboard import figures
from dashboard.answers.analytics import Request, analytics_data
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, Question
from dashboard.figures.windows import Window
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json
from orders.models import Product

SIZES = (10_000, 100_000, 1_000_000)
SMALL_SIZES = (2_000, 3_000, 5_000)
"""Of as many stores, together as large as the smallest of SIZES: all stores at two sizes."""
ROUNDS = 15
PRODUCTS = 50_000
MONTH = DayRange(date(2025, 11, 1), date(2025, 11, 30))
SHORT = {"SIZES": (200, 300), "SMALL_SIZES": (80, 120), "ROUNDS": 1, "PRODUCTS": 600}
DAYS = DayRange.until(load.LAST_DAY, 364)
BY = ("product", "country", "coupon", "hour")
NAMES = ("netSales", "grossSales")

_SOLD = """
INSERT INTO dashboard_storemonthlysalesbyproduct (
    store_id, basis, month, product_id, sales, orders, units_sold, units_returned, net, discounts, returns, cost,
    units_without_cost
)
SELECT store_id, 'placed', %s, id, id %% 997, 1, 1, 0, id %% 997, 0, 0, 0, 1 FROM orders_product WHERE store_id = %s
"""
_DAYS = "o.store_id = %s AND o.order_day BETWEEN %s AND %s AND o.captured_amount > 0"
LIVE = {
    "country": (
        ("orders_order (store_id, order_day) INCLUDE (country, subtotal, discount, refunded_amount, captured_amount)",),
        "SELECT country, sum(subtotal - discount - refunded_amount), sum(subtotal) FROM orders_order AS o "
        f"WHERE {_DAYS} GROUP BY country",
    ),
    "product": (
        (
            "orders_order (store_id, order_day) INCLUDE (id, captured_amount)",
            "orders_orderitem (order_id) INCLUDE (product_id, line_total, discount_share, refunded_amount)",
        ),
        "SELECT product_id::text, sum(i.line_total - i.discount_share - i.refunded_amount), sum(i.line_total) "
        f"FROM orders_order AS o JOIN orders_orderitem AS i ON i.order_id = o.id WHERE {_DAYS} GROUP BY product_id",
    ),
}
"""By dimension: covering indexes, and the aggregate of what queries name over the orders (paid in full, tax free)."""


def main() -> None:
    """Time each dimension at each size in turns, then the aggregate over the orders of the largest."""
    stores = [load.order_book(size) for size in SIZES]
    columns: dict[str, list[Store]] = {size_name([size]): [store] for size, store in zip(SIZES, stores, strict=True)}
    small, large = size_name(SIZES[:1]), size_name(SIZES[-1:])
    few, many = (f"{len(sizes)} stores, {size_name(sizes)}" for sizes in (SMALL_SIZES, SIZES))
    columns |= {few: [load.order_book(size) for size in SMALL_SIZES], many: stores}
    timings: dict[tuple[str, str], list[float]] = {(by, name): [] for by in BY for name in columns}
    report.progress(f"{ROUNDS} queries of each")
    for _ in range(ROUNDS):
        for by in BY:
            for name, asked in columns.items():
                timings[by, name].append(report.seconds_of(partial(query, asked, by)) * 1000)
    report.table(("ms by", *columns), [(by, *(median(timings[by, name]) for name in columns)) for by in BY])
    for larger, smaller in ((large, small), (many, few)):
        for by in BY:
            ratio = report.paired_ratio(timings[by, larger], timings[by, smaller])
            report.result("analytics", f"by {by}, {larger} ÷ {smaller}", ratio, "≤ 1.30")
    for by in BY:
        alone = (timings[by, name] for name in columns if name not in (few, many))
        each = [sum(times) for times in zip(*alone, strict=True)]
        ratio = report.paired_ratio(timings[by, many], each)
        report.result("analytics", f"by {by}, all stores ÷ one after the other", ratio, "≤ 1.30")
    report.result("analytics", f"by product, 50 of {PRODUCTS:,}, ms", page_of_products(), "< 50")
    for by in LIVE:
        ratio = report.paired_ratio(live(stores[-1], by), timings[by, large])
        report.result("analytics", f"aggregate over {large} ÷ query by {by}", ratio, "≥ 20")


def size_name(sizes: Sequence[int]) -> str:
    """Return how many orders stores of some sizes have together."""
    return f"{sum(sizes):,} orders"


def page_of_products() -> float:
    """Return the median milliseconds of the best 50 of PRODUCTS products that sold in a month."""
    store = load.make_store("analytics-products")
    numbers = range(load.PRODUCTS, PRODUCTS)
    Product.objects.bulk_create(
        (
            Product(store=store, name=f"Product {n}", slug=f"product-{n}", sku=f"P{n}", price=Decimal(5))
            for n in numbers
        ),
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, [MONTH.first, store.pk])
        cursor.execute("VACUUM ANALYZE orders_product, dashboard_storemonthlysalesbyproduct")
    return median(report.seconds_of(partial(query, [store], "product", MONTH)) * 1000 for _ in range(ROUNDS))


def query(stores: Sequence[Store], by: str, days: DayRange = DAYS, limit: int = 50) -> Json:
    """Answer one query as the endpoint computes it."""
    asked = tuple(QUERYABLE[name] for name in NAMES)
    question = Question(asked, DIMENSIONS[by], order_by=asked[0])
    windows = tuple(Window(store, days) for store in stores)
    with figures.consistent_read():
        return analytics_data(Request(question, windows, "", 1, limit), timezone.now())


def live(store: Store, by: str) -> list[float]:
    """Return the milliseconds of the same sums over the orders themselves, by covering indexes."""
    indexes, sql = LIVE[by]
    with connection.cursor() as cursor:
        for number, index in enumerate(indexes):
            cursor.execute(f"CREATE INDEX bench_{number} ON {index}")
        try:
            cursor.execute("VACUUM ANALYZE orders_order, orders_orderitem")
            run = partial(cursor.execute, sql, [store.pk, DAYS.first, DAYS.last])
            times = [report.seconds_of(run) * 1000 for _ in range(ROUNDS)]
            answered = query([store], by, limit=load.PRODUCTS)["rows"]
            assert {key: sums for key, *sums in cursor.fetchall()} == {
                row["key"]: [Decimal(str(row["values"][name])) for name in NAMES] for row in answered
            }
            return times
        finally:
            for number, _ in enumerate(indexes):
                cursor.execute(f"DROP INDEX bench_{number}")
