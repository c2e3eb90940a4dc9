"""Processing, delivery, cancellation and expiry."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers.models import User
from orders.actions.change import Change, effect_or_conflict, lock_order
from orders.actions.refunds import give_back
from orders.lifecycle import Step
from orders.models import Fulfillment, Order, OrderEvent, Refund
from orders.pricing import ZERO

EXPIRY_BATCH = 500


def process_order(*, order: Order, at: datetime | None = None, actor: User | None) -> Order:
    """Take up a pending order that is paid, authorized, or due on delivery or by invoice; no money moves.

    Raises Conflict naming both states.
    """
    return _move(Step.PROCESS, OrderEvent.Kind.PROCESSED, order, at, actor)


@transaction.atomic
def deliver_order(*, order: Order, at: datetime | None = None, actor: User | None) -> Order:
    """Mark a shipped order as delivered, all its parcels with it. Raises Conflict naming both states."""
    order = _move(Step.DELIVER, OrderEvent.Kind.DELIVERED, order, at, actor)
    Fulfillment.objects.filter(order=order, delivered_at__isnull=True).update(delivered_at=order.delivered_at)
    return order


def expire_order(*, order: Order, at: datetime | None = None, actor: User | None, source: str = "") -> Order:
    """Expire a pending order; stock and coupon use are given back. Raises Conflict naming both states."""
    return _move(Step.EXPIRE, OrderEvent.Kind.EXPIRED, order, at, actor, source)


@transaction.atomic
def _move(step: Step, kind: str, order: Order, at: datetime | None, actor: User | None, source: str = "") -> Order:
    order, items = lock_order(order)
    effect = effect_or_conflict(step, order)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    change.apply(effect)
    change.record(kind)
    return order


@transaction.atomic
def cancel_order(
    *,
    order: Order,
    reason: str = "",
    keeps_money: bool = False,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Order:
    """Cancel an order that has not been shipped; whatever was paid is refunded unless it `keeps_money`. Stock returns.

    Raises Conflict naming both states otherwise.
    """
    at = at or timezone.now()
    order, items = lock_order(order)
    effect = effect_or_conflict(Step.CANCEL, order)
    change = Change(order, items, at=at, actor=actor, source=source)
    is_paid = order.is_completed or order.sales > 0
    change.apply(effect)
    if is_paid and not keeps_money:
        refund = Refund(
            store_id=order.store_id,
            order=order,
            amount=ZERO,
            currency=order.currency,
            reason=reason or "order canceled",
            restock=True,
            created_at=at,
            created_by=actor,
        )
        give_back(change, refund)
    change.record(OrderEvent.Kind.CANCELED, reason)
    return order


def expire_unpaid(*, now: datetime | None = None) -> int:
    """Expire up to EXPIRY_BATCH prepaid orders that stayed unpaid for DEALPORT_UNPAID_EXPIRY_HOURS; return how many.

    Each order is its own transaction (two orders in one would lock products out of order); a row that another
    worker holds or has settled is skipped.
    """
    limit = (now or timezone.now()) - timedelta(hours=settings.DEALPORT_UNPAID_EXPIRY_HOURS)
    overdue = Order.objects.unpaid_since(limit)
    expired = 0
    for pk in list(overdue.order_by("placed_at").values_list("pk", flat=True)[:EXPIRY_BATCH]):
        with transaction.atomic():
            order = overdue.filter(pk=pk).select_for_update(skip_locked=True, no_key=True).first()
            if order is not None:
                expire_order(order=order, at=now, actor=None, source="expiry")
                expired += 1
    return expired
