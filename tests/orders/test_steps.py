"""What happens to an order after it was placed."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal as D
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from customers.models import User
from dashboard.models import MetricDelta
from dealport.kit.errors import Conflict
from orders.actions import (
    ItemRequest,
    apply_provider_approval,
    apply_provider_refund,
    apply_provider_refusal,
    cancel_order,
    deliver_order,
    expire_unpaid,
    mark_paid,
    place_order,
    refund_order,
    refuse_payment,
    ship_order,
)
from orders.models import Coupon, Order, OrderEvent, Product, Refund, RefundShare, Transaction
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def standing(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def refused(action: Any, expected: type[Exception] = Conflict, **arguments: Any) -> str:
    """Assert that an action is refused and changes nothing; return the reason."""
    order = arguments["order"]
    tables = (Order, OrderEvent, Transaction, Refund, RefundShare, MetricDelta, Product)
    before = [list(model.objects.order_by("pk").values()) for model in tables]
    with pytest.raises(expected) as caught:
        action(**arguments, actor=None)
    assert [list(model.objects.order_by("pk").values()) for model in tables] == before
    order.refresh_from_db()
    return str(caught.value)


def test_an_order_lives_from_payment_to_delivery_and_its_history_says_who() -> None:
    store = a_store()
    clerk = a_user(User.Role.STAFF, store)
    order = an_order(store, "10.00")
    mark_paid(order=order, gateway_transaction_id="tx-1", actor=clerk)
    assert standing(order) == ("PROCESSING", "PAID")
    ship_order(order=order, actor=clerk)
    deliver_order(order=order, actor=clerk)
    assert standing(order) == ("DELIVERED", "PAID")
    assert [
        (event.kind, event.from_status, event.to_status, event.amount, event.actor_label)
        for event in order.events.all()
    ] == [
        ("placed", "", "PENDING", D("0.00"), ""),
        ("paid", "PENDING", "PROCESSING", D("10.00"), clerk.email),
        ("shipped", "PROCESSING", "SHIPPED", D("0.00"), clerk.email),
        ("delivered", "SHIPPED", "DELIVERED", D("0.00"), clerk.email),
    ]
    (payment,) = Transaction.objects.all()
    assert (payment.kind, payment.status, payment.amount, payment.gateway_transaction_id) == (
        "payment",
        "approved",
        D("10.00"),
        "tx-1",
    )
    assert order.version == 4


def test_steps_out_of_turn_are_conflicts_naming_both_states() -> None:
    order = an_order(a_store())
    assert refused(ship_order, order=order) == "An order that is PENDING cannot become SHIPPED."
    assert refused(refund_order, order=order) == "An order that is PENDING cannot become REFUNDED."
    mark_paid(order=order, actor=None)
    assert refused(mark_paid, order=order) == "An order that is PROCESSING cannot become PAID."
    assert refused(deliver_order, order=order) == "An order that is PROCESSING cannot become DELIVERED."
    assert refused(refuse_payment, order=order) == "An order that is PROCESSING cannot become FAILED."
    ship_order(order=order, actor=None)
    assert refused(cancel_order, order=order) == "An order that is SHIPPED cannot become CANCELED."


def test_a_refused_payment_expires_the_order_and_gives_back_what_it_held() -> None:
    store = a_store()
    product = a_product(store, stock=3)
    coupon = Coupon.objects.create(store=store, code="ONE", value=D("1"), usage_limit=1)
    order = place_order(store=store, items=[ItemRequest(product.pk, 2)], coupon_code="ONE", actor=None)
    refuse_payment(order=order, actor=None)
    assert standing(order) == ("EXPIRED", "FAILED")
    product.refresh_from_db()
    coupon.refresh_from_db()
    assert (product.stock, coupon.uses_reserved) == (3, 0)
    mark_paid(order=order, actor=None)
    assert standing(order) == ("PROCESSING", "PAID")
    product.refresh_from_db()
    coupon.refresh_from_db()
    assert (product.stock, coupon.uses_reserved, coupon.times_used) == (1, 1, 1)


def test_a_late_payment_goes_on_without_stock_and_says_so() -> None:
    store = a_store()
    product = a_product(store, name="Vase", stock=1)
    order = place_order(store=store, items=[ItemRequest(product.pk, 1)], actor=None)
    refuse_payment(order=order, actor=None)
    place_order(store=store, items=[ItemRequest(product.pk, 1)], actor=None)
    mark_paid(order=order, actor=None)
    assert standing(order) == ("PROCESSING", "PAID")
    assert order.events.last().note == "out of stock when the late payment arrived: Vase"
    product.refresh_from_db()
    assert (product.stock, order.items.get().stock_taken) == (0, 0)
    cancel_order(order=order, actor=None)
    product.refresh_from_db()
    assert product.stock == 0


def test_partial_refunds_reach_the_total_and_no_further() -> None:
    order = an_order(a_store(), "60.00", "40.00", paid=True)
    refund_order(order=order, amount=D("60.00"), actor=None)
    assert standing(order) == ("PROCESSING", "PARTIALLY_REFUNDED")
    assert refused(refund_order, order=order, amount=D("40.01")) == "Refund refused: at most 40.00 is left to refund."
    refund_order(order=order, amount=D("40.00"), actor=None)
    assert standing(order) == ("REFUNDED", "REFUNDED")
    assert [item.refunded_amount for item in order.items.order_by("pk")] == [D("60.00"), D("40.00")]
    assert refused(refund_order, order=order) == "An order that is REFUNDED cannot become REFUNDED."


def test_a_refund_of_lines_gives_back_their_price_and_restocks_when_asked() -> None:
    store = a_store()
    tea, cup = a_product(store, "10.00", stock=10), a_product(store, "5.00", stock=10)
    order = place_order(
        store=store,
        items=[ItemRequest(tea.pk, 3), ItemRequest(cup.pk, 1)],
        tax_amount=D("7.00"),
        shipping_fee=D("4.00"),
        actor=None,
    )
    mark_paid(order=order, actor=None)
    first, second = order.items.order_by("pk")
    refund = refund_order(order=order, lines={first.pk: 2}, restock=True, actor=None)
    assert refund is not None
    assert (refund.amount, refund.settled_at is not None) == (D("24.00"), True)
    assert list(refund.shares.values_list("item", "quantity", "amount")) == [(first.pk, 2, D("20.00"))]
    tea.refresh_from_db()
    cup.refresh_from_db()
    assert (tea.stock, cup.stock) == (9, 9)
    assert "Only 1 of" in refused(refund_order, order=order, lines={first.pk: 2})
    refund_order(order=order, lines={second.pk: 1}, actor=None)
    cup.refresh_from_db()
    assert cup.stock == 9


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("amount", {"amount": D("0.00")}),
        ("amount", {"amount": D("-1.00")}),
        ("amount", {"amount": D("0.005")}),
        ("amount", {"amount": D("NaN")}),
        ("lines", {"lines": {}}),
        ("lines", {"lines": {0: 1}}),
        ("lines", {"lines": {"own": 0}}),
        ("lines", {"lines": {"own": -1}}),
    ],
)
def test_a_bad_refund_is_refused_naming_the_field(field: str, asked: dict[str, Any]) -> None:
    order = an_order(a_store(), paid=True)
    lines = {order.items.get().pk if pk == "own" else pk: pieces for pk, pieces in asked.get("lines", {}).items()}
    asked = {**asked, "lines": lines} if "lines" in asked else asked
    assert field in refused(refund_order, ValidationError, order=order, **asked)


def test_cancelling_a_paid_order_refunds_it() -> None:
    store = a_store()
    product = a_product(store, "10.00", stock=1)
    order = place_order(store=store, items=[ItemRequest(product.pk, 1)], actor=None)
    mark_paid(order=order, actor=None)
    cancel_order(order=order, reason="changed my mind", actor=None)
    assert standing(order) == ("CANCELED", "REFUNDED")
    product.refresh_from_db()
    assert (product.stock, order.refunded_amount, order.refunds.get().amount) == (1, D("10.00"), D("10.00"))
    assert order.canceled_at == order.refunded_at


def test_money_for_a_canceled_order_goes_straight_back() -> None:
    order = an_order(a_store(), "10.00")
    cancel_order(order=order, actor=None)
    apply_provider_approval(order=order)
    assert standing(order) == ("CANCELED", "REFUNDED")
    assert (order.captured_amount, order.refunded_amount) == (D("10.00"), D("10.00"))
    apply_provider_approval(order=order)
    ended = Transaction.objects.order_by("pk").values_list("kind", "status")
    assert list(ended) == [("payment", "canceled"), ("payment", "approved"), ("refund", "approved")]


def test_coupon_and_customer_follow_completion_and_full_refund() -> None:
    store = a_store()
    customer = a_customer(store)
    coupon = Coupon.objects.create(store=store, code="OFF", kind="fixed", value=D("100"))
    product = a_product(store, "700.00")

    def figures() -> tuple[Any, ...]:
        customer.refresh_from_db()
        coupon.refresh_from_db()
        return (
            (customer.total_orders, customer.completed_orders, customer.total_spent, customer.average_order_value),
            customer.tier,
            (coupon.uses_reserved, coupon.times_used, coupon.total_sales_amount),
        )

    orders = [
        place_order(store=store, customer=customer, items=[ItemRequest(product.pk, 1)], coupon_code="OFF", actor=None)
        for _ in range(2)
    ]
    assert figures() == ((2, 0, D("0.00"), D("0.00")), "bronze", (2, 0, D("0.00")))
    for order in orders:
        mark_paid(order=order, actor=None)
    assert figures() == ((2, 2, D("1200.00"), D("600.00")), "silver", (2, 2, D("1200.00")))
    refund_order(order=orders[0], amount=D("100.01"), actor=None)
    assert figures() == ((2, 2, D("1099.99"), D("550.00")), "silver", (2, 2, D("1200.00")))
    for order in orders:
        refund_order(order=order, actor=None)
    assert figures() == ((2, 0, D("0.00"), D("0.00")), "bronze", (0, 0, D("0.00")))


def test_an_order_expires_after_a_day_without_payment() -> None:
    store = a_store()
    now = timezone.now()
    product = a_product(store, stock=9)
    items = [ItemRequest(product.pk, 1)]
    day = timedelta(hours=24)
    due = place_order(store=store, items=items, at=now - day - timedelta(microseconds=1), actor=None)
    young = place_order(store=store, items=items, at=now - day, actor=None)
    paid = place_order(store=store, items=items, at=now - 2 * day, actor=None)
    mark_paid(order=paid, actor=None)
    assert expire_unpaid(now=now) == 1
    assert expire_unpaid(now=now) == 0
    assert [standing(order) for order in (due, young, paid)] == [
        ("EXPIRED", "PENDING"),
        ("PENDING", "PENDING"),
        ("PROCESSING", "PAID"),
    ]
    product.refresh_from_db()
    assert product.stock == 7
    assert due.events.last().actor_label == "expiry"


def test_a_provider_s_repetition_changes_nothing() -> None:
    order = an_order(a_store(), "10.00")
    for action in (apply_provider_approval, apply_provider_refusal, apply_provider_refund):
        action(order=order)
        before = (order.events.count(), MetricDelta.objects.count())
        action(order=order)
        assert (order.events.count(), MetricDelta.objects.count()) == before
    assert standing(order) == ("REFUNDED", "REFUNDED")


def test_a_refund_ahead_of_its_payment_waits_for_it() -> None:
    order = an_order(a_store(), "60.00", "40.00")
    refund = apply_provider_refund(order=order, amount=D("30.00"))
    assert refund is not None
    assert (standing(order), refund.settled_at) == (("PENDING", "PENDING"), None)
    apply_provider_approval(order=order)
    assert standing(order) == ("PROCESSING", "PARTIALLY_REFUNDED")
    assert (order.captured_amount, order.refunded_amount) == (D("100.00"), D("30.00"))
    refund.refresh_from_db()
    assert refund.settled_at is not None
    assert [item.refunded_amount for item in order.items.order_by("pk")] == [D("18.00"), D("12.00")]


def test_a_free_order_is_complete_when_placed_and_can_be_refunded() -> None:
    order = an_order(a_store(), "0.00", at=timezone.now() - timedelta(hours=30))
    assert (standing(order), order.completed_at) == (("PROCESSING", "PAID"), order.placed_at)
    assert expire_unpaid() == 0
    assert not order.transactions.exists()
    refund_order(order=order, actor=None)
    assert standing(order) == ("REFUNDED", "REFUNDED")


@pytest.mark.parametrize(
    "reports", list(permutations([apply_provider_approval, apply_provider_refusal, apply_provider_refund]))
)
def test_reports_in_any_order_leave_the_same_transactions(reports: tuple[Any, ...]) -> None:
    order = an_order(a_store(), "10.00")
    for report in reports:
        report(order=Order.objects.get(pk=order.pk))
    assert standing(order) == ("REFUNDED", "REFUNDED")
    assert Counter(order.transactions.values_list("kind", "status")) == {
        ("payment", "approved"): 1,
        ("payment", "refused"): 1,
        ("refund", "approved"): 1,
    }
