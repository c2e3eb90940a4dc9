"""Analytics queries of a year of one store, uncached: milliseconds by dimension with 10,000, 100,000 and 1,000,000
orders over two years; how flat they are; the same sums by country over the orders with a covering index ÷ the query;
and a page of 50 of a store with 50,000 products sold in a month.
"""

from __future__ import annotations

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
from orders.models import Product

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 15
PRODUCTS = 50_000
MONTH = DayRange(date(2025, 11, 1), date(2025, 11, 30))
SHORT = {"SIZES": (200, 300), "ROUNDS": 1, "PRODUCTS": 600}
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
_KEPT = "country, captured_amount, refunded_amount"
_INDEX = f"CREATE INDEX bench_by_country ON orders_order (store_id, order_day) INCLUDE ({_KEPT})"
_LIVE = (
    "SELECT country, sum(captured_amount - refunded_amount), count(*) FROM orders_order "
    "WHERE store_id = %s AND order_day BETWEEN %s AND %s GROUP BY country"
)


def main() -> None:
    """Time each dimension at each size in turns, then the aggregate over the orders of the largest."""
    stores = [load.order_book(size) for size in SIZES]
    timings: dict[tuple[str, int], list[float]] = {(by, size): [] for by in BY for size in SIZES}
    report.progress(f"{ROUNDS} queries of each")
    for _ in range(ROUNDS):
        for by in BY:
            for size, store in zip(SIZES, stores, strict=True):
                timings[by, size].append(report.seconds_of(partial(query, store, by)) * 1000)
    rows = [(by, *(median(timings[by, size]) for size in SIZES)) for by in BY]
    report.table(("ms by", *(f"{size:,} orders" for size in SIZES)), rows)
    for by in BY:
        ratio = report.paired_ratio(timings[by, SIZES[-1]], timings[by, SIZES[0]])
        report.result("analytics", f"by {by}, {SIZES[-1]:,} ÷ {SIZES[0]:,} orders", ratio, "≤ 1.30")
    report.result("analytics", f"by product, 50 of {PRODUCTS:,}, ms", page_of_products(), "< 50")
    ratio = report.paired_ratio(live(stores[-1]), timings["country", SIZES[-1]])
    report.result("analytics", f"aggregate over {SIZES[-1]:,} orders ÷ query by country", ratio, "≥ 20")


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
    return median(report.seconds_of(partial(query, store, "product", MONTH)) * 1000 for _ in range(ROUNDS))


def query(store: Store, by: str, days: DayRange = DAYS) -> None:
    """Answer one query as the endpoint computes it."""
    asked = tuple(QUERYABLE[name] for name in NAMES)
    question = Question(asked, DIMENSIONS[by], order_by=asked[0])
    with figures.consistent_read():
        analytics_data(Request(question, (Window(store, days),), "", 1, 50), timezone.now())


def live(store: Store) -> list[float]:
    """Return the milliseconds of the same sums over the orders themselves, by a covering index."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEX)
        try:
            cursor.execute("VACUUM ANALYZE orders_order")
            run = partial(cursor.execute, _LIVE, [store.pk, DAYS.first, DAYS.last])
            return [report.seconds_of(run) * 1000 for _ in range(ROUNDS)]
        finally:
            cursor.execute("DROP INDEX bench_by_country")
