"""Bringing an order to a state that somebody names."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict
from orders.actions.change import lock_order
from orders.actions.fulfilment import cancel_order, deliver_order, expire_order, process_order
from orders.actions.payments import authorize_payment, mark_paid, refuse_payment
from orders.actions.shipping import NO_TRACKING, Tracking, ship_order
from orders.lifecycle import TARGET_STEPS, Step
from orders.models import Order

ACTIONS: dict[Step, Callable[..., Order]] = {
    Step.AUTHORIZE: authorize_payment,
    Step.PAY: mark_paid,
    Step.PROCESS: process_order,
    Step.SHIP: ship_order,
    Step.DELIVER: deliver_order,
    Step.CANCEL: cancel_order,
    Step.EXPIRE: expire_order,
    Step.REFUSE: refuse_payment,
}
STATUS_STEPS = {**TARGET_STEPS, Order.Status.EXPIRED.value: Step.EXPIRE}
PAYMENT_STEPS = {
    Order.PaymentStatus.AUTHORIZED.value: Step.AUTHORIZE,
    Order.PaymentStatus.PAID.value: Step.PAY,
    Order.PaymentStatus.FAILED.value: Step.REFUSE,
}


@transaction.atomic
def bring_to_status(
    *,
    order: Order,
    status: str,
    tracking: Tracking = NO_TRACKING,
    version: int | None = None,
    actor: User | None,
) -> Order:
    """Do what leads an order to `status`. Raises Conflict naming both states if there is no way from where it is.

    `tracking` is of what is shipped by it. `version` is the one somebody saw: Conflict if the order has changed since.
    """
    locked, _ = lock_order(order, version)
    if status == Order.Status.SHIPPED and locked.status == Order.Status.PROCESSING:
        return ship_order(order=order, tracking=tracking, actor=actor)
    return _act(order, STATUS_STEPS.get(status), locked.status, status, actor)


@transaction.atomic
def bring_to_payment_status(*, order: Order, status: str, version: int | None = None, actor: User | None) -> Order:
    """Do what leads an order's payment to `status` (AUTHORIZED, PAID, FAILED). Raises as `bring_to_status` does."""
    locked, _ = lock_order(order, version)
    return _act(order, PAYMENT_STEPS.get(status), locked.payment_status, status, actor)


def _act(order: Order, step: Step | None, now: str, goal: str, actor: User | None) -> Order:
    if step is None:
        follows = {
            "REFUNDED": gettext("a refund"),
            "PARTIALLY_REFUNDED": gettext("a refund"),
            "PARTIALLY_PAID": gettext("a payment"),
        }.get(goal)
        how = gettext(" by being told so: it follows {event}").format(event=follows) if follows else ""
        raise Conflict(
            gettext("An order that is {status} cannot become {goal}{hint}.").format(
                status=gettext(now), goal=gettext(goal), hint=how
            )
        )
    return ACTIONS[step](order=order, actor=actor)
