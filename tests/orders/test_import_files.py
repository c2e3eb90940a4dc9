"""Real kinds of order files: what each must give stands in tests/data/imports/expected.json, and why in expected.md."""

from __future__ import annotations

import io
import json
import shutil
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from customers.models import Customer, Store
from dashboard.figures import daily_sales, sales_by_product, sales_summary
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from orders.actions import expire_unpaid
from orders.models import Coupon, Fulfillment, Order, OrderItem, Product, SourceRecord, Transaction
from tests.builders import a_store

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parents[1] / "data" / "imports"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FILES / "expected.json").read_text())
BASE = {"orders": 2, "sales": "30.00", "products": {"Käse & Brot": "20.00", "Mug": "10.00"}}


def parameters(*, refused: bool) -> list[Any]:
    chosen = [name for name, case in EXPECTED.items() if ("refused" in case) == refused]
    return [pytest.param(name, id=name) for name in chosen]


def test_every_file_has_its_expected_result() -> None:
    named = {word for case in EXPECTED for word in case.split()}
    assert {file.name for file in FILES.iterdir()} - {"expected.md", "expected.json"} <= named


def run(folder: Path, case: str, store: Store, *options: str) -> str:
    """Import the files a case names, copied: refused rows are written beside them. Returns the receipt."""
    files = [folder / word for word in case.split() if (FILES / word).is_file()]
    for file in files:
        shutil.copy(FILES / file.name, file)
    out = io.StringIO()
    call_command("import_orders", *map(str, files), "--store", store.slug, *options, stdout=out)
    return out.getvalue()


def store_of(expected: dict[str, Any]) -> Store:
    store = a_store(currency=expected.get("currency", "USD"), timezone=expected.get("zone", "UTC"))
    for code in expected.get("coupons", {}):
        Coupon.objects.create(store=store, code=code, value=D(10))
    return store


def counts(store: Store) -> tuple[Any, ...]:
    """Return everything an import could have changed, orders with their versions."""
    return (
        sorted(Order.objects.filter(store=store).values_list("number", "version", "status", "payment_status")),
        Customer.objects.filter(store=store).count(),
        Product.objects.filter(store=store).count(),
        Transaction.objects.filter(store=store).count(),
    )


@pytest.mark.parametrize("case", parameters(refused=False))
def test_the_file_gives_what_it_must(tmp_path: Path, case: str) -> None:
    expected = EXPECTED[case]
    expected = {**BASE, **expected} if expected.get("base") else expected
    store = store_of(expected)
    options = expected.get("options", [])
    if "after" in expected:
        run(tmp_path, expected["after"], store)
    before = counts(store)
    dry = run(tmp_path, case, store, *options, "--dry-run")
    assert counts(store) == before
    receipt = run(tmp_path, case, store, *options)
    assert without_seconds(dry) == without_seconds(receipt)
    for part in expected.get("receipt", ()):
        assert part in receipt
    assert recount.differences(store) == []
    expire_unpaid()
    check(store, expected)
    assert recount.differences(store) == []
    known = counts(store)
    again = run(tmp_path, case, store, *options)
    assert counts(store) == known
    assert "\nnew        0," in again
    assert "\nupdated    0," in again


def without_seconds(receipt: str) -> list[str]:
    return [
        line.partition(" (in ")[0] for line in receipt.splitlines() if "seconds" not in line and "dry run" not in line
    ]


def check(store: Store, expected: dict[str, Any]) -> None:
    period = Period(
        date.fromisoformat(expected.get("from", "2026-06-01")),
        date.fromisoformat(expected.get("to", "2026-06-30")),
    )
    summary = sales_summary(store, period)
    orders = Order.objects.filter(store=store)
    sums = orders.aggregate(discount=Sum("discount"), tip=Sum("tip"), shipping=Sum("shipping_fee"))
    assert {
        "orders": summary.total_orders,
        "sales": str(summary.total_sales),
        "completed": summary.total_completed_orders,
        "refunded": summary.total_refunded_orders,
        "expired": summary.total_expired_orders,
        "canceled": orders.filter(status="CANCELED").count(),
        "coupon": summary.orders_with_coupon,
        "customers": Customer.objects.filter(store=store).count(),
        "guests": orders.filter(customer=None).count(),
        "discount": str(sums["discount"] or D("0.00")),
        "tip": str(sums["tip"] or D("0.00")),
    } == {
        "orders": expected["orders"],
        "sales": expected["sales"],
        "completed": expected.get("completed", expected["orders"]),
        "refunded": expected.get("refunded", 0),
        "expired": expected.get("expired", 0),
        "canceled": expected.get("canceled", 0),
        "coupon": expected.get("coupon", 0),
        "customers": expected.get("customers", 1),
        "guests": expected.get("guests", 0),
        "discount": expected.get(
            "discount", sums["discount"] and str(sums["discount"]) if "coupon" in expected else "0.00"
        )
        or "0.00",
        "tip": expected.get("tip", "0.00"),
    }
    check_parts(store, expected, period, summary)
    check_orders(store, expected)


