"""Payments: approvals and refusals, by a person or reported by a provider."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from customers.models import User
from orders.actions.change import Change, effect_or_conflict, lock_order
from orders.actions.refunds import give_back
from orders.lifecycle import NOTHING, Effect, Step, report_effect
from orders.models import Order, OrderEvent, Refund, Transaction


@transaction.atomic
def mark_paid(
    *, order: Order, gateway_transaction_id: str = "", at: datetime | None = None, actor: User | None, source: str = ""
) -> Order:
    """Record that the order's total was captured.

    A pending order goes to processing; so does an expired one (late payment), which then counts as completed as
    well as expired. Raises Conflict naming both states in any other state.
    """
    order, items = lock_order(order)
    effect = effect_or_conflict(Step.PAY, order)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    return _pay(change, effect, gateway_transaction_id)


@transaction.atomic
def apply_provider_approval(
    *, order: Order, gateway_transaction_id: str = "", at: datetime | None = None, source: str = ""
) -> Order:
    """Apply an approved payment that a provider reports; it is never refused.

    After a refund or a cancellation the money goes straight back; a repetition changes nothing.
    """
    order, items = lock_order(order)
    change = Change(order, items, at=at or timezone.now(), actor=None, source=source)
    return _pay(change, report_effect(Step.PAY, order.status), gateway_transaction_id)


def _pay(change: Change, effect: Effect, gateway_transaction_id: str) -> Order:
    order = change.order
    if effect == NOTHING or order.transactions.filter(kind="payment", status="approved").exists():
        return order
    change.book(Transaction.Kind.PAYMENT, Transaction.Status.APPROVED, order.total_amount, gateway_transaction_id)
    change.apply(effect)
    waiting = list(Refund.objects.filter(order=order, settled_at__isnull=True).order_by("pk"))
    for refund in waiting:
        give_back(change, refund)
    if effect.refunds_all and order.refunded_amount < order.captured_amount:
        give_back(change, _returned(change))
    if effect.refunds_all:
        order.payment_status = Order.PaymentStatus.REFUNDED
        order.refunded_at = order.refunded_at or change.at
    change.record(OrderEvent.Kind.PAID)
    return order


def _returned(change: Change) -> Refund:
    """Return the refund of everything left on an order that was canceled before its money arrived."""
    order = change.order
    return Refund.objects.create(
        store_id=order.store_id,
        order=order,
        amount=order.captured_amount - order.refunded_amount,
        currency=order.currency,
        reason="paid after it was called off",
        created_at=change.at,
        created_by=change.actor,
    )


@transaction.atomic
def refuse_payment(
    *, order: Order, gateway_transaction_id: str = "", at: datetime | None = None, actor: User | None, source: str = ""
) -> Order:
    """Record that a payment was refused or canceled: a pending order expires and gives its stock back.

    Raises Conflict naming both states when the order is not pending.
    """
    order, items = lock_order(order)
    effect = effect_or_conflict(Step.REFUSE, order)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    return _refuse(change, effect, gateway_transaction_id)


@transaction.atomic
def apply_provider_refusal(
    *, order: Order, gateway_transaction_id: str = "", at: datetime | None = None, source: str = ""
) -> Order:
    """Apply a refused or canceled payment that a provider reports; it is never refused.

    After the approval it changes the state no more, but the order counts as expired all the same, as it does when the
    two arrive the other way round. A repetition changes nothing.
    """
    order, items = lock_order(order)
    change = Change(order, items, at=at or timezone.now(), actor=None, source=source)
    return _refuse(change, report_effect(Step.REFUSE, order.status), gateway_transaction_id)


def _refuse(change: Change, effect: Effect, gateway_transaction_id: str) -> Order:
    order = change.order
    if _is_repetition(order, effect.expires, effect.payment):
        return order
    change.book(Transaction.Kind.PAYMENT, Transaction.Status.REFUSED, order.total_amount, gateway_transaction_id)
    change.apply(effect)
    change.record(OrderEvent.Kind.REFUSED)
    return order


def _is_repetition(order: Order, expires: bool, payment: str | None) -> bool:
    """Answer whether a refusal would change nothing: it neither expires the order anew nor moves its payment."""
    return not (expires and order.expired_at is None) and payment in (None, order.payment_status)
