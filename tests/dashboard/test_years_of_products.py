"""Whole years by product are read from rows of years, which say what their months do."""

from __future__ import annotations

import importlib
from copy import deepcopy
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Store
from dashboard import figures
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, Question, all_cells
from dashboard.figures.windows import Window
from dashboard.metrics.folding import fold_all
from dashboard.metrics.recount import correct, differences
from dashboard.models import (
    MetricDelta,
    StoreDailySalesByProduct,
    StoreMonthlySalesByProduct,
    StoreYearlySalesByProduct,
    VerificationRun,
)
from dealport.kit.day_range import DayRange
from orders.actions import ItemRequest, mark_paid, place_order
from tests.builders import a_product, a_store, local

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
TABLE = StoreYearlySalesByProduct._meta.db_table


@pytest.fixture(scope="module")
def built(module_rows: None) -> Store:
    """A store with three products, sold in eight months of two years."""
    store = a_store(slug="tea", timezone="Pacific/Auckland")
    products = [a_product(store, f"{price}.50", name=f"Tea {price}") for price in (3, 5, 7)]
    for number, (year, month) in enumerate([(2025, 2), (2025, 12), (2026, 1), (2026, 3), (2026, 4), (2026, 12)]):
        at = local(store, year, month, 1 + number * 7 % 28, 12)
        items = [ItemRequest(product.pk, 1 + number) for product in products[: 1 + number % 3]]
        mark_paid(order=place_order(store=store, items=items, at=at, actor=None), at=at, actor=None)
    return store


@pytest.fixture
def sold(built: Store) -> Store:
    return deepcopy(built)


def cells(store: Store, first: date, last: date, granularity: str = "") -> dict[tuple[str, str], tuple[Any, ...]]:
    asked = tuple(QUERYABLE[name] for name in ("netSales", "unitsSold"))
    question = Question(asked, DIMENSIONS["variant"], granularity=granularity)
    with figures.consistent_read():
        found = all_cells(question, [Window(store, DayRange(first, last))]).get(store.currency, [])
    return {(cell.bucket, cell.key): tuple(cell.quantities.values()) for cell in found}


def wrong(store: Store, *days: date) -> set[tuple[str, str]]:
    """Return the table and first day of the wrong buckets by order day."""
    lengths = ("day", "month", "year")
    return {
        (bucket["table"].removeprefix("dashboard_"), str(next(bucket[one] for one in lengths if one in bucket)))
        for bucket in differences(store, *days)
        if bucket["basis"] == "placed"
    }


@pytest.mark.parametrize("folded", [True, False])
def test_a_year_is_read_from_its_rows_alone_and_says_what_its_months_do(sold: Store, *, folded: bool) -> None:
    if folded:
        fold_all()
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    months: dict[str, tuple[Any, ...]] = {}
    for (_, key), values in cells(sold, first, last, "monthly").items():
        months[key] = tuple(map(sum, zip(months.get(key, (0, 0)), values, strict=True)))
    assert len(months) == 3
    assert {key: values for (_, key), values in cells(sold, first, last).items()} == months
    if folded:  # neither months nor days are needed
        StoreMonthlySalesByProduct.objects.all().delete()
        StoreDailySalesByProduct.objects.all().delete()
        assert {key: values for (_, key), values in cells(sold, first, last).items()} == months
        with CaptureQueriesContext(connection) as queries:
            assert cells(sold, first, date(2026, 12, 30)) == {}
        assert any(TABLE in query["sql"] for query in queries)


def test_a_year_that_is_wrong_is_found_by_each_of_its_months_and_by_no_other(sold: Store) -> None:
    fold_all()
    StoreYearlySalesByProduct.objects.filter(basis="placed", year=date(2026, 1, 1)).update(net=D("1.00"))
    year = {("storeyearlysalesbyproduct", "2026-01-01")}
    assert wrong(sold) == wrong(sold, MARCH, MARCH) == wrong(sold, date(2026, 7, 1), date(2026, 7, 9)) == year
    assert wrong(sold, date(2025, 2, 1), date(2025, 2, 1)) == set()
    assert correct(sold, MARCH, MARCH) == 3
    assert differences(sold) == []


def test_what_a_month_lost_is_missed_in_its_year_and_repaired_there_too(sold: Store) -> None:
    """Correcting slice by slice, as an upgrade does, ends with every bucket right."""
    MetricDelta.objects.filter(order_day__year=2026, product_id__isnull=False).exclude(order_day__month=12).delete()
    fold_all()
    lost = {"storedailysalesbyproduct", "storemonthlysalesbyproduct", "storeyearlysalesbyproduct"}
    assert {table for table, _ in wrong(sold, MARCH, MARCH)} == lost
    assert wrong(sold, date(2026, 12, 1), date(2026, 12, 31)) == set(), "the other months are taken as they are"
    for month in (date(2026, 1, 1), MARCH, APRIL):
        assert correct(sold, month, month) > 0
        assert wrong(sold, month, month) == set()
    assert differences(sold) == []


def test_the_upgrade_fills_years_from_their_months(sold: Store) -> None:
    fold_all()
    known = StoreYearlySalesByProduct.objects.order_by("basis", "year", "product_id").values_list()
    right = [row[1:] for row in known.all()]
    assert len(right) == 2 * (2 + 3)
    StoreYearlySalesByProduct.objects.filter(basis="placed").delete()
    StoreYearlySalesByProduct.objects.update(net=1, orders=70)
    migration: Any = importlib.import_module("dashboard.migrations.0023_fill_yearly_products")
    for _ in range(2):
        with connection.schema_editor() as editor:
            migration.fill(None, editor)
        assert [row[1:] for row in known.all()] == right
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    assert VerificationRun.objects.get(store=sold).recomputes
