"""Cells by product of one calendar month or year: rows of the rollup as they are, where nothing has to be added up."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal as D
from unittest import mock

import pytest

from customers.models import Store
from dashboard.figures import cell_pages
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, Question
from dashboard.figures.cell_pages import Page, page_of_cells
from dashboard.figures.windows import Window
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.models import MetricDelta
from dealport.kit.day_range import DayRange
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import Product
from tests.builders import a_product, a_store, local

MARCH = DayRange(date(2026, 3, 1), date(2026, 3, 31))
YEAR = DayRange(date(2026, 1, 1), date(2026, 12, 31))
FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}
FIGURES = ("netSales", "grossSales", "totalSales", "unitsSold", "unitsReturned")


@pytest.fixture(scope="module")
def built(module_rows: None) -> Store:
    """A store of a shirt in two sizes, a cup, and a hat that came back whole; what is sold in March and beside it."""
    store, other = a_store(slug="shirts", timezone="Pacific/Auckland"), a_store(slug="other")
    shirt = a_product(store, "20.00", name="Shirt", has_variants=True)
    small, large = (
        a_product(store, "20.00", name=f"Shirt {size}", parent=shirt, options={"Size": size}) for size in "SL"
    )
    cup, hat = a_product(store, "4.00", name="Cup"), a_product(store, "9.00", name="Hat")
    mug = a_product(other, "7.00", name="Mug")

    def sell(product: Product, quantity: int, month: int, day: int, refunded: str = "") -> None:
        at = local(store, 2026, month, day, 12)
        items = [ItemRequest(product.pk, quantity)]
        order = place_order(store=product.store, items=items, tax_amount=D("1.50"), at=at, actor=None)
        mark_paid(order=order, at=local(store, 2026, month, day, 13), actor=None)
        if refunded:
            refund_order(order=order, amount=D(refunded), at=local(store, 2026, month, day, 14), actor=None)

    for number, product in enumerate((small, large, cup, cup, hat, mug), 1):
        sell(product, number, 3, number, refunded="46.50" if product == hat else "")
    sell(small, 1, 2, 28)
    sell(cup, 9, 4, 1)
    sell(cup, 1, 3, 31, refunded="2.00")
    return store


@pytest.fixture
def shirts(built: Store, db: None) -> Store:
    return deepcopy(built)


def pages(store: Store, by: str, basis: str, order_by: str, days: DayRange) -> list[dict[str, Page]]:
    """Return two pages of two cells and one that is empty."""
    asked = tuple(QUERYABLE[name] for name in FIGURES)
    question = Question(asked, DIMENSIONS[by], basis=basis, order_by=QUERYABLE[order_by])
    return [page_of_cells(question, [Window(store, days)], offset=offset, limit=2) for offset in (0, 2, 9)]


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize("by", ["product", "variant"])
@pytest.mark.parametrize("days", [MARCH, YEAR], ids=["month", "year"])
def test_pages_of_a_month_or_year_are_those_of_everything_added_up(
    shirts: Store, days: DayRange, by: str, basis: str, fold: Callable[[], object]
) -> None:
    fold()
    for order_by in ("netSales", "unitsSold"):
        found = pages(shirts, by, basis, order_by, days)
        with mock.patch.object(cell_pages, "bucket_of", return_value=None):
            assert found == pages(shirts, by, basis, order_by, days)
        first, second, last = found
        shown = first[shirts.currency]
        assert (shown.count, len(shown.cells)) == ({"product": 3, "variant": 4}[by], 2)
        assert second[shirts.currency].sums == last[shirts.currency].sums == shown.sums


@pytest.mark.parametrize(
    ("days", "is_read_as_it_is"),
    [
        (MARCH, True),
        (DayRange(date(2026, 2, 1), date(2026, 2, 28)), True),
        (DayRange(date(2026, 3, 1), date(2026, 3, 30)), False),
        (DayRange(date(2026, 3, 2), date(2026, 3, 31)), False),
        (DayRange(date(2026, 2, 1), date(2026, 3, 31)), False),
        (YEAR, True),
        (DayRange(date(2026, 1, 1), date(2027, 12, 31)), False),
        (DayRange(date(2025, 7, 1), date(2026, 6, 30)), False),
        (DayRange(date(2026, 12, 31), date(2026, 12, 31)), False),
    ],
)
def test_days_that_are_no_calendar_month_or_year_are_added_up(
    shirts: Store, days: DayRange, *, is_read_as_it_is: bool
) -> None:
    question = Question((QUERYABLE["netSales"],), DIMENSIONS["product"])
    sql = cell_pages.page_query(question, [Window(shirts, days)], offset=0, limit=1).sql
    assert ("NOT IN (" in sql) is is_read_as_it_is
