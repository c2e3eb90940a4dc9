"""Whole months of a dimension are read from rows of months, which say what their days do."""

from __future__ import annotations

import importlib
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Store
from dashboard import figures
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, Question, all_cells
from dashboard.figures.windows import Window
from dashboard.metrics.folding import fold_all
from dashboard.metrics.recount import differences
from dashboard.models import StoreMonthlySalesByDimension, VerificationRun
from dealport.kit.day_range import DayRange
from tests.builders import a_store, an_order, local

pytestmark = pytest.mark.django_db

FIGURES = ("totalSales", "orders", "netSales")
BY = [name for name in DIMENSIONS if DIMENSIONS[name].source != "product"]


@pytest.fixture(scope="module")
def built(module_rows: None) -> Store:
    """A store with orders in four months, at many hours, to several countries."""
    store = a_store(slug="tea", timezone="Europe/London")
    for number in range(60):
        month, day = 1 + number % 4, 1 + number * 7 % 28
        at = local(store, 2026, month, day, number % 24)
        an_order(
            store, f"{number + 1}.50", paid=True, at=at, shipping_address={"country": ("DE", "FR", "")[number % 3]}
        )
    return store


@pytest.fixture
def sold(built: Store) -> Store:
    return deepcopy(built)


def cells(store: Store, by: str, first: Any, last: Any) -> dict[str, tuple[Any, ...]]:
    asked = tuple(QUERYABLE[name] for name in FIGURES)
    window = Window(store, DayRange(first, last))
    with figures.consistent_read():
        found = all_cells(Question(asked, DIMENSIONS[by]), [window]).get(store.currency, [])
    return {cell.key: tuple(cell.quantities.values()) for cell in found}


@pytest.mark.parametrize("by", BY)
def test_a_period_of_ragged_ends_is_its_days_added_up(sold: Store, by: str) -> None:
    fold_all()
    first, last = local(sold, 2026, 1, 9, 0).date(), local(sold, 2026, 4, 11, 0).date()
    days: dict[str, tuple[Any, ...]] = {}
    for day in DayRange(first, last).days():
        for key, values in cells(sold, by, day, day).items():
            days[key] = tuple(map(sum, zip(days.get(key, (0, 0, 0)), values, strict=True)))
    assert cells(sold, by, first, last) == days
    assert len(days) > 1 or by not in ("country", "hour", "weekdayHour")


@pytest.mark.parametrize("by", BY)
def test_whole_months_read_one_row_of_each_value_whatever_the_days(sold: Store, by: str) -> None:
    fold_all()
    with CaptureQueriesContext(connection) as queries:
        cells(sold, by, local(sold, 2026, 1, 1, 0).date(), local(sold, 2026, 4, 30, 0).date())
    reads_months = any("storemonthlysalesbydimension" in query["sql"] for query in queries)
    assert reads_months == (by != "weekdayHour")


def test_a_month_that_is_wrong_is_found_and_the_upgrade_fills_months_from_their_days(sold: Store) -> None:
    fold_all()
    known = StoreMonthlySalesByDimension.objects.order_by("dimension", "basis", "month", "key").values_list()
    right = [row[1:] for row in known.all()]
    assert len(right) > 40
    StoreMonthlySalesByDimension.objects.filter(dimension="hour").update(sales=1)
    StoreMonthlySalesByDimension.objects.filter(dimension="country").delete()
    assert {bucket["dimension"] for bucket in differences(sold)} == {"hour", "country"}
    migration: Any = importlib.import_module("dashboard.migrations.0021_fill_monthly_dimensions")
    for _ in range(2):
        with connection.schema_editor() as editor:
            migration.fill(None, editor)
        assert [row[1:] for row in known.all()] == right
    assert differences(sold) == []
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    assert VerificationRun.objects.get(store=sold).recomputes
