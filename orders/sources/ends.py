"""Ends that a source states otherwise now: a payment given up, an authorization that lapsed, a cancellation."""

from __future__ import annotations

from datetime import datetime

from orders.actions import correct_cancellation, withdraw_authorization, withdraw_refusal
from orders.bulk import BulkStep, Step
from orders.models import Order, OrderEvent, SourceRecord, Transaction
from orders.sources.applying import BY_A_PERSON, is_followed
from orders.sources.description import SourceOrder

PAYMENT = Order.PaymentStatus


def kept_moment(what: str, here: datetime | None, there: datetime) -> str:
    """Return that a moment stays as somebody caused it here, although the source states another."""
    written = f"{here:%Y-%m-%d %H:%M}" if here else "—"
    return f"it was {what} here and keeps that moment: {written} UTC, {there:%Y-%m-%d %H:%M} in the source"


def withdraw_payment_end(
    order: Order, record: SourceRecord | None, stated: SourceOrder, steps: list[BulkStep], label: str
) -> tuple[Order, list[str]]:
    """Withdraw an authorization that the order's source states no more, and a refusal that it states no more or at
    another moment; return what was left and why.

    `steps` is the whole life of the stated order; what it states instead follows with them.
    """
    if not is_followed(order, record, stated):
        return order, []
    taken = {step.step: step.at for step in steps}
    if order.payment_status == PAYMENT.AUTHORIZED and not taken.keys() & {Step.AUTHORIZE, Step.PAY, Step.REFUSE}:
        assert stated.updated_at is not None
        return withdraw_authorization(order=order, at=stated.updated_at, actor=None, source=label), []
    if order.payment_status != PAYMENT.FAILED:
        return order, []
    refused = order.transactions.filter(kind=Transaction.Kind.PAYMENT, status=Transaction.Status.REFUSED)
    here, there = max(refused.values_list("created_at", flat=True), default=None), taken.get(Step.REFUSE)
    if there is not None and (not stated.is_void_dated or here == there):
        return order, []
    if there is not None and _is_by_a_person(order, OrderEvent.Kind.REFUSED):
        return order, [kept_moment("refused", here, there)]
    return withdraw_refusal(order=order, actor=None, source=label), []


def follow_cancellation(
    order: Order, record: SourceRecord | None, stated: SourceOrder, steps: list[BulkStep], label: str
) -> tuple[Order, list[str]]:
    """Give a canceled order the moment of its cancellation that its source states; return what was left and why."""
    there = next((step.at for step in steps if step.step is Step.CANCEL), None)
    is_same = there is None or order.canceled_at == there
    if is_same or order.status != Order.Status.CANCELED or not stated.is_cancel_dated:
        return order, []
    if not is_followed(order, record, stated):
        return order, []
    assert there is not None and stated.updated_at is not None
    if _is_by_a_person(order, OrderEvent.Kind.CANCELED):
        return order, [kept_moment("canceled", order.canceled_at, there)]
    at = stated.updated_at
    return correct_cancellation(order=order, canceled_at=there, at=at, actor=None, source=label), []


def _is_by_a_person(order: Order, kind: str) -> bool:
    return order.events.filter(BY_A_PERSON, kind=kind).exists()
