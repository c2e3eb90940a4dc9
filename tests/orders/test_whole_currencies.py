"""A store whose currency has no decimals: no fraction of a yen comes in, and none is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from rest_framework.exceptions import ValidationError

from customers.actions import add_credits
from customers.models import Store
from dashboard.metrics import recount
from dealport.kit.formats import money_text
from dealport.kit.money import unit_of
from orders.actions import (
    ItemRequest,
    create_coupon,
    create_product,
    mark_paid,
    place_order,
    refund_order,
)
from orders.importing import import_orders
from orders.importing.problems import ImportRefused
from orders.models import CaptureShare, Coupon, Order, OrderItem, Refund, RefundShare, Transaction
from orders.sources.description import SourceLine, SourceOrder, SourcePayment, SourceRefund
from orders.sources.single import apply_source_order
from orders.sources.stated import read_stated
from tests.builders import a_customer, a_product, a_store
from tests.orders.importing_files import order as row
from tests.orders.importing_files import write

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
AMOUNTS: dict[type[Model], tuple[str, ...]] = {
    Order: ("subtotal", "discount", "tax_amount", "total_amount", "captured_amount", "refunded_amount", "refunded_tax"),
    OrderItem: ("discount_share", "tax_share", "captured_amount", "refunded_amount", "refunded_by_line"),
    Transaction: ("amount", "tax_amount"),
    CaptureShare: ("amount",),
    Refund: ("amount", "tax_amount"),
    RefundShare: ("amount",),
}


@pytest.fixture
def store() -> Store:
    return a_store(currency="JPY", timezone="Asia/Tokyo")


def assert_whole(store: Store) -> None:
    for model, names in AMOUNTS.items():
        for values in model._default_manager.values_list(*names):
            assert [value for value in values if value is not None and value % 1] == [], (model, values)
    assert recount.differences(store) == []


def a_coupon(store: Store, **values: Any) -> Coupon:
    return create_coupon(store=store, values={"code": "TEN", "minimum_subtotal": D(0), **values}, actor=None)


def refused(field: str) -> Any:
    return pytest.raises(ValidationError, match=f"'{field}'.*Enter a whole amount: JPY has no decimals")


def test_a_fraction_of_a_yen_is_refused_with_its_field(store: Store) -> None:
    mug, ada = a_product(store, "100"), a_customer(store)
    items = [ItemRequest(mug.pk, 1)]
    with refused("taxAmount"):
        place_order(store=store, items=items, tax_amount=D("0.5"), actor=None)
    with refused("price"):
        create_product(store=store, name="Cup", price=D("9.90"), actor=None)
    with refused("minimumSubtotal"):
        a_coupon(store, value=D("12.5"), minimum_subtotal=D("0.5"))
    with refused("value"):
        a_coupon(store, kind="fixed", value=D("12.5"))
    with refused("amount"):
        add_credits(customer=ada, amount=D("0.01"), reason="", actor=None)
    order = place_order(store=store, items=items, actor=None)
    with refused("amount"):
        mark_paid(order=order, amount=D("50.50"), actor=None)
    paid = mark_paid(order=order, actor=None)
    with refused("amount"):
        refund_order(order=paid, amount=D("1.25"), actor=None)


def test_discounts_payments_and_refunds_fall_on_lines_in_whole_yen(store: Store) -> None:
    a_coupon(store, code="THIRD", value=D("33"))
    lines = [ItemRequest(a_product(store, price).pk, pieces) for price, pieces in (("101", 3), ("7", 1), ("55", 2))]
    order = place_order(
        store=store, items=lines, coupon_code="THIRD", tax_amount=D(29), shipping_fee=D(11), at=AT, actor=None
    )
    assert order.discount == D(139)  # 33 % of 420 are 138.6
    order = mark_paid(order=order, amount=D(100), at=AT, actor=None)
    order = mark_paid(order=order, at=AT, actor=None)
    item = order.items.order_by("pk")[0]
    refund_order(order=order, lines={item.pk: 1}, at=AT, actor=None)
    refund_order(order=order, amount=D(41), at=AT, actor=None)
    assert_whole(store)


def test_source_orders_and_files_are_held_to_the_same(store: Store, tmp_path: Path) -> None:
    stated = SourceOrder(
        source="erp",
        external_id="1",
        name="#1",
        placed_at=AT,
        currency="JPY",
        updated_at=AT,
        discount=D(10),
        tax=D(7),
        lines=(SourceLine("Mug", D(100), 2, "MUG"), SourceLine("Lid", D(15), 1, "LID")),
        payments=(SourcePayment(AT, D(50)), SourcePayment(AT, D(162))),
    )
    apply_source_order(store, stated, now=AT)
    apply_source_order(store, replace(stated, refunds=(SourceRefund(AT, D(31)),), updated_at=AT.replace(day=3)), now=AT)
    assert_whole(store)
    content = {
        "externalId": "2",
        "placedAt": "2026-03-02T09:00:00Z",
        "updatedAt": "2026-03-02T09:00:00Z",
        "currency": "JPY",
        "lines": [{"name": "Mug", "unitPrice": 100, "quantity": 1}],
        "payments": [{"at": "2026-03-02T09:00:00Z", "amount": D("99.5")}],
    }
    with refused("payments.0.amount"):
        read_stated(content, source="erp", currency="JPY")
    odd = {"Currency": "JPY", "Lineitem_price": "10.50", "Subtotal": "21.00", "Total": "21.00"}
    with pytest.raises(ImportRefused, match="a whole amount: JPY has no decimals"):
        import_orders(write(tmp_path / "odd.csv", row(**odd)), store)
    receipt = import_orders(write(tmp_path / "fine.csv", row(Currency="JPY")), store)
    assert receipt.outcomes.new.orders == 1
    assert "total      JPY 20\n" in str(receipt)
    assert_whole(store)


def test_units_follow_the_currency() -> None:
    assert [unit_of(code) for code in ("JPY", "EUR", "XXX")] == [D(1), D("0.01"), D("0.01")]
    assert [money_text(D("0.00"), code) for code in ("JPY", "EUR")] == ["¥0", "€0.00"]
