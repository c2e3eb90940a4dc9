"""Every dataset becomes a file that says what the dashboard says."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from customers.models import User
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.models import MetricDelta, StoreDailySales
from dealport.kit.day_range import DayRange
from orders.actions import ItemRequest, create_category, create_coupon, refund_order
from reports.daily.aggregation import aggregate
from reports.datasets import DATASETS
from reports.models import ExportJob
from tests.builders import a_customer, a_product, a_store, a_user, an_order
from tests.exports import a_busy_store, content, exported, lines_of, sheets_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> User:
    """Trade in two stores of different currencies and zones; return a super admin."""
    a_busy_store()
    a_busy_store(currency="NZD", timezone="Pacific/Auckland")
    return a_user(User.Role.SUPER_ADMIN)


@pytest.mark.parametrize("name", DATASETS)
def test_both_formats_hold_the_same_rows_and_the_receipt_agrees_with_the_dashboard(name: str, owner: User) -> None:
    day = timezone.now().date()
    aggregate(DayRange(day - timedelta(days=400), day))
    csv_job, xlsx_job = (exported(owner, name, format=format) for format in ("csv", "xlsx"))
    lines, sheets = lines_of(csv_job), sheets_of(xlsx_job)
    assert list(sheets) == ["Data", "Receipt"]
    columns = [column.name for column in DATASETS[name].columns]
    assert [list(row) for row in (lines[0], sheets["Data"][0])] == [columns, columns]
    assert len(lines) == len(sheets["Data"]) == csv_job.receipt["rowCount"] == xlsx_job.receipt["rowCount"] > 0
    assert csv_job.receipt["controlTotals"] == xlsx_job.receipt["controlTotals"] != []
    assert [line for line in csv_job.receipt["controlTotals"] if line["agrees"] is False] == []
    assert csv_job.receipt["sha256"] == hashlib.sha256(content(csv_job)).hexdigest()
    assert xlsx_job.receipt["sha256"] == hashlib.sha256(content(xlsx_job)).hexdigest()


@pytest.mark.parametrize("name", ["orders", "order-items", "transactions", "sales-by-product", "sales-by-country"])
def test_what_counts_sales_agrees_with_the_dashboard_for_a_store_and_a_period(name: str, owner: User) -> None:
    store = a_store(timezone="America/Sao_Paulo", currency="BRL")
    now = timezone.now()
    for days in (0, 10, 45):
        an_order(store, "12.34", "5.00", paid=True, at=now - timedelta(days=days))
    period = {"from": (now - timedelta(days=20)).date().isoformat(), "to": now.date().isoformat()}
    job = exported(owner, name, filters={"store": store.slug, **period})
    assert job.receipt["agreesWithDashboard"] is True
    (sales,) = (line for line in job.receipt["controlTotals"] if line["name"] == "sales")
    assert sales == {"currency": "BRL", "name": "sales", "file": "34.68", "dashboard": "34.68", "agrees": True}
    assert sum(Decimal(row["sales"]) for row in lines_of(job)) == Decimal("34.68")
    everything = figures.period_totals(StoreScope(store), DayRange.until(now.date(), 90))
    assert everything["BRL"]["sales"] == Decimal("52.02")


def test_an_export_of_nothing_is_a_header_and_an_honest_receipt() -> None:
    owner = a_user(User.Role.ADMIN)
    store = a_store()
    for format in ("csv", "xlsx"):
        job = exported(owner, "orders", filters={"store": store.slug}, format=format)
        assert (job.status, job.receipt["rowCount"], job.receipt["controlTotals"]) == ("succeeded", 0, [])
    assert lines_of(ExportJob.objects.get(format="csv")) == []
    assert content(ExportJob.objects.get(format="csv")).decode().startswith("orderId,orderNumber,store,")


def test_a_file_that_says_more_than_the_dashboard_is_told_apart(owner: User) -> None:
    StoreDailySales.objects.all().delete()
    MetricDelta.objects.all().delete()
    receipt = exported(owner, "customers").receipt
    assert receipt["agreesWithDashboard"] is False
    lines = {(line["currency"], line["name"]): line for line in receipt["controlTotals"]}
    assert lines["GBP", "customers"] == {
        "currency": "GBP",
        "name": "customers",
        "file": 1,
        "dashboard": 0,
        "agrees": False,
    }


def test_r017_exports_are_filtered_by_method_coupon_product_category_amount_and_customer(owner: User) -> None:
    store = a_store()
    shelf = create_category(store=store, name="Shelf", actor=None)
    below = create_category(store=store, name="Below", parent=shelf, actor=None)
    tea, cup = a_product(store, "10.00", category=below), a_product(store, "99.00")
    customer = a_customer(store)
    create_coupon(store=store, values={"code": "Ten", "value": Decimal(10)}, actor=None)
    one = an_order(
        store, items=[ItemRequest(tea.pk, 1)], paid=True, customer=customer, coupon_code="Ten", payment_method="INVOICE"
    )
    other = an_order(store, items=[ItemRequest(cup.pk, 1)], paid=True, payment_method="CREDIT_CARD")
    refund_order(order=one, amount=Decimal(2), actor=None)
    refund_order(order=other, amount=Decimal(50), actor=None)
    for dataset, filters, expected in (
        ("orders", {"paymentMethod": "INVOICE"}, [one]),
        ("orders", {"couponCode": "TEN"}, [one]),
        ("orders", {"productId": str(cup.pk)}, [other]),
        ("orders", {"categoryId": str(shelf.pk)}, [one]),
        ("orders", {"minTotal": "9.00", "maxTotal": "9"}, [one]),
        ("orders", {"customerId": str(customer.pk)}, [one]),
        ("order-items", {"productId": str(tea.pk)}, [one]),
        ("order-items", {"categoryId": str(shelf.pk)}, [one]),
        ("order-items", {"minTotal": "99.00"}, [other]),
        ("transactions", {"method": "INVOICE", "minAmount": "9.00"}, [one]),
        ("refunds", {"maxAmount": "49.99"}, [one]),
        ("refunds", {"customerId": str(customer.pk)}, [one]),
    ):
        job = exported(owner, dataset, filters={**filters, "store": store.slug})
        assert {row["orderNumber"] for row in lines_of(job)} == {order.number for order in expected}, (dataset, filters)
    products = lines_of(exported(owner, "products", filters={"categoryId": str(shelf.pk)}))
    assert [row["sku"] for row in products] == [tea.sku]
    for name, value in (("minTotal", "x"), ("customerId", "1; DROP"), ("productId", "-1")):
        with pytest.raises(ValidationError, match=name):
            exported(owner, "orders", filters={name: value})
