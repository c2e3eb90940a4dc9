"""Payments: approvals and refusals, by a person or reported by a provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from customers.models import User
from dealport.kit.money import require_amount, unit_of
from dealport.kit.values import Json
from orders.actions.change import CaptureShares, Change, effect_or_conflict, lock_order
from orders.actions.refunds import give_back, settle_announced
from orders.gateway_responses import masked
from orders.lifecycle import NOTHING, Effect, Step, report_effect
from orders.models import Order, OrderEvent, Refund, Transaction
from orders.pricing import ZERO, capture_note


@transaction.atomic
def mark_paid(
    *,
    order: Order,
    amount: Decimal | None = None,
    gateway_transaction_id: str = "",
    gateway_response: Json | None = None,
    shares: CaptureShares | None = None,
    settles: bool = False,
    is_stated: bool = False,
    version: int | None = None,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Order:
    """Record that money was captured: `amount`, or all that is outstanding.

    `shares` says what of everything captured so far falls on which line and on the tax (None: in proportion);
    `settles`, that the order counts as paid although less was received; `is_stated`, that it happened at the order's
    source, where money also comes for what was canceled.

    What settles the order completes it: a pending order goes to processing, one on its way stays where it is, and an
    expired one (late payment) then counts as completed as well as expired. Less makes it PARTIALLY_PAID; more is kept
    and noted. Raises Conflict naming both states in any other state, ValidationError for an amount not above zero.
    """
    order, items = lock_order(order, version)
    if amount is not None:
        require_amount("amount", amount, currency=order.currency, above_zero=True)
    effect = effect_or_conflict(Step.PAY, order, in_full=settles or _settles(order, amount), is_stated=is_stated)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    change.response = masked(gateway_response)
    return _pay(change, effect, amount, gateway_transaction_id, shares)


@transaction.atomic
def authorize_payment(
    *, order: Order, version: int | None = None, at: datetime | None = None, actor: User | None, source: str = ""
) -> Order:
    """Record that the payment is authorized and waits to be captured: no figure moves, the order does not expire.

    Raises Conflict naming both states.
    """
    order, items = lock_order(order, version)
    effect = effect_or_conflict(Step.AUTHORIZE, order)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    change.apply(effect)
    change.record(OrderEvent.Kind.AUTHORIZED)
    return order


@transaction.atomic
def apply_provider_approval(
    *,
    order: Order,
    amount: Decimal | None = None,
    gateway_transaction_id: str = "",
    gateway_response: Json | None = None,
    at: datetime | None = None,
    source: str = "",
) -> Order:
    """Apply an approved payment that a provider reports; it is never refused. `amount` None: all that is outstanding.

    Another amount than the order's is kept: less leaves the order PARTIALLY_PAID, more is noted. After a refund or a
    cancellation the money goes straight back; a repetition (nothing is outstanding, or the same gateway transaction)
    changes nothing.
    """
    order, items = lock_order(order)
    change = Change(order, items, at=at or timezone.now(), actor=None, source=source)
    change.response = masked(gateway_response)
    effect = report_effect(Step.PAY, order.status, order.money, in_full=_settles(order, amount))
    paid = order.transactions.filter(kind=Transaction.Kind.PAYMENT, status=Transaction.Status.APPROVED)
    if gateway_transaction_id and paid.filter(gateway_transaction_id=gateway_transaction_id).exists():
        return order
    if order.paid_amount >= order.total_amount and (order.captured_amount or paid.exists()):
        return order
    return _pay(change, effect, amount, gateway_transaction_id)


def _settles(order: Order, amount: Decimal | None) -> bool:
    """Answer whether a payment leaves nothing outstanding."""
    return amount is None or order.paid_amount + amount >= order.total_amount


def _pay(
    change: Change,
    effect: Effect,
    amount: Decimal | None,
    gateway_transaction_id: str,
    shares: CaptureShares | None = None,
) -> Order:
    order = change.order
    if effect == NOTHING:
        return order
    is_first = order.captured_amount == 0
    received = order.total_amount - order.paid_amount if amount is None else amount
    change.capture(received, gateway_transaction_id, shares)
    change.apply(effect if is_first else replace(effect, takes_stock=False))
    change.notes.append(capture_note(order.paid_amount, order.total_amount, unit_of(order.currency)))
    if order.is_completed and order.refunded_amount > 0:
        order.payment_status = Order.PaymentStatus.PARTIALLY_REFUNDED
    settle_announced(change)
    change.await_rest()
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
        reason="paid after it was canceled",
        created_at=change.at,
        created_by=change.actor,
    )


@transaction.atomic
def refuse_payment(
    *, order: Order, gateway_transaction_id: str = "", at: datetime | None = None, actor: User | None, source: str = ""
) -> Order:
    """Record that a payment was refused or canceled: a pending prepaid order expires and gives its stock back.

    One that is due on delivery or by invoice stays open. Raises Conflict naming both states when the order is not
    pending or was paid in part.
    """
    order, items = lock_order(order)
    effect = effect_or_conflict(Step.REFUSE, order)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    return _refuse(change, effect, gateway_transaction_id)


@transaction.atomic
def apply_provider_refusal(
    *,
    order: Order,
    gateway_transaction_id: str = "",
    gateway_response: Json | None = None,
    at: datetime | None = None,
    source: str = "",
) -> Order:
    """Apply a refused or canceled payment that a provider reports; it is never refused.

    After the approval it changes the state no more, but the order counts as expired all the same, as it does when the
    two arrive the other way round. A repetition changes nothing.
    """
    order, items = lock_order(order)
    change = Change(order, items, at=at or timezone.now(), actor=None, source=source)
    change.response = masked(gateway_response)
    return _refuse(change, report_effect(Step.REFUSE, order.status, order.money), gateway_transaction_id)


def _refuse(change: Change, effect: Effect, gateway_transaction_id: str) -> Order:
    order = change.order
    if _is_repetition(order, effect.expires, effect.payment):
        return order
    missing = max(order.total_amount - order.paid_amount, ZERO)
    change.book(Transaction.Kind.PAYMENT, Transaction.Status.REFUSED, missing, gateway_transaction_id)
    change.apply(effect)
    change.record(OrderEvent.Kind.REFUSED)
    return order


def _is_repetition(order: Order, expires: bool, payment: str | None) -> bool:
    """Answer whether a refusal would change nothing: it neither expires the order anew nor moves its payment."""
    return not (expires and order.expired_at is None) and payment in (None, order.payment_status)
