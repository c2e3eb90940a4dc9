"""How PostgreSQL answers a page of an analytics query: without workers, files on disk, or sorting what is not shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Store
from dashboard import figures
from dashboard.answers.analytics import Request, analytics_data
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, Question
from dashboard.figures.windows import Window
from dealport.kit.day_range import DayRange
from orders.models import Product
from tests.builders import a_store

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = DayRange(date(2025, 11, 1), date(2025, 11, 30))
PRODUCTS = 16_000
SOLD = """
INSERT INTO dashboard_storemonthlysalesbyproduct (
    store_id, basis, month, product_id, sales, orders, units_sold, units_returned, net, discounts, returns, cost,
    units_without_cost
)
SELECT store_id, 'placed', %s, id, 1, 1, 1, 0, 1, 0, 0, 0, 1 FROM orders_product WHERE store_id = %s
"""


def a_store_with_products(count: int, slug: str = "tea") -> Store:
    store = a_store(slug=slug)
    products = (Product(store=store, name=f"{n}", slug=f"p{n}", sku=f"P{n}", price=Decimal(5)) for n in range(count))
    Product.objects.bulk_create(products, batch_size=4_000)
    with connection.cursor() as cursor:
        cursor.execute(SOLD, [MONTH.first, store.pk])
        cursor.execute("ANALYZE orders_product, dashboard_storemonthlysalesbyproduct")
    return store


def plan_of_page(stores: list[Store]) -> str:
    """Return how the longest statement of the page was carried out."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., object], sql: str, parameters: object, *rest: object) -> object:
        asked.append((sql, parameters))
        return execute(sql, parameters, *rest)

    figure = QUERYABLE["netSales"]
    question = Question((figure, QUERYABLE["grossSales"]), DIMENSIONS["product"], order_by=figure)
    with figures.consistent_read(), connection.cursor() as cursor:
        with connection.execute_wrapper(note):
            request = Request(question, tuple(Window(one, MONTH) for one in stores), "", 1, 50)
            assert analytics_data(request, timezone.now())
        (pages,) = [one for one in asked if "AS shown" in one[0]]
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {pages[0]}", pages[1])
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_page_of_many_products_is_grouped_in_memory_and_sorted_by_what_is_shown() -> None:
    plan = plan_of_page([a_store_with_products(PRODUCTS)])
    assert f"rows={PRODUCTS}" in plan.replace(".00", "")
    assert "Disk" not in plan and "Batches: 1 " in plan
    assert "Sort Key: named.currency" not in plan, "one store has one currency"
    assert "top-N heapsort" in plan


def test_a_page_of_several_stores_starts_no_workers() -> None:
    stores = [a_store_with_products(600), a_store_with_products(600, "glass")]
    with connection.cursor() as cursor:  # so that workers look cheap, as they do where there is much to read
        cursor.execute("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0")
    try:
        plan = plan_of_page(stores)
    finally:
        connection.close()
    assert "rows=1200" in plan.replace(".00", "") and "Gather" not in plan
