"""What a source states has happened: no rule of ours refuses it, and it ends as if the last state had come alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db.models import Sum

from customers.models import Customer
from dashboard.figures import daily_sales
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dealport.kit.day_range import DayRange
from orders.actions import refund_order
from orders.models import Coupon, Order, PaymentMethod
from orders.sources.description import (
    SourceFulfillment,
    SourceLine,
    SourceOrder,
    SourcePayment,
    SourceRefund,
)
from orders.sources.single import Result, apply_source_order
from tests.builders import a_customer, a_store, a_user

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 9, tzinfo=UTC)
MUGS, LID = SourceLine("Mug", D("10.00"), 2, "MUG"), SourceLine("Lid", D("1.50"), 1, "LID")


def hours(count: int) -> datetime:
    return AT + timedelta(hours=count)


PLACED = SourceOrder(
    source="erp",
    external_id="1",
    name="#1",
    placed_at=AT,
    currency="GBP",
    email="ada@example.com",
    lines=(MUGS, LID),
    tip=D("2.00"),
    updated_at=AT,
)
PAID = replace(PLACED, payments=(SourcePayment(hours(1), D("23.50")),), updated_at=hours(1))
SHIPPED = replace(PAID, fulfillment=SourceFulfillment(hours(2)), updated_at=hours(2))
RETURNED = replace(
    SHIPPED,
    refunds=(SourceRefund(hours(3), D("10.00"), pieces=((0, 1),), goods=((0, D("10.00")),), is_itemized=True),),
    updated_at=hours(3),
)
REFUNDED = replace(PAID, refunds=(SourceRefund(hours(3), D("23.50")),), updated_at=hours(3))
CANCELED = replace(PLACED, canceled_at=hours(2), updated_at=hours(2))
KEPT = replace(PAID, canceled_at=hours(2), updated_at=hours(2))
SENT_BACK = replace(
    SHIPPED, refunds=(*RETURNED.refunds, SourceRefund(hours(4), D("13.50"), reference="r2")), updated_at=hours(4)
)
PART = replace(PLACED, payments=(SourcePayment(hours(1), D("8.00")),), updated_at=hours(1))
PART_BACK = replace(PART, refunds=(SourceRefund(hours(3), D("8.00")),), updated_at=hours(3))
KEPT_BACK = replace(KEPT, refunds=(SourceRefund(hours(3), D("23.50")),), updated_at=hours(3))
TWICE = (*PAID.payments, SourcePayment(hours(5), D("23.50")))
REST = (*PART.payments, SourcePayment(hours(4), D("15.50")))
MORE = (*PART.payments, SourcePayment(hours(4), D("5.00")))
LATE = (SourcePayment(hours(4), D("23.50")),)


def deliver(before: SourceOrder) -> None:
    Order.objects.update(status="DELIVERED", delivered_at=hours(3))


def nothing(before: SourceOrder) -> None: ...


def ended(order: Order) -> dict[str, Any]:
    lines = order.items.exclude(quantity=0).order_by("pk").values_list("sku", "quantity", "refunded_amount")
    return {
        "amounts": (order.total_amount, order.tip, order.discount),
        "money": (order.sales, order.tax),
        "payment": (order.payment_status, order.is_completed),
        "lines": list(lines),
        "status": order.status,
    }


@pytest.mark.parametrize(
    ("before", "meanwhile", "after", "differs"),
    # an order that was paid stays so when it gets dearer; one that was delivered here stays so
    [
        pytest.param(PAID, nothing, {"tip": D("3.50")}, ("payment", "status"), id="more tip"),
        pytest.param(PAID, nothing, {"tip": D("0.00")}, (), id="no tip"),
        pytest.param(SHIPPED, nothing, {"lines": (replace(MUGS, quantity=1), LID)}, (), id="a piece less of what left"),
        pytest.param(SHIPPED, nothing, {"lines": (LID,)}, (), id="a line less of what left"),
        pytest.param(SHIPPED, deliver, {"shipping": D("4.00")}, ("status", "payment"), id="dearer after delivery"),
        pytest.param(RETURNED, nothing, {"discount": D("15.00")}, ("lines",), id="cheaper than what came back"),
        pytest.param(REFUNDED, nothing, {"tip": D("0.00")}, (), id="edited after the refund"),
        pytest.param(KEPT, nothing, {"lines": (MUGS,)}, (), id="edited after the cancellation"),
        pytest.param(CANCELED, nothing, {"payments": PAID.payments}, (), id="paid after the cancellation"),
        pytest.param(KEPT, nothing, {"canceled_at": None}, (), id="paid and not canceled after all"),
        pytest.param(CANCELED, nothing, {"canceled_at": None, "payments": PAID.payments}, (), id="taken up again"),
        pytest.param(REFUNDED, nothing, {"payments": TWICE}, (), id="captured again after the refund"),
        pytest.param(SENT_BACK, nothing, {"payments": TWICE}, (), id="captured again after all came back"),
        pytest.param(PART_BACK, nothing, {"payments": REST}, (), id="the rest after the refund of a part payment"),
        pytest.param(PART_BACK, nothing, {"payments": MORE}, (), id="a part more after the refund of a part payment"),
        pytest.param(PAID, nothing, {"payments": TWICE}, (), id="captured twice"),
        pytest.param(RETURNED, nothing, {"payments": TWICE}, (), id="captured twice, with a refund"),
        pytest.param(KEPT, nothing, {"payments": TWICE}, (), id="captured twice, then canceled"),
        pytest.param(KEPT_BACK, nothing, {"payments": TWICE}, (), id="captured again after cancellation and refund"),
        pytest.param(REFUNDED, nothing, {"refunds": ()}, (), id="a full refund deleted"),
        pytest.param(RETURNED, nothing, {"refunds": ()}, (), id="a refund of pieces deleted"),
        pytest.param(SENT_BACK, nothing, {"refunds": RETURNED.refunds}, (), id="one of two refunds deleted"),
        pytest.param(KEPT_BACK, nothing, {"refunds": ()}, (), id="the refund of a cancellation deleted"),
        pytest.param(PLACED, nothing, {"payments": LATE, "refunds": RETURNED.refunds}, (), id="paid after its refund"),
        pytest.param(PAID, nothing, {"payments": ()}, (), id="not paid after all"),
        pytest.param(PAID, nothing, {"payments": PART.payments}, (), id="paid in part after all"),
        pytest.param(SHIPPED, nothing, {"payments": ()}, (), id="shipped and not paid after all"),
        pytest.param(REFUNDED, nothing, {"payments": (), "refunds": ()}, (), id="neither paid nor refunded after all"),
        pytest.param(KEPT, nothing, {"payments": ()}, (), id="canceled and not paid after all"),
        pytest.param(
            KEPT, nothing, {"payments": (), "canceled_at": None}, (), id="neither paid nor canceled after all"
        ),
        pytest.param(PAID, nothing, {"payments": (), "void_at": hours(2)}, (), id="its payment was given up"),
        pytest.param(
            PAID,
            nothing,
            {"payments": (SourcePayment(hours(1), D("21.50")),), "tip": D("0.00")},
            (),
            id="less tip, and less paid",
        ),
    ],
)
def test_a_source_order_is_applied_whatever_happened_before(
    before: SourceOrder, meanwhile: Callable[[SourceOrder], None], after: dict[str, Any], differs: tuple[str, ...]
) -> None:
    store, at_once = a_store(), a_store()
    final = replace(before, updated_at=hours(5), **after)
    assert apply_source_order(store, before, now=NOW).result == Result.NEW
    meanwhile(before)
    assert apply_source_order(store, final, now=NOW).result == Result.UPDATED
    assert apply_source_order(at_once, final, now=NOW).result == Result.NEW
    ours, theirs = (ended(Order.objects.get(store=each)) for each in (store, at_once))
    for name in differs:
        ours[name] = theirs[name]
    assert ours == theirs
    assert apply_source_order(store, final, now=NOW).result == Result.UNCHANGED
    assert recount.differences(store) == recount.differences(at_once) == []


@pytest.mark.parametrize("seed", range(12))
def test_whatever_states_came_before_the_last_one_decides_amounts_lines_and_days(seed: int) -> None:
    store, at_once, draw = a_store(), a_store(), random.Random(seed)
    assert apply_source_order(store, PLACED, now=NOW).result == Result.NEW
    for number in range(1, 6):
        stated = drawn(draw, hours(number + 6))
        assert apply_source_order(store, stated, now=NOW).result in (Result.UPDATED, Result.UNCHANGED)
        assert recount.differences(store) == []
        apply_source_order(at_once, replace(stated, external_id=str(number)), now=NOW)
        alone = Order.objects.get(store=at_once, source_record__external_id=str(number))
        ours, theirs = ended(Order.objects.get(store=store)), ended(alone)
        for end in (ours, theirs):
            end["lines"] = [line[:2] for line in end["lines"]]  # a refund falls on the lines that were there then
        assert ours == theirs, stated
    assert money_by_moment(Order.objects.get(store=store)) == money_by_moment(alone)


def test_a_withdrawn_payment_is_kept_as_canceled_and_moves_the_day_it_was_booked_on() -> None:
    store = a_store()
    apply_source_order(store, REFUNDED, now=NOW)
    applied = apply_source_order(store, replace(PART, updated_at=hours(30)), now=NOW)
    assert (applied.result, applied.amount) == (Result.UPDATED, D("8.00"))
    order = Order.objects.get()
    rows = order.transactions.order_by("kind", "status", "amount").values_list("kind", "status", "amount")
    assert list(rows) == [
        ("payment", "approved", D("8.00")),
        ("payment", "canceled", D("23.50")),  # what was captured
        ("payment", "canceled", D("23.50")),  # what was awaited, until a part of it came
        ("payment", "pending", D("15.50")),
        ("refund", "canceled", D("23.50")),
    ]
    notes = order.events.filter(kind="reopened").exclude(note="").order_by("pk").values_list("at", "note")
    assert list(notes) == [
        (hours(3), "refund of 23.50 deleted at the source"),
        (hours(1), "payment of 23.50 no longer stated by the source"),
    ]
    day = DayRange.of_day(AT.date())
    assert [each.total_sales for each in daily_sales(store, Period(day.first, day.last), "booked")] == [D("8.00")]


@pytest.mark.parametrize("by_a_person", [False, True])
def test_a_source_is_followed_below_what_a_file_stated_unless_a_person_changed_the_order(by_a_person: bool) -> None:
    store = a_store()
    apply_source_order(store, replace(PAID, updated_at=None), now=NOW)
    if by_a_person:
        refund_order(order=Order.objects.get(), amount=D("1.00"), actor=a_user())
    applied = apply_source_order(store, replace(PLACED, updated_at=hours(5)), now=NOW)
    assert applied.result == (Result.OLDER if by_a_person else Result.UPDATED)
    assert Order.objects.get().sales == (D("22.50") if by_a_person else D("0.00"))
    assert recount.differences(store) == []


def drawn(draw: random.Random, at: datetime) -> SourceOrder:
    """Return a state of the order: captures and refunds, each of which an earlier state may have had, or not."""
    lines = draw.choice(((MUGS, LID), (MUGS,), (replace(MUGS, quantity=1), LID)))
    total = replace(PLACED, lines=lines).total
    both = (SourcePayment(hours(1), D("4.00")), SourcePayment(hours(2), total - D("4.00")))
    payments = both[: draw.randint(0, 2)]
    received = sum((one.amount for one in payments), D(0))
    back = tuple(SourceRefund(hours(3 + at), amount) for at, amount in enumerate((D(2), D(1), received - D(3))))
    refunds = back[: draw.randint(0, 3)] if received else ()
    return replace(PLACED, lines=lines, payments=payments, refunds=refunds, updated_at=at)


def money_by_moment(order: Order) -> list[Any]:
    rows = order.transactions.filter(status="approved").order_by("created_at", "kind")
    return list(rows.values_list("kind", "created_at").annotate(sum=Sum("amount")))


def test_more_pieces_returned_than_bought_contradict_each_other_and_are_refused_with_the_reason() -> None:
    store = a_store()
    both = replace(RETURNED.refunds[0], amount=D("20.00"), pieces=((0, 2),), goods=((0, D("20.00")),))
    apply_source_order(store, replace(RETURNED, refunds=(both,)), now=NOW)
    less = replace(RETURNED, refunds=(both,), lines=(replace(MUGS, quantity=1), LID), updated_at=hours(5))
    refused = apply_source_order(store, less, now=NOW)
    assert (refused.result, refused.reason[:18]) == (Result.REFUSED, "#1: 2 of Mug (item")
    assert Order.objects.get().sales == D("3.50")


@pytest.mark.parametrize(("method", "code"), [("Visa", "CREDIT_CARD"), ("Barter in eggs", "OTHER")])
def test_neither_a_blocked_customer_nor_a_used_up_coupon_nor_a_payment_method_refuses_an_order(
    method: str, code: str
) -> None:
    store = a_store()
    customer = a_customer(store, email="ada@example.com")
    Customer.objects.filter(pk=customer.pk).update(status=Customer.Status.BLOCKED)
    coupon = Coupon.objects.create(
        store=store,
        code="SPRING",
        value=D("10"),
        usage_limit=1,
        uses_reserved=1,
        times_used=1,
        is_active=False,
        ends_at=AT,
    )
    PaymentMethod.objects.filter(store=store).update(is_active=False)
    stated = replace(PAID, payment_method=method, discount_codes=("SPRING",), discount=D("1.50"))
    assert apply_source_order(store, stated, now=NOW).result == Result.NEW
    order = Order.objects.get(store=store)
    assert (order.customer, order.coupon, order.coupon_code) == (customer, coupon, "SPRING")
    assert (order.payment_method, order.payment_code, order.sales) == (method, code, PAID.received)
    coupon.refresh_from_db()
    assert coupon.times_used == 2
    assert recount.differences(store) == []
