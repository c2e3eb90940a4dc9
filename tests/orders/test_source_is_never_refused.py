"""What a source states has happened: no rule of ours refuses it, and it ends as if the last state had come alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from dashboard.metrics import recount
from orders.models import Order
from orders.sources.description import (
    SourceFulfillment,
    SourceLine,
    SourceOrder,
    SourcePayment,
    SourceRefund,
)
from orders.sources.single import Result, apply_source_order
from tests.builders import a_store

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 9, tzinfo=UTC)
MUGS, LID = SourceLine("Mug", D("10.00"), 2, "MUG"), SourceLine("Lid", D("1.50"), 1, "LID")


def hours(count: int) -> datetime:
    return AT + timedelta(hours=count)


PLACED = SourceOrder(
    source="erp", external_id="1", name="#1", placed_at=AT, currency="GBP", email="ada@example.com",
    lines=(MUGS, LID), tip=D("2.00"), updated_at=AT,
)  # fmt: skip
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
        "amounts": (order.total_amount, order.tip, order.discount), "money": (order.sales, order.tax),
        "payment": (order.payment_status, order.is_completed), "lines": list(lines), "status": order.status,
    }  # fmt: skip


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


def test_more_pieces_returned_than_bought_contradict_each_other_and_are_refused_with_the_reason() -> None:
    store = a_store()
    both = replace(RETURNED.refunds[0], amount=D("20.00"), pieces=((0, 2),), goods=((0, D("20.00")),))
    apply_source_order(store, replace(RETURNED, refunds=(both,)), now=NOW)
    less = replace(RETURNED, refunds=(both,), lines=(replace(MUGS, quantity=1), LID), updated_at=hours(5))
    refused = apply_source_order(store, less, now=NOW)
    assert (refused.result, refused.reason[:18]) == (Result.REFUSED, "#1: 2 of Mug (item")
    assert Order.objects.get().sales == D("3.50")
