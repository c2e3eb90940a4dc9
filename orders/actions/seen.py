"""Refunds by somebody who looks at a page: what they saw must still hold."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from customers.models import User
from dealport.kit.errors import Conflict
from orders.actions.refunds import refund_order
from orders.models import Order, Refund


@transaction.atomic
def refund_order_as_seen(*, order: Order, version: int, actor: User | None, **request: Any) -> Refund | None:
    """Refund an order (see `refund_order`) unless it has moved on since `version`.

    A form that is sent twice refunds once. Raises Conflict for another version, and what `refund_order` raises.
    """
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    if locked.version != version:
        raise Conflict("This order has changed since the page was opened; look at it again.")
    return refund_order(order=locked, actor=actor, **request)
