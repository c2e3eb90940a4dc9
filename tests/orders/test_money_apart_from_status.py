"""Where an order stands and where its money stands move independently."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from customers.models import Store
from dashboard import figures
from dashboard.figures.explain import explain
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.models import Basis
from dealport.kit.errors import Conflict
from orders.actions import (
    ItemRequest,
    apply_provider_approval,
    apply_provider_refund,
    apply_provider_refusal,
    authorize_payment,
    cancel_order,
    deliver_order,
    expire_unpaid,
    mark_paid,
    place_order,
    process_order,
    refund_order,
    ship_order,
)
from orders.actions.placing import OrderDetails
from orders.models import Order
from tests.builders import a_customer, a_product, a_store, local

pytestmark = pytest.mark.django_db
COD = OrderDetails(payment_terms="on_delivery")


def placed(store: Store, *prices: str, at: datetime | None = None, **fields: object) -> Order:
    items = [ItemRequest(a_product(store, price, stock=5).pk, 1) for price in prices]
    return place_order(store=store, items=items, at=at, actor=None, **fields)  # type: ignore[arg-type]


def now(order: Order) -> tuple[str, str, D, D]:
    order = Order.objects.get(pk=order.pk)
    return order.status, order.payment_status, order.captured_amount, order.outstanding


def sales(store: Store, day: datetime, basis: str = Basis.PLACED) -> tuple[D, D, list[D], int]:
    local_day = day.astimezone(store.zone).date()
    period = Period(local_day, local_day)
    summary = figures.sales_summary(store, period, basis)
    products = [product.total_sales for product in figures.sales_by_product(store, period, basis)]
    assert recount.differences(store) == []
    for name, shown in (("totalSales", summary.total_sales), ("totalTax", summary.total_tax)):
        assert explain(store, name, period, basis, offset=0, limit=100).total == shown
    return summary.total_sales, summary.total_tax, products, summary.total_completed_orders


def test_an_order_due_on_delivery_is_shipped_unpaid_and_paid_later() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "10.00", details=COD, at=start)
    assert expire_unpaid(now=start + timedelta(days=9)) == 0
    for step in (process_order, ship_order, deliver_order):
        step(order=order, at=start + timedelta(days=1), actor=None)
        assert sales(store, start)[0] == 0
        assert Order.objects.get(pk=order.pk).transactions.count() == 0
    assert now(order) == ("DELIVERED", "PENDING", D("0.00"), D("10.00"))
    paid_at = start + timedelta(days=3)
    mark_paid(order=order, at=paid_at, actor=None)
    assert now(order) == ("DELIVERED", "PAID", D("10.00"), D("0.00"))
    assert sales(store, start) == (D("10.00"), D("0.00"), [D("10.00")], 1)
    assert sales(store, paid_at, Basis.BOOKED) == (D("10.00"), D("0.00"), [D("10.00")], 1)
    kept = Order.objects.get(pk=order.pk)
    assert (kept.shipped_at, kept.delivered_at, kept.updated_at) == (
        start + timedelta(days=1),
        start + timedelta(days=1),
        paid_at,
    )


def test_only_a_prepaid_order_that_nothing_was_paid_for_expires() -> None:
    store = a_store()
    long_ago = timezone.now() - timedelta(days=3)
    unpaid, authorized, part, cod = (
        placed(store, "10.00", at=long_ago, details=details) for details in (None, None, None, COD)
    )
    authorize_payment(order=authorized, actor=None)
    mark_paid(order=part, amount=D("4.00"), actor=None)
    assert expire_unpaid() == 1
    assert [now(order)[:2] for order in (unpaid, authorized, part, cod)] == [
        ("EXPIRED", "PENDING"),
        ("PENDING", "AUTHORIZED"),
        ("PENDING", "PARTIALLY_PAID"),
        ("PENDING", "PENDING"),
    ]
    with pytest.raises(Conflict, match="PENDING cannot become PROCESSING before it is paid"):
        process_order(order=placed(store, "10.00"), actor=None)
    assert now(process_order(order=authorized, actor=None))[0] == "PROCESSING"


def test_part_payments_fall_on_goods_tax_and_the_rest_to_the_cent() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(
        store,
        "60.00",
        "30.00",
        tax_amount=D("9.00"),
        shipping_fee=D("12.00"),
        tip=D("9.00"),
        at=start,
        customer=a_customer(store),
    )
    second, third = start + timedelta(days=1), start + timedelta(days=2)
    mark_paid(order=order, amount=D("50.00"), at=second, actor=None)
    assert now(order) == ("PENDING", "PARTIALLY_PAID", D("50.00"), D("70.00"))
    assert sales(store, start) == (D("50.00"), D("3.75"), [D("25.00"), D("12.50")], 0)
    assert sales(store, second, Basis.BOOKED) == (D("50.00"), D("3.75"), [D("25.00"), D("12.50")], 0)
    mark_paid(order=order, at=third, actor=None)
    assert now(order) == ("PROCESSING", "PAID", D("120.00"), D("0.00"))
    assert sales(store, start) == (D("120.00"), D("9.00"), [D("60.00"), D("30.00")], 1)
    assert sales(store, third, Basis.BOOKED) == (D("70.00"), D("5.25"), [D("35.00"), D("17.50")], 1)
    assert [event.note for event in order.events.order_by("id")] == [
        "",
        "50.00 of 120.00 received, 70.00 outstanding",
        "",
    ]


def test_a_partly_paid_order_that_is_refunded_asks_for_nothing_more() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "60.00", "40.00", tax_amount=D("20.00"), at=start)
    mark_paid(order=order, amount=D("60.00"), at=start, actor=None)
    refund_order(order=order, amount=D("30.00"), at=start, actor=None)
    assert now(order) == ("PENDING", "PARTIALLY_PAID", D("60.00"), D("60.00"))
    assert sales(store, start) == (D("30.00"), D("5.00"), [D("15.00"), D("10.00")], 0)
    with pytest.raises(Conflict, match=r"at most 30\.00 is left"):
        refund_order(order=order, amount=D("30.01"), actor=None)
    refund_order(order=order, at=start, actor=None)
    assert now(order) == ("REFUNDED", "REFUNDED", D("60.00"), D("0.00"))
    assert sales(store, start) == (D("0.00"), D("0.00"), [D("0.00"), D("0.00")], 0)


def test_another_amount_than_the_total_is_kept_and_noted() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "10.00", at=start)
    apply_provider_approval(order=order, amount=D("12.50"), gateway_transaction_id="g-1", at=start)
    assert now(order) == ("PROCESSING", "PAID", D("12.50"), D("0.00"))
    assert sales(store, start) == (D("12.50"), D("0.00"), [D("10.00")], 1)
    assert order.events.order_by("id").last().note == "12.50 received for a total of 10.00: 2.50 too much"
    refund_order(order=order, amount=D("2.50"), at=start, actor=None)
    apply_provider_refund(order=order, at=start)
    assert now(order)[:3] == ("REFUNDED", "REFUNDED", D("12.50"))


def test_the_same_gateway_transaction_is_captured_once() -> None:
    order = placed(a_store(), "10.00")
    for gateway in ("g-1", "g-1", "g-2"):
        apply_provider_approval(order=order, amount=D("4.00"), gateway_transaction_id=gateway)
    assert now(order) == ("PENDING", "PARTIALLY_PAID", D("8.00"), D("2.00"))


def test_canceling_can_keep_the_money() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "10.00", at=start)
    mark_paid(order=order, at=start, actor=None)
    cancel_order(order=order, keeps_money=True, at=start, actor=None)
    assert now(order)[:3] == ("CANCELED", "PAID", D("10.00"))
    assert sales(store, start) == (D("10.00"), D("0.00"), [D("10.00")], 1)
    unpaid = process_order(order=placed(store, "10.00", details=COD, at=start), actor=None)
    cancel_order(order=unpaid, actor=None)
    assert now(unpaid)[:3] == ("CANCELED", "PENDING", D("0.00"))


@pytest.mark.parametrize("approved_first", [True, False])
def test_a_refused_attempt_leaves_an_order_due_on_delivery_open(approved_first: bool) -> None:
    order = placed(a_store(), "10.00", details=COD)
    reports = [apply_provider_approval, apply_provider_refusal]
    for report in reports if approved_first else reversed(reports):
        report(order=order)
    assert now(order) == ("PROCESSING", "PAID", D("10.00"), D("0.00"))
    assert Order.objects.get(pk=order.pk).expired_at is None


def test_a_capture_can_name_what_it_falls_on() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "80.00", "30.00", tax_amount=D("11.00"), at=start)
    shares = ([D("80.00"), D("0.00")], D("8.00"))
    mark_paid(order=order, amount=D("88.00"), shares=shares, settles=True, at=start, actor=None)
    assert now(order) == ("PROCESSING", "PAID", D("88.00"), D("33.00"))
    assert sales(store, start) == (D("88.00"), D("8.00"), [D("80.00"), D("0.00")], 1)


def test_an_authorized_payment_is_captured_in_parts() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "60.00", "40.00", at=start)
    authorize_payment(order=order, at=start, actor=None)
    process_order(order=order, at=start, actor=None)
    later = start + timedelta(days=1)
    mark_paid(order=order, amount=D("25.00"), at=later, actor=None)
    assert now(order) == ("PROCESSING", "PARTIALLY_PAID", D("25.00"), D("75.00"))
    assert sales(store, later, Basis.BOOKED) == (D("25.00"), D("0.00"), [D("15.00"), D("10.00")], 0)
    mark_paid(order=order, at=later, actor=None)
    assert now(order) == ("PROCESSING", "PAID", D("100.00"), D("0.00"))
    assert sales(store, start) == (D("100.00"), D("0.00"), [D("60.00"), D("40.00")], 1)
    amounts = order.transactions.order_by("pk").values_list("status", "amount")
    assert [row for row in amounts if row[0] == "approved"] == [("approved", D("25.00")), ("approved", D("75.00"))]