def check_parts(store: Store, expected: dict[str, Any], period: Period, summary: Any) -> None:
    """Products, tax, shipping and tips add up to the sales."""
    products = {row.product_name: str(row.total_sales) for row in sales_by_product(store, period) if row.total_sales}
    if "products" in expected:
        assert products == expected["products"]
    if "amounts" in expected:
        assert sorted(products.values()) == expected["amounts"]
    if "tax" in expected or "shipping" in expected or "tip" in expected:
        assert str(summary.total_tax) == expected.get("tax", "0.00")
        goods = sum((D(value) for value in products.values()), D(0))
        rest = summary.total_sales - goods - summary.total_tax - D(expected.get("tip", "0.00"))
        assert rest == D(expected.get("shipping", "0.00"))
    if "booked" in expected:
        days = daily_sales(store, Period(date(2026, 6, 1), date(2026, 7, 2)), "booked")
        moved = {str(day.date): str(day.total_sales) for day in days if day.total_sales}
        assert moved == expected["booked"]


def check_orders(store: Store, expected: dict[str, Any]) -> None:
    orders = list(Order.objects.filter(store=store).order_by("pk"))
    notes = "\n".join(order.notes for order in orders)
    for note in expected.get("notes", ()):
        assert note in notes
    if "first" in expected:
        assert {name: str(getattr(orders[0], name)) for name in expected["first"]} == expected["first"]
    if "units" in expected:
        items = OrderItem.objects.filter(order__store=store).values_list("name", "quantity", "refunded_quantity")
        assert {name: [bought, back] for name, bought, back in items} == expected["units"]
    if "sku_lengths" in expected:
        skus = Product.objects.filter(store=store).order_by("pk").values_list("sku", flat=True)
        assert [len(sku) for sku in skus] == expected["sku_lengths"]
    if "expired_on" in expected:
        days = {date.fromisoformat(day): count for day, count in expected["expired_on"].items()}
        found = {day: sales_summary(store, Period(day, day), "booked").total_expired_orders for day in days}
        assert found == days
    if "tracking" in expected:
        assert Fulfillment.objects.get(order__store=store).tracking_number == expected["tracking"]
    if "standing" in expected:
        assert [orders[0].status, orders[0].payment_status] == expected["standing"]
    if "outstanding" in expected:
        assert str(sum(order.outstanding for order in orders)) == expected["outstanding"]
    if "country" in expected:
        assert orders[0].country == expected["country"]
    if "payments" in expected:
        rows = Transaction.objects.filter(store=store).values_list("kind", "status", "amount")
        assert sorted(f"{kind} {status} {amount}" for kind, status, amount in rows) == expected["payments"]
    if "tax_lines" in expected:
        records = SourceRecord.objects.filter(store=store).order_by("order")
        assert [line["amount"] for record in records for line in record.details["taxLines"]] == expected["tax_lines"]
    for code, (used, sales) in expected.get("coupons", {}).items():
        coupon = Coupon.objects.get(store=store, code=code)
        assert (coupon.times_used, str(coupon.total_sales_amount)) == (used, sales)


@pytest.mark.parametrize("case", parameters(refused=True))
def test_the_file_is_refused_with_the_reason_and_the_cure(tmp_path: Path, case: str) -> None:
    expected = EXPECTED[case]
    store = store_of(expected)
    with pytest.raises(CommandError) as error:
        run(tmp_path, case, store, *expected.get("options", []))
    for part in expected["refused"]:
        assert part in str(error.value)
    assert not Order.objects.filter(store=store).exists()
    assert not Product.objects.filter(store=store).exists()
    assert not Customer.objects.filter(store=store).exists()


def test_stores_that_are_closed_refuse_files(tmp_path: Path) -> None:
    store = store_of({})
    Store.objects.filter(pk=store.pk).update(is_active=False)
    with pytest.raises(CommandError, match="This store is closed"):
        run(tmp_path, "tip.csv", store)


def test_the_letters_of_the_base_file_are_right(tmp_path: Path) -> None:
    store = store_of({})
    run(tmp_path, "cp1252.csv", store)
    order = Order.objects.get(store=store, number="#1101")
    assert (order.billing_address["name"], order.shipping_address["city"]) == ("Jörg Beispiel", "Gießen")
