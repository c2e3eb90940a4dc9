"""Seven months of a real store, imported from the file the project ships: every figure equals the truth to the cent."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, Store
from dashboard.figures import (
    daily_sales,
    first_month_with_orders,
    last_month_with_orders,
    sales_by_country,
    sales_by_product,
    sales_summary,
)
from dashboard.figures.periods import Period, month_period
from dashboard.metrics import recount
from dashboard.models import MetricDelta
from dealport.kit.day_range import DayRange
from orders.actions import refund_order
from orders.importing import Receipt, import_orders
from orders.models import Order, OrderItem, Product
from tests import emptying
from tests.builders import a_store
from tests.every_cell import check_in_every_state_of_folding
from tests.thorough import THOROUGH

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "orders/demo/data/online_retail_2010-12_2011-06.orders.csv.gz"
TRUTH: dict[str, Any] = json.loads(
    (ROOT / "tests/data/online_retail_2010-12_2011-06.truth.json").read_text(), parse_float=D
)
MONTHS: dict[str, dict[str, Any]] = TRUTH["months"]
# of the unrefunded orders, which are imported a second time, into a store of their own
MONTHS_OF_PRODUCTS = tuple(MONTHS) if THOROUGH else ("2011-01",)
SEVEN_MONTHS = Period(date(2010, 12, 1), date(2011, 6, 30))
# whose every cell is compared: across the night in March that London's clocks change
DAYS_OF_CELLS = (
    DayRange(SEVEN_MONTHS.first, SEVEN_MONTHS.last) if THOROUGH else DayRange(date(2011, 3, 15), date(2011, 4, 14))
)


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep what the fixtures of this module commit until its last test, then empty the database."""
    yield
    with django_db_blocker.unblock():
        emptying.empty()


@pytest.fixture(scope="module")
def imported(database: None, django_db_blocker: Any) -> tuple[Store, Receipt]:
    with django_db_blocker.unblock():
        store = a_store(slug="uk-gifts")
        return store, import_orders(FILE, store)


@pytest.fixture(scope="module")
def store(imported: tuple[Store, Receipt]) -> Store:
    return imported[0]


