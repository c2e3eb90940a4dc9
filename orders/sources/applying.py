"""Bringing an order that is here to the state its source states, as dated steps of its life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext

from dealport.kit.money import in_currency
from orders.actions import (
    Tracking,
    expire_order,
    mark_paid,
    refund_order,
    refuse_payment,
    ship_order,
    withdraw_money,
)
from orders.actions.change import Change, lock_order, open_pending
from orders.actions.withdrawing import has_moved_refunds
from orders.bulk import BulkStep, Step
from orders.lifecycle import Effect, unrefunded_effect
from orders.models import Order, OrderEvent, SourceRecord, Transaction
from orders.pricing import ZERO
from orders.sources.description import SourceOrder
from orders.sources.editing import match

S = Order.Status


class Contradiction(Exception):
    """What a source states does not follow from what is here; the text says why."""


def other_total(order: Order, stated: SourceOrder) -> Contradiction:
    """Return that the source asks for another total, which no step brings about."""
    there, here = (in_currency(total, order.currency) for total in (stated.total, order.total_amount))
    return Contradiction(f"its total is {there} in the source and {here} here")


ENDED = (S.CANCELED, S.EXPIRED, S.REFUNDED)
BY_A_PERSON = Q(actor__isnull=False) | Q(actor_label__contains="@")  # whose account may be gone


def is_followed(order: Order, record: SourceRecord | None, stated: SourceOrder) -> bool:
    """Answer whether the statement has a moment, and the order its last state from its source, or from a file alone."""
    if not stated.updated_at or record is None:
        return False
    return record.updated_at is not None or not order.events.filter(BY_A_PERSON).exists()


def is_older(order: Order, record: SourceRecord | None, stated: SourceOrder) -> bool:
    """Answer whether the source's statement is older than what is here: it would take something back.

    A file has no moment of its own: it is older when it states less received, less refunded or no cancellation. So is
    the first statement of a source about an order of a file that a person has changed since.
    """
    if record and stated.updated_at and is_followed(order, record, stated):
        return record.updated_at is not None and stated.updated_at < record.updated_at
    return (
        stated.received < order.captured_amount
        or stated.refunded < order.refunded_amount
        or (order.canceled_at is not None and stated.canceled_at is None)
    )


def has_more(order: Order, stated: SourceOrder) -> bool:
    """Answer whether more happened than is here: more received, more refunded or a cancellation. So a file is newer."""
    return (
        stated.received > order.captured_amount
        or stated.refunded > order.refunded_amount
        or (stated.canceled_at is not None and order.canceled_at is None)
    )


def apply_difference(order: Order, stated: SourceOrder, *, now_steps: list[BulkStep], actor_label: str) -> Order:
    """Take the steps of the stated life that are missing here; return the order as it is then.

    `order` is locked, `now_steps` is the whole life (`steps_of`). Payments and refunds are compared by their running
    sums, so that a capture known in full is not booked again; what is missing of one is booked at its own moment.
    Raises Conflict when a step contradicts what happened here, Contradiction when the order asks for another total.
    """
    if stated.total != order.total_amount:
        raise other_total(order, stated)
    paid = refunded = ZERO
    for step in now_steps:
        if step.step is Step.PAY:
            paid += step.amount or ZERO
            missing = min(paid - order.captured_amount, step.amount or ZERO)
            if missing > 0 or (step.settles and not order.is_completed and order.status not in ENDED):
                order = unrefund(order, actor_label)
                order = _pay(order, step, missing, actor_label)
        elif step.step is Step.REFUND:
            refunded += step.amount or ZERO
            missing = min(refunded - order.refunded_amount, step.amount or ZERO)
            if missing > 0:
                order = _refund(order, stated, step, missing, actor_label)
        else:
            order = _move(order, step, actor_label)
    return order


def _pay(order: Order, step: BulkStep, amount: Decimal, label: str) -> Order:
    reference = step.gateway_transaction_id
    return mark_paid(
        order=order,
        amount=amount or None,
        gateway_transaction_id=reference,
        settles=step.settles,
        is_stated=True,
        at=step.at,
        actor=None,
        source=label,
    )


def _refund(order: Order, stated: SourceOrder, step: BulkStep, amount: Decimal, label: str) -> Order:
    whole = amount == step.amount
    items = list(order.items.order_by("pk"))
    ids: list[int | None] = match(items, stated.lines) if order.edited_at else [item.pk for item in items]
    lines = {pk: pieces for index, pieces in (step.pieces or {}).items() if (pk := ids[index]) is not None}
    named = (lines or None) if whole else None
    parts = step.parts if whole else None
    if parts is not None and order.edited_at:
        goods = dict(zip(ids, parts.goods, strict=True))
        parts = replace(parts, goods=[goods.get(item.pk, ZERO) for item in items])
    refund = refund_order(
        order=order,
        amount=amount,
        lines=named,
        parts=parts,
        reason=step.reason,
        at=step.at,
        gateway_transaction_id=step.gateway_transaction_id,
        actor=None,
        source=label,
    )
    return Order.objects.select_related("store").get(pk=refund.order_id)


def _move(order: Order, step: BulkStep, label: str) -> Order:
    status = order.status
    if step.step is Step.PROCESS and status == S.PENDING:
        return _set(order, step, Effect(to=S.PROCESSING), OrderEvent.Kind.PROCESSED, label)
    if step.step is Step.SHIP and status == S.PROCESSING:
        return ship_order(order=order, tracking=tracking_of(step), at=step.at, actor=None, source=label)
    if step.step is Step.CANCEL and status not in (S.CANCELED, S.EXPIRED):
        frees = status in (S.PENDING, S.PROCESSING, S.SHIPPED, S.DELIVERED) and not order.is_completed
        effect = Effect(to=S.CANCELED, gives_stock=True, frees_coupon=frees)
        return _set(order, step, effect, OrderEvent.Kind.CANCELED, label)
    if step.step is Step.REFUSE and status == S.PENDING and order.payment_status == Order.PaymentStatus.FAILED:
        # it was due later when it was refused
        return expire_order(order=order, at=step.at, actor=None, source=label) if order.money.is_prepaid else order
    if step.step is Step.REFUSE and status == S.PENDING and not order.captured_amount:
        return refuse_payment(order=order, at=step.at, actor=None, source=label)
    if step.step is Step.EXPIRE and status == S.PENDING and not order.captured_amount:
        return expire_order(order=order, at=step.at, actor=None, source=label)
    is_unpaid = order.payment_status == Order.PaymentStatus.PENDING
    if step.step is Step.AUTHORIZE and is_unpaid and status not in (S.EXPIRED, S.REFUNDED):
        authorized = Effect(payment=Order.PaymentStatus.AUTHORIZED)
        return _set(order, step, authorized, OrderEvent.Kind.AUTHORIZED, label)
    return order


def tracking_of(step: BulkStep) -> Tracking:
    """Return how to follow what a step ships."""
    return Tracking(step.tracking_number, step.carrier, step.tracking_url)


def reopen(order: Order, record: SourceRecord | None, stated: SourceOrder, steps: list[BulkStep], label: str) -> Order:
    """Withdraw an expiry that was concluded from silence, or a cancellation: the source knows what became of the order.

    It is taken back on the day it was counted, so that the order ends as if its last state had come alone.
    """
    follows = is_followed(order, record, stated)
    taken = {step.step: step.at for step in steps}
    was_refused = Step.REFUSE in taken and order.payment_status == Order.PaymentStatus.FAILED
    is_ended = Step.EXPIRE in taken or (was_refused and order.payment_terms == Order.Terms.PREPAID)
    is_other_expiry = follows and taken.get(Step.EXPIRE, order.expired_at) != order.expired_at
    if order.status == S.EXPIRED and (not is_ended or (is_other_expiry and _has_expired_there(order, label))):
        at = order.expired_at
    elif order.status == S.CANCELED and (stated.canceled_at is None or (follows and Step.CANCEL not in taken)):
        at = order.canceled_at
    else:
        return order
    order, items = lock_order(order)
    assert at is not None
    change = Change(order, items, at=at, actor=None, source=label)
    order.expired_at = order.canceled_at = None
    if order.refunded_at:
        effect = Effect(to=S.REFUNDED)
    elif order.is_completed:
        effect = Effect(to=S.SHIPPED if order.shipped_at else S.PROCESSING)
    else:
        unpaid = Order.PaymentStatus.FAILED if was_refused else Order.PaymentStatus.PENDING
        paid = order.payment_status if order.captured_amount else unpaid
        effect = Effect(to=S.SHIPPED if order.shipped_at else S.PENDING, payment=paid, holds_coupon=True)
    change.apply(effect)
    change.record(OrderEvent.Kind.REOPENED)
    if order.payment_terms == Order.Terms.PREPAID and not order.is_completed and order.status not in ENDED:
        open_pending(order, change.at)
    return order


def _has_expired_there(order: Order, label: str) -> bool:
    """Answer whether a statement of the source expired the order last, neither a person nor the rule of 24 hours."""
    expired = order.events.filter(kind=OrderEvent.Kind.EXPIRED).order_by("-pk").values_list("actor_label", flat=True)
    return expired.first() == label


def withdraw(
    order: Order, record: SourceRecord | None, stated: SourceOrder, steps: list[BulkStep], label: str
) -> tuple[Order, list[str]]:
    """Withdraw the money of an order of which its source states less, or other moments; return what was left and why.

    A refund was deleted, a payment is there no more, or either was moved to another day. Each is taken back on the day
    it was booked; what the source still states is booked anew, so that the order ends as if its last state had come
    alone. Of a payment that was given up there is no money. A statement without a moment of its own (a file) takes
    nothing back, and money that somebody moved here keeps its moments.
    """
    if not stated.updated_at:
        return order, []
    follows = is_followed(order, record, stated)
    is_unpaid = follows and any(step.step in (Step.REFUSE, Step.EXPIRE) for step in steps)
    received, refunded = (ZERO, ZERO) if is_unpaid else (stated.received, stated.refunded)
    other_payments, other_refunds = _moved(order, stated, steps) if follows else (False, False)
    left = []
    if (other_payments or other_refunds) and order.events.filter(BY_A_PERSON).exists():
        other_payments = other_refunds = False
        left.append(
            gettext("it was changed here: its payments and refunds keep their moments, the source states others")
        )
    has_less = received < order.captured_amount or other_payments
    if not (has_less or other_refunds or refunded < order.refunded_amount):
        return order, left
    order = unrefund(order, label)
    keeps = not has_less and not has_moved_refunds(order)
    return withdraw_money(order=order, keeps_payments=keeps, actor=None, source=label), left


def _moved(order: Order, stated: SourceOrder, steps: list[BulkStep]) -> tuple[bool, bool]:
    """Answer whether payments, and refunds, are booked that the source states with other amounts or moments.

    Only of moments that the source states.
    """
    if not order.captured_amount:
        return False, False
    booked = order.transactions.filter(status=Transaction.Status.APPROVED)
    moves = list(booked.values_list("kind", "amount", "created_at"))
    other_payments, other_refunds = (
        all(one.is_dated for one in stated_moves)
        and _differ([move[1:] for move in moves if move[0] == kind], steps, step)
        for kind, step, stated_moves in (
            (Transaction.Kind.PAYMENT, Step.PAY, stated.payments),
            (Transaction.Kind.REFUND, Step.REFUND, stated.refunds),
        )
    )
    return (
        other_payments and _sum(steps, Step.PAY) >= order.captured_amount,
        other_refunds and _sum(steps, Step.REFUND) >= order.refunded_amount,
    )


def _differ(booked: Iterable[tuple[Decimal, datetime]], steps: list[BulkStep], kind: Step) -> bool:
    """Answer whether what is booked is not what the first ones of the steps of a kind book."""
    found = Counter(booked)
    first = [(step.amount or ZERO, step.at) for step in steps if step.step is kind][: found.total()]
    return found != Counter(first)


def _sum(steps: list[BulkStep], kind: Step) -> Decimal:
    return sum((step.amount or ZERO for step in steps if step.step is kind), ZERO)


def unrefund(order: Order, label: str) -> Order:
    """Let an order be refunded in full no longer, on the day it was, because more was captured or less given back."""
    if order.refunded_at is None or not order.captured_amount:
        return order
    order, items = lock_order(order)
    assert order.refunded_at is not None
    change = Change(order, items, at=order.refunded_at, actor=None, source=label)
    effect = unrefunded_effect(
        order.status,
        is_completed=order.completed_at is not None,
        is_shipped=order.shipped_at is not None,
        is_delivered=order.delivered_at is not None,
    )
    order.refunded_at = None
    change.apply(effect)
    change.record(OrderEvent.Kind.REOPENED)
    return order


def _set(order: Order, step: BulkStep, effect: Effect, kind: str, label: str) -> Order:
    """Take a step that the source has taken whether or not a person could take it here."""
    order, items = lock_order(order)
    change = Change(order, items, at=step.at, actor=None, source=label)
    change.apply(effect)
    change.record(kind)
    return order
