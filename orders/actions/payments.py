"""Payments: approvals and refusals, by a person or reported by a provider."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from customers.models import User
from orders.actions.change import Change, effect_or_conflict, lock_order
from orders.actions.refunds import give_back
from orders.lifecycle import NOTHING, Step
from orders.models import Order, OrderEvent, Refund, Transaction


@transaction.atomic
def mark_paid(
    *,
    order: Order,
    gateway_transaction_id: str = "",
    reported: bool = False,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Order:
    """Record that the order's total was captured.

    A pending order goes to processing; so does an expired one (late payment), which then counts as completed as
    well as expired. `reported` says that a provider says so: its report is taken in any state, also after a refund
    or a cancellation (the money then goes straight back); a repetition changes nothing. Raises Conflict naming
    both states when a person tries it on an order that is neither pending nor expired.
    """
    at = at or timezone.now()
    order, items = lock_order(order)
    effect = effect_or_conflict(Step.PAY, order, reported=reported)
    if effect == NOTHING or order.transactions.filter(kind="payment", status="approved").exists():
        return order
    change = Change(order, items, at=at, actor=actor, source=source)
    change.book(Transaction.Kind.PAYMENT, Transaction.Status.APPROVED, order.total_amount, gateway_transaction_id)
    change.apply(effect)
    waiting = list(Refund.objects.filter(order=order, settled_at__isnull=True).order_by("pk"))
    for refund in waiting:
        give_back(change, refund)
    if effect.refunds_all and order.refunded_amount < order.captured_amount:
        give_back(change, _returned(order, at, actor))
    if effect.refunds_all:
        order.payment_status = Order.PaymentStatus.REFUNDED
        order.refunded_at = order.refunded_at or at
    change.record(OrderEvent.Kind.PAID)
    return order


def _returned(order: Order, at: datetime, actor: User | None) -> Refund:
    """Return the refund of everything left on an order that was called off before its money arrived."""
    return Refund.objects.create(
        store_id=order.store_id,
        order=order,
        amount=order.captured_amount - order.refunded_amount,
        currency=order.currency,
        reason="paid after it was called off",
        created_at=at,
        created_by=actor,
    )


@transaction.atomic
def refuse_payment(
    *,
    order: Order,
    gateway_transaction_id: str = "",
    reported: bool = False,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Order:
    """Record that a payment was refused or cancelled: a pending order expires and gives its stock back.

    A refusal `reported` by a provider after the approval changes the state no more, but the order counts as
    expired all the same, as it does when the two arrive the other way round. Raises Conflict naming both states
    when a person tries it on an order that is not pending.
    """
    at = at or timezone.now()
    order, items = lock_order(order)
    effect = effect_or_conflict(Step.REFUSE, order, reported=reported)
    if _is_repetition(order, effect.expires, effect.payment):
        return order
    change = Change(order, items, at=at, actor=actor, source=source)
    change.book(Transaction.Kind.PAYMENT, Transaction.Status.REFUSED, order.total_amount, gateway_transaction_id)
    change.apply(effect)
    change.record(OrderEvent.Kind.REFUSED)
    return order


def _is_repetition(order: Order, expires: bool, payment: str | None) -> bool:
    """Answer whether a refusal would change nothing: it neither expires the order anew nor moves its payment."""
    return not (expires and order.expired_at is None) and payment in (None, order.payment_status)
