"""Correcting how an order ended, or what was said of its payment, as its source states it now; no money moves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.models import User
from dealport.kit.history import permitted
from orders.actions.change import Change, lock_order, open_pending
from orders.lifecycle import EXPIRED, PENDING, Effect
from orders.models import Order, OrderEvent, Transaction

PAYMENT = Order.PaymentStatus


@transaction.atomic
def correct_cancellation(
    *, order: Order, canceled_at: datetime, at: datetime, actor: User | None, source: str = ""
) -> Order:
    """Give a canceled order the moment of its cancellation that its source states at `at`. Returns the order."""
    order, items = lock_order(order)
    change = Change(order, items, at=at, actor=actor, source=source)
    before = f"{order.canceled_at:%Y-%m-%d %H:%M}" if order.canceled_at else "—"
    order.canceled_at = canceled_at
    change.record(OrderEvent.Kind.EDITED, f"canceled at {before} → {canceled_at:%Y-%m-%d %H:%M} UTC")
    return order


@transaction.atomic
def withdraw_authorization(*, order: Order, at: datetime, actor: User | None, source: str = "") -> Order:
    """Take back that an order's payment is authorized, which its source states no more. Returns the order."""
    order, items = lock_order(order)
    change = Change(order, items, at=at, actor=actor, source=source)
    change.apply(Effect(payment=PAYMENT.PENDING))
    change.record(OrderEvent.Kind.EDITED, "payment no longer authorized at the source")
    return order


@transaction.atomic
def withdraw_refusal(*, order: Order, actor: User | None, source: str = "") -> Order:
    """Undo the refusal of an order's payment, at its moment: one that expired by it is pending again.

    Returns the order.
    """
    order, items = lock_order(order)
    refused = order.transactions.filter(kind=Transaction.Kind.PAYMENT, status=Transaction.Status.REFUSED)
    at = order.expired_at or max(refused.values_list("created_at", flat=True), default=order.last_updated_at)
    is_ended = order.status == EXPIRED
    change = Change(order, items, at=at, actor=actor, source=source)
    with permitted("withdraw money"):
        refused.update(status=Transaction.Status.CANCELED)
    order.expired_at = None
    change.apply(Effect(to=PENDING if is_ended else None, payment=PAYMENT.PENDING, holds_coupon=is_ended))
    change.record(OrderEvent.Kind.REOPENED, "refusal of the payment no longer stated by the source")
    if is_ended and order.payment_terms == Order.Terms.PREPAID:
        open_pending(order, change.at)
    return order
