"""What an import makes of Shopify's orders export."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import Customer, Store
from dashboard.figures import sales_summary
from dashboard.figures.periods import month_period
from dashboard.metrics import recount
from dashboard.models import MetricDelta
from orders.actions import ItemRequest, expire_unpaid, mark_paid, place_order
from orders.importing import Receipt, import_orders
from orders.models import Coupon, Order, OrderItem, Product, Refund, Transaction
from tests.builders import a_customer, a_product, a_store
from tests.orders.importing_files import COLUMNS, PLAIN, Row, item, order, write

pytestmark = pytest.mark.django_db

MARCH = month_period(2026, 3)


def imported(tmp_path: Path, *rows: Row, store: Store | None = None, **options: Any) -> tuple[Store, Receipt]:
    """Import the rows into a store; every figure of it must equal its orders afterwards."""
    store = store or a_store()
    receipt = import_orders(write(tmp_path / "export.csv", *rows, **options), store)
    assert recount.differences(store) == []
    return store, receipt


def the_order(store: Store, name: str = "#1001") -> Order:
    return Order.objects.get(store=store, number=name)


def test_an_order_keeps_what_the_export_says_of_it(tmp_path: Path) -> None:
    first = order(
        Fulfillment_Status="fulfilled",
        Fulfilled_at="2026-03-03 10:00:00 +0100",
        Subtotal="31.50",
        Discount_Code="SPRING",
        Discount_Amount="3.50",
        Shipping="4.95",
        Taxes="6.30",
        Total="42.75",
        Billing_Name="Ada Lovelace",
        Billing_Street="12 St James's Square",
        Billing_City="London",
        Billing_Zip="'SW1Y 4JH",
        Billing_Province="ENG",
        Billing_Country="gb",
        Shipping_Name="Byron, Lord",
        Shipping_Street="1 Quai\nFlat 2",
        Shipping_City="Paris",
        Shipping_Zip="75001",
        Shipping_Country="FR",
        Phone="'+44 20 7946 0000",
        Payment_Method="Shopify Payments",
        Payment_Reference="c123.1",
        Notes="ring twice",
    )
    store, receipt = imported(tmp_path, first, item(Lineitem_name="Bowl", Lineitem_price="15.00", Lineitem_sku="BOWL"))
    found = the_order(store)
    assert {
        name: getattr(found, name)
        for name in (
            "status", "payment_status", "currency", "subtotal", "discount", "tax_amount", "shipping_fee",
            "total_amount",
            "captured_amount", "refunded_amount", "coupon_code", "country", "payment_method", "notes", "placed_at",
            "completed_at", "is_imported", "version",
        )
    } == {
        "status": "SHIPPED",
        "payment_status": "PAID",
        "currency": "GBP",
        "subtotal": D("35.00"),
        "discount": D("3.50"),
        "tax_amount": D("6.30"),
        "shipping_fee": D("4.95"),
        "total_amount": D("42.75"),
        "captured_amount": D("42.75"),
        "refunded_amount": D("0.00"),
        "coupon_code": "SPRING",
        "country": "FR",
        "payment_method": "Shopify Payments",
        "notes": "ring twice",
        "placed_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "completed_at": datetime(2026, 3, 2, 9, 1, tzinfo=UTC),
        "is_imported": True,
        "version": 3,
    }  # fmt: skip
    assert found.shipping_address == {
        "name": "Byron, Lord",
        "street": "1 Quai\nFlat 2",
        "city": "Paris",
        "country": "FR",
        "postalCode": "75001",
    }
    assert found.billing_address == {
        "name": "Ada Lovelace",
        "street": "12 St James's Square",
        "city": "London",
        "state": "ENG",
        "country": "GB",
        "postalCode": "SW1Y 4JH",
    }
    assert list(found.items.order_by("pk").values_list("name", "sku", "quantity", "line_total", "discount_share")) == [
        ("Mug", "MUG", 2, D("20.00"), D("2.00")),
        ("Bowl", "BOWL", 1, D("15.00"), D("1.50")),
    ]
    assert list(found.transactions.values_list("kind", "status", "amount", "gateway_transaction_id")) == [
        ("payment", "approved", D("42.75"), "c123.1")
    ]
    assert list(found.events.values_list("kind", "at", "actor_label")) == [
        ("placed", datetime(2026, 3, 2, 9, 0, tzinfo=UTC), "import"),
        ("paid", datetime(2026, 3, 2, 9, 1, tzinfo=UTC), "import"),
        ("shipped", datetime(2026, 3, 3, 9, 0, tzinfo=UTC), "import"),
    ]
    customer = Customer.objects.get(store=store)
    assert (customer.email, customer.name, customer.phone) == ("ada@example.com", "Ada Lovelace", "+44 20 7946 0000")
    assert (customer.created_at, customer.email_confirmed_at) == (found.placed_at, found.placed_at)
    assert (customer.total_orders, customer.completed_orders, customer.total_spent) == (1, 1, D("42.75"))
    assert str(receipt).splitlines()[:-1] == [
        f"store      {store.slug}",
        "format     Shopify orders export (CSV)",
        "new        1, GBP 42.75 of sales, 0 by guests",
        "updated    0, GBP +0.00 of sales",
        "unchanged  0, GBP 0.00",
        "older      0, GBP +0.00 of sales, older than what is here",
        "refused    0, GBP 0.00 left out",
        "lines      2",
        "customers  1 new",
        "products   2 new",
        "total      GBP 42.75",
        "sales      GBP 42.75 (paid less refunded)",
    ]
    assert not MetricDelta.objects.exists()


LATER = "2026-03-05 12:00:00 +0000"
FULFILLED = {"Fulfillment_Status": "fulfilled", "Fulfilled_at": "2026-03-04 12:00:00 +0000"}
STATES: dict[str, tuple[dict[str, str], tuple[str, str, str]]] = {
    "paid": ({}, ("PROCESSING", "PAID", "20.00")),
    "paid, fulfilled": (FULFILLED, ("SHIPPED", "PAID", "20.00")),
    "paid, partly fulfilled": ({"Fulfillment_Status": "partial"}, ("PROCESSING", "PAID", "20.00")),
    "paid, fulfilment unknown": ({"Fulfillment_Status": ""}, ("PROCESSING", "PAID", "20.00")),
    "paid, canceled": ({"Cancelled_at": LATER}, ("CANCELED", "PAID", "20.00")),
    "refunded": (
        {"Financial_Status": "refunded", "Refunded_Amount": "20.00", **FULFILLED},
        ("REFUNDED", "REFUNDED", "0.00"),
    ),
    "refunded, canceled": (
        {"Financial_Status": "refunded", "Refunded_Amount": "20.00", "Cancelled_at": LATER},
        ("CANCELED", "REFUNDED", "0.00"),
    ),
    "refunded in part": (
        {"Financial_Status": "partially_refunded", "Refunded_Amount": "7.77", **FULFILLED},
        ("SHIPPED", "PARTIALLY_REFUNDED", "12.23"),
    ),
    "refunded in part up to all": (
        {"Financial_Status": "partially_refunded", "Refunded_Amount": "20.00"},
        ("REFUNDED", "REFUNDED", "0.00"),
    ),
    "refunded in part, canceled": (
        {"Financial_Status": "partially_refunded", "Refunded_Amount": "7.77", "Cancelled_at": LATER},
        ("CANCELED", "PARTIALLY_REFUNDED", "12.23"),
    ),
    "pending": ({"Financial_Status": "pending", "Paid_at": ""}, ("EXPIRED", "PENDING", "0.00")),
    "pending, due later": (
        {"Financial_Status": "pending", "Paid_at": "", "Payment_Terms_Name": "Net 30"},
        ("PENDING", "PENDING", "0.00"),
    ),
    "authorized": ({"Financial_Status": "authorized", "Paid_at": ""}, ("PENDING", "AUTHORIZED", "0.00")),
    "partly paid": ({"Financial_Status": "partially_paid"}, ("PENDING", "PENDING", "0.00")),
    "pending, canceled": (
        {"Financial_Status": "pending", "Cancelled_at": LATER},
        ("CANCELED", "PENDING", "0.00"),
    ),
    "voided": ({"Financial_Status": "voided"}, ("EXPIRED", "FAILED", "0.00")),
    "voided, canceled": ({"Financial_Status": "voided", "Cancelled_at": LATER}, ("EXPIRED", "FAILED", "0.00")),
    "expired": ({"Financial_Status": "expired"}, ("EXPIRED", "PENDING", "0.00")),
}


@pytest.mark.parametrize(("fields", "standing"), STATES.values(), ids=STATES.keys())
def test_every_state_of_the_export_has_its_place_in_the_life_of_an_order(
    tmp_path: Path, fields: dict[str, str], standing: tuple[str, str, str]
) -> None:
    store, receipt = imported(tmp_path, order(**fields))
    found = the_order(store)
    assert (found.status, found.payment_status, str(found.sales)) == standing
    summary = sales_summary(store, MARCH)
    assert (summary.total_orders, summary.total_sales, receipt.sales) == (1, found.sales, found.sales)
    assert summary.total_completed_orders == int(found.is_completed)
    assert summary.total_expired_orders == int(found.status == "EXPIRED")
    assert summary.total_refunded_orders == int(found.payment_status == "REFUNDED")


def test_money_goes_back_when_the_order_was_canceled_else_fulfilled_else_paid(tmp_path: Path) -> None:
    refunded = {"Financial_Status": "partially_refunded", "Refunded_Amount": "5.00"}
    store, _ = imported(
        tmp_path,
        order("#1", **refunded, **FULFILLED, Cancelled_at=LATER),
        order("#2", **refunded, **FULFILLED),
        order("#3", **refunded),
        order("#4", **refunded, Paid_at=""),
    )
    found = dict(Refund.objects.filter(store=store, amount=5).values_list("order__number", "settled_at"))
    assert {name: moment.isoformat(" ") for name, moment in found.items()} == {
        "#1": "2026-03-05 12:00:00+00:00",
        "#2": "2026-03-04 12:00:00+00:00",
        "#3": "2026-03-02 09:01:00+00:00",
        "#4": "2026-03-02 09:00:00+00:00",
    }


def test_nothing_happens_before_what_it_follows_from(tmp_path: Path) -> None:
    before = "2026-02-27 12:00:00 +0000"
    store, _ = imported(tmp_path, order(Paid_at=before, Fulfillment_Status="fulfilled", Fulfilled_at=before))
    assert set(the_order(store).events.values_list("at", flat=True)) == {datetime(2026, 3, 2, 9, tzinfo=UTC)}


def test_an_imported_pending_order_expires_by_the_normal_rule_and_can_be_paid(tmp_path: Path) -> None:
    pending = {"Financial_Status": "pending", "Paid_at": ""}
    fresh = (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S +0000")
    store, _ = imported(tmp_path, order("#1", **pending), order("#2", **pending, Created_at=fresh))
    mark_paid(order=the_order(store, "#2"), actor=None)
    expire_unpaid()
    assert (the_order(store, "#1").status, the_order(store, "#2").status) == ("EXPIRED", "PROCESSING")
    assert recount.differences(store) == []


AMOUNTS: dict[str, tuple[dict[str, str], tuple[str, str, str, str]]] = {
    "taxes on top": ({"Taxes": "4.00", "Total": "24.00"}, ("0.00", "4.00", "0.00", "")),
    "taxes in the prices": ({"Taxes": "3.33"}, ("0.00", "0.00", "0.00", "The prices include taxes of 3.33.")),
    "taxes on top of shipping": (
        {"Taxes": "5.00", "Shipping": "5.00", "Total": "30.00"},
        ("0.00", "5.00", "5.00", ""),
    ),
    "duties": ({"Taxes": "4.00", "Duties": "2.50", "Total": "26.50"}, ("0.00", "6.50", "0.00", "")),
    "a discount": ({"Discount_Amount": "5.00", "Subtotal": "15.00", "Total": "15.00"}, ("5.00", "0.00", "0.00", "")),
    "free shipping, shown before": (
        {"Discount_Code": "FREE", "Discount_Amount": "4.95", "Shipping": "4.95"},
        ("0.00", "0.00", "0.00", ""),
    ),
    "free shipping, shown after": (
        {"Discount_Code": "FREE", "Discount_Amount": "4.95", "Shipping": "0.00"},
        ("0.00", "0.00", "0.00", ""),
    ),
    "a discount on the line": (
        {"Lineitem_discount": "5.00", "Subtotal": "15.00", "Total": "15.00"},
        ("5.00", "0.00", "0.00", ""),
    ),
    "a discount on the line, already in its price": ({"Lineitem_discount": "5.00"}, ("0.00", "0.00", "0.00", "")),
    "all for nothing": ({"Discount_Amount": "20.00", "Subtotal": "0", "Total": "0"}, ("20.00", "0.00", "0.00", "")),
    "no decimals": ({"Subtotal": "20", "Total": "20.5", "Shipping": "0.5"}, ("0.00", "0.00", "0.50", "")),
}


@pytest.mark.parametrize(("fields", "kept"), AMOUNTS.values(), ids=AMOUNTS.keys())
def test_amounts_are_split_so_that_they_add_up_to_the_total_of_the_file(
    tmp_path: Path, fields: dict[str, str], kept: tuple[str, str, str, str]
) -> None:
    store, receipt = imported(tmp_path, order(**fields))
    found = the_order(store)
    assert (str(found.discount), str(found.tax_amount), str(found.shipping_fee), found.notes) == kept
    assert found.total_amount == D({**PLAIN, **{k.replace("_", " "): v for k, v in fields.items()}}["Total"])
    assert receipt.total == found.total_amount


def test_a_discount_of_one_line_stays_on_it(tmp_path: Path) -> None:
    store, _ = imported(
        tmp_path,
        order(Lineitem_discount="6.00", Discount_Amount="8.40", Subtotal="21.60", Total="21.60"),
        item(Lineitem_sku="MUG2"),
    )
    shares = OrderItem.objects.filter(store=store).order_by("pk").values_list("discount_share", flat=True)
    assert list(shares) == [D("7.40"), D("1.00")]


def test_guests_have_no_customer_and_nameless_customers_no_name(tmp_path: Path) -> None:
    store, receipt = imported(
        tmp_path,
        order("#1", Email="", Billing_Name="Somebody"),
        order("#2", Email="b@example.com", Billing_Name="", Shipping_Name=""),
        order("#3", Email=" B@Example.com ", Billing_Name="Bea"),
    )
    assert (receipt.orders, receipt.guests, receipt.customers) == (3, 1, 1)
    assert the_order(store, "#1").customer is None
    customer = Customer.objects.get(store=store)
    assert (customer.email, customer.name, customer.total_orders) == ("b@example.com", "", 2)


def test_a_customer_the_store_has_keeps_name_and_date_and_gets_the_orders(tmp_path: Path) -> None:
    store = a_store()
    registered = timezone.now()
    known = a_customer(store, email="ada@example.com", name="Countess", at=registered)
    _, receipt = imported(tmp_path, order("#1"), order("#2", Email="ADA@example.com"), store=store)
    known.refresh_from_db()
    assert receipt.customers == 0
    assert (known.name, known.created_at, known.email_confirmed_at) == ("Countess", registered, None)
    assert (known.total_orders, known.total_spent) == (2, D("40.00"))


def test_a_customer_counts_from_the_oldest_order_also_when_the_newest_comes_first(tmp_path: Path) -> None:
    days = ("2026-03-09", "2026-03-02", "2026-03-05")
    rows = [order(f"#{day}", Created_at=f"{day} 09:00:00 +0000", Paid_at="") for day in days]
    store, _ = imported(tmp_path, *rows)
    customer = Customer.objects.get(store=store)
    assert customer.created_at == customer.email_confirmed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert customer.last_order_at == datetime(2026, 3, 9, 9, tzinfo=UTC)


def test_products_are_found_by_sku_else_by_name_and_new_ones_named_after_their_newest_order(tmp_path: Path) -> None:
    store = a_store()
    other = a_product(a_store(), sku="MUG", name="Mug of another store")
    known = a_product(store, "99.00", sku="BOWL", name="Bowl", stock=3, cost_price=D("3.50"))
    newer = {"Created_at": "2026-03-09 09:00:00 +0000", "Paid_at": ""}
    _, receipt = imported(
        tmp_path,
        order("#1", Lineitem_name="Mug, new", **newer),
        order("#2", Lineitem_name="Mug, old", Lineitem_price="5.00", Lineitem_quantity="4"),
        order("#3", Lineitem_sku="BOWL", Lineitem_name="Bowl, blue"),
        order("#4", Lineitem_sku="", Lineitem_name="Gift wrap"),
        order("#5", Lineitem_sku="", Lineitem_name="Gift wrap"),
        order("#6", Lineitem_sku="NAMELESS", Lineitem_name=""),
        store=store,
    )
    assert receipt.products == 3
    products = Product.objects.filter(store=store).order_by("name").values_list("sku", "name", "price", "stock")
    assert list(products) == [
        ("BOWL", "Bowl", D("99.00"), 3),
        ("", "Gift wrap", D("10.00"), None),
        ("MUG", "Mug, new", D("10.00"), None),
        ("NAMELESS", "NAMELESS", D("10.00"), None),
    ]
    item_of_bowl = OrderItem.objects.get(store=store, product=known)
    assert (item_of_bowl.name, item_of_bowl.unit_price, item_of_bowl.stock_taken) == ("Bowl, blue", D("10.00"), 0)
    assert item_of_bowl.unit_cost == D("3.50")
    assert not OrderItem.objects.filter(product=other).exists()


def test_a_coupon_the_store_has_counts_the_orders_and_others_are_kept_by_their_code(tmp_path: Path) -> None:
    store = a_store()
    coupon = Coupon.objects.create(store=store, code="Spring", value=D(10))
    discounted = {"Discount_Amount": "2.00", "Subtotal": "18.00", "Total": "18.00"}
    imported(
        tmp_path,
        order("#1", Discount_Code="SPRING", **discounted),
        order("#2", Discount_Code="UNKNOWN", **discounted),
        store=store,
    )
    coupon.refresh_from_db()
    assert (coupon.times_used, coupon.total_sales_amount) == (1, D("18.00"))
    assert (the_order(store, "#1").coupon, the_order(store, "#2").coupon) == (coupon, None)
    assert sales_summary(store, MARCH).orders_with_coupon == 2
    assert not Coupon.objects.exclude(pk=coupon.pk).exists()


def test_formulas_in_names_are_kept_as_they_are(tmp_path: Path) -> None:
    store, _ = imported(tmp_path, order(Lineitem_name='=HYPERLINK("x")', Billing_Name="@SUM(A1)", Notes="+1\t-2\\N"))
    found = the_order(store)
    assert (found.items.get().name, found.notes) == ('=HYPERLINK("x")', "+1\t-2\\N")
    assert Customer.objects.get(store=store).name == "@SUM(A1)"


@pytest.mark.parametrize("name", ["export.csv", "export.csv.gz", "without-an-ending.gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_plain_and_gzipped_files_with_and_without_byte_order_mark_are_read(
    tmp_path: Path, name: str, encoding: str
) -> None:
    store = a_store()
    import_orders(write(tmp_path / name, order(Lineitem_name="Tasse à café ☕"), encoding=encoding), store)
    assert OrderItem.objects.get(store=store).name == "Tasse à café ☕"


def test_columns_may_stand_in_any_order_and_unknown_ones_are_ignored(tmp_path: Path) -> None:
    columns = (*reversed(COLUMNS), "Something new")
    rows = order(Subtotal="30.00", Total="30.00"), item(), order("#2")
    store, receipt = imported(tmp_path, *rows, columns=columns, lineterminator="\r\n")
    assert (receipt.orders, receipt.lines) == (2, 3)
    assert the_order(store).total_amount == D("30.00")


def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    required = (
        "Name", "Email", "Financial Status", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Created at",
        "Lineitem quantity", "Lineitem name", "Lineitem price",
    )  # fmt: skip
    store, _ = imported(tmp_path, order("#1"), order("#2", Financial_Status="refunded"), columns=required)
    assert [the_order(store, name).status for name in ("#1", "#2")] == ["PROCESSING", "REFUNDED"]
    assert the_order(store, "#1").completed_at == the_order(store, "#1").placed_at


def test_an_order_stated_again_with_another_total_is_left_alone_and_listed(tmp_path: Path) -> None:
    store, _ = imported(tmp_path, order("#1"), order("#2"))
    placed = place_order(store=store, items=[ItemRequest(a_product(store).pk, 1)], actor=None)
    rows = (
        order("#1", Subtotal="99.00", Total="99.00", Outstanding_Balance="79.00", Lineitem_price="49.50"),
        order("#3", Subtotal="30.00", Total="30.00"),
        item("#3"),
        order("#3"),
        order("#4"),
        order("#3"),
        order(placed.number),
    )
    _, receipt = imported(tmp_path, *rows, store=store)
    assert (receipt.orders, receipt.lines) == (2, 3)
    assert receipt.repeated + receipt.outcomes.contradicting.orders == 4
    assert receipt.outcomes.reasons == [
        "#1: its total is 99.00 in the source and 20.00 here",
        f"{placed.number}: its total is 20.00 in the source and 10.00 here",
    ]
    assert the_order(store, "#1").total_amount == D("20.00")
    assert the_order(store, "#3").total_amount == D("30.00")
    assert the_order(store, placed.number).total_amount == D("10.00")
    assert Order.objects.filter(store=store).count() == 5


def test_an_order_stated_again_with_more_received_was_edited_at_the_source(tmp_path: Path) -> None:
    store, _ = imported(tmp_path, order("#1"))
    _, receipt = imported(tmp_path, order("#1", Subtotal="99.00", Total="99.00", Lineitem_price="49.50"), store=store)
    assert (receipt.outcomes.updated.orders, receipt.outcomes.updated.amount) == (1, D("79.00"))
    assert the_order(store, "#1").total_amount == the_order(store, "#1").captured_amount == D("99.00")


def test_two_stores_with_the_same_names_do_not_mix(tmp_path: Path) -> None:
    first, _ = imported(tmp_path, order())
    second, receipt = imported(tmp_path, order(Subtotal="30.00", Total="30.00"), item())
    assert (receipt.orders, receipt.repeated, receipt.customers, receipt.products) == (1, 0, 1, 1)
    assert (sales_summary(first, MARCH).total_sales, sales_summary(second, MARCH).total_sales) == (D(20), D(30))
    assert recount.differences(first) == []
    for model in (Customer, Product, Order, Transaction):
        assert model.objects.filter(store=first).count() == model.objects.filter(store=second).count() == 1


def test_orders_count_on_the_local_days_of_the_store(tmp_path: Path) -> None:
    store = a_store(timezone="Pacific/Auckland")
    at = {"Paid_at": ""}
    imported(
        tmp_path,
        order("#1", Created_at="2026-02-28 10:59:59 +0000", **at),
        order("#2", Created_at="2026-02-28 11:00:00 +0000", **at),
        order("#3", Created_at="2026-03-01 00:00:00 +1300", **at),
        order("#4", Created_at="2026-03-31T23:59:59+13:00", **at),
        order("#5", Created_at="2026-03-31 11:00:00 UTC", **at),
        store=store,
    )
    assert sales_summary(store, MARCH).total_orders == 3


def run(path: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_orders", str(path), *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_the_store_and_prints_the_receipt(tmp_path: Path) -> None:
    path = write(tmp_path / "export.csv", order())
    made = ("--create-store", "--timezone", "Europe/Berlin", "--currency", "GBP", "--name", "Pottery & Co")
    printed = run(path, "--store", "pottery", *made)
    store = Store.objects.get(slug="pottery")
    assert (store.name, store.timezone, store.currency) == ("Pottery & Co", "Europe/Berlin", "GBP")
    assert "new        1, GBP 20.00 of sales, 0 by guests\n" in printed
    assert "total      GBP 20.00\n" in printed
    assert "unchanged  1, GBP 20.00\n" in run(path, "--store", "pottery", *made)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--store", "nowhere"], "there is no store nowhere; --create-store makes it"),
        (["--store", "new", "--create-store"], "--create-store needs --timezone and --currency"),
        (
            ["--store", "new", "--create-store", "--timezone", "Mars", "--currency", "GBP"],
            "Mars is not an IANA time zone",
        ),
        (
            ["--store", "new", "--create-store", "--timezone", "UTC", "--currency", "£"],
            "currency: Enter the ISO 4217 code of a currency in use",
        ),
        (["--store", "pottery", "--timezone", "UTC"], "--timezone: store pottery has Europe/London, not UTC"),
        (["--store", "pottery", "--currency", "EUR"], "--currency: store pottery has GBP, not EUR"),
        (["--store", "pottery", "--refused", "x.csv"], "--refused goes with --skip-invalid"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    a_store(slug="pottery")
    with pytest.raises(CommandError) as refused:
        run(write(tmp_path / "export.csv", order()), *arguments)
    assert message in str(refused.value)
    assert (Store.objects.count(), Order.objects.count()) == (1, 0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"there is no file .*missing\.csv"):
        run(tmp_path / "missing.csv", "--store", a_store().slug)