@pytest.fixture(scope="module")
def store_without_refunds(database: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A second store, with the orders alone that were never refunded, of MONTHS_OF_PRODUCTS."""
    path = tmp_path_factory.mktemp("import") / "unrefunded.csv"
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file, path.open("w", newline="") as copy:
        reader = csv.DictReader(file)
        assert reader.fieldnames
        writer = csv.DictWriter(copy, reader.fieldnames)
        writer.writeheader()
        writer.writerows(_unrefunded(reader))
    with django_db_blocker.unblock():
        store = a_store()
        import_orders(path, store)
    return store


def _unrefunded(rows: Iterator[dict[str, str]] | csv.DictReader[str]) -> Iterator[dict[str, str]]:
    is_kept = False
    for row in rows:
        if row["Total"]:
            is_kept = row["Financial Status"] == "paid" and row["Created at"].startswith(MONTHS_OF_PRODUCTS)
        if is_kept:
            yield row


def the_month(name: str) -> Period:
    year, month = name.split("-")
    return month_period(int(year), int(month))


def test_the_receipt_and_the_tables_count_what_is_in_the_file(imported: tuple[Store, Receipt]) -> None:
    store, receipt = imported
    assert (receipt.orders, receipt.lines) == (TRUTH["orders"], TRUTH["lines"]) == (9422, 234551)
    assert (receipt.customers, receipt.guests, receipt.products) == (2931, 833, 3421)
    assert (receipt.repeated, receipt.refused) == (0, 0)
    assert receipt.sales == TRUTH["totalSales"]
    orders = Order.objects.filter(store=store)
    assert orders.count() == TRUTH["orders"]
    assert orders.filter(customer=None).count() == TRUTH["guests"]
    assert OrderItem.objects.filter(store=store).count() == TRUTH["lines"]
    assert Customer.objects.filter(store=store).count() == TRUTH["customers"]
    assert Product.objects.filter(store=store).exclude(sku="").count() == TRUTH["skus"]


@pytest.mark.parametrize("name", MONTHS)
def test_the_tiles_of_a_month_equal_the_truth(store: Store, name: str) -> None:
    summary, truth = sales_summary(store, the_month(name)), MONTHS[name]
    assert {
        "totalSales": summary.total_sales,
        "totalOrders": summary.total_orders,
        "totalCompletedOrders": summary.total_completed_orders,
        "totalRefundedOrders": summary.total_refunded_orders,
        "totalExpiredOrders": summary.total_expired_orders,
    } == {
        **{key: truth[key] for key in ("totalSales", "totalOrders", "totalCompletedOrders", "totalRefundedOrders")},
        "totalExpiredOrders": 0,
    }


@pytest.mark.parametrize("name", MONTHS)
def test_every_day_of_a_month_equals_the_truth(store: Store, name: str) -> None:
    period, days = the_month(name), MONTHS[name]["days"]
    found = {
        day.date.isoformat(): {"totalSales": day.total_sales, "totalOrders": day.total_orders}
        for day in daily_sales(store, period)
        if day.total_orders or day.total_sales
    }
    assert found == {day: figures for day, figures in days.items() if figures["totalOrders"]}


@pytest.mark.parametrize("name", MONTHS)
def test_the_ten_best_countries_of_a_month_equal_the_truth(store: Store, name: str) -> None:
    found = sales_by_country(store, the_month(name))[:10]
    assert {country.country: country.total_sales for country in found} == MONTHS[name]["byCountry"]


@pytest.mark.parametrize("name", MONTHS_OF_PRODUCTS)
def test_the_ten_best_products_of_unrefunded_orders_equal_the_truth(store_without_refunds: Store, name: str) -> None:
    found = sales_by_product(store_without_refunds, the_month(name), limit=10)
    skus = dict(Product.objects.filter(store=store_without_refunds).values_list("pk", "sku"))
    assert [(skus[product.product_id], product.total_sales) for product in found] == list(
        MONTHS[name]["topProductsOfUnrefundedOrders"].items()
    )


def test_all_months_together_equal_the_truth_and_nothing_lies_outside_them(store: Store) -> None:
    everything = Period(date(1990, 1, 1), date(2030, 1, 1))
    for period in (SEVEN_MONTHS, everything):
        summary = sales_summary(store, period)
        assert (summary.total_sales, summary.total_orders) == (TRUTH["totalSales"], TRUTH["orders"])
    assert (first_month_with_orders(store), last_month_with_orders(store)) == (date(2010, 12, 1), date(2011, 6, 1))
    assert sales_summary(store, everything, "booked").total_sales == TRUTH["totalSales"]


def test_nothing_waits_and_no_figure_differs_from_the_orders(store: Store, store_without_refunds: Store) -> None:
    assert not MetricDelta.objects.exists()
    assert recount.differences(store) == []
    assert recount.differences(store_without_refunds) == []


def test_every_cell_of_every_answer_equals_the_orders_folded_or_not(store: Store) -> None:
    days = DAYS_OF_CELLS
    unrefunded = Order.objects.filter(
        store=store, refunded_at=None, captured_amount__gt=9, order_day__range=(days.first, days.last)
    )
    with transaction.atomic():
        # refunds of the days, some of them after the last one, which wait in the ledger until they are folded
        for number, order in enumerate(unrefunded[:: unrefunded.count() // 11]):
            at = order.placed_at + timedelta(days=number)
            refund_order(order=order, amount=D("7.77") if number % 3 else None, at=at, actor=None)
        assert MetricDelta.objects.count() > 10
        assert check_in_every_state_of_folding(store, days) > 20_000
        transaction.set_rollback(True)


def test_customers_count_from_their_first_order(store: Store) -> None:
    customer = Customer.objects.get(store=store, email="c17850@customers.example")
    orders = Order.objects.filter(customer=customer).order_by("placed_at")
    first, last = orders.first(), orders.last()
    assert first and last and first.number == "#536365"
    assert customer.created_at == customer.email_confirmed_at == first.placed_at
    assert (customer.total_orders, customer.last_order_at) == (orders.count(), last.placed_at)
    assert customer.total_spent == sum((order.sales for order in orders), D(0))
    december = sales_summary(store, the_month("2010-12"))
    assert december.new_customers == december.total_customers > 500
    assert sales_summary(store, the_month("2011-06")).total_customers == TRUTH["customers"]


def test_importing_a_part_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        path.write_text("".join(file.readline() for _ in range(67)))
    before = sales_summary(store, SEVEN_MONTHS)
    receipt = import_orders(path, store)
    assert (receipt.orders, receipt.lines, receipt.repeated) == (0, 0, 10)
    assert (receipt.customers, receipt.products, receipt.sales) == (0, 0, D(0))
    assert sales_summary(store, SEVEN_MONTHS) == before
    assert recount.differences(store, date(2010, 12, 1), date(2010, 12, 1) + timedelta(days=1)) == []
