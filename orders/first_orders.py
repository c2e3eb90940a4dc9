"""Which order is its customer's first: the earliest by `placed_at`, of two at one moment the one written first.

`Order.is_first` says so, and changes when an earlier order arrives late or customers are merged. It is decided while
the customer's row is locked, so that of two orders placed at once one is first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import ParamSpec

from django.db import connection
from django.db.models import Q

from customers.models import Customer, Store
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import around
from orders.models import Order
from orders.signals import first_orders_changed

CUSTOMER_TYPE = (
    "CASE WHEN o.customer_id IS NULL THEN 'guest' WHEN EXISTS (SELECT FROM orders_order earlier "
    "WHERE earlier.customer_id = o.customer_id AND (earlier.placed_at, earlier.id) < (o.placed_at, o.id)) "
    "THEN 'returning' ELSE 'new' END"
)
"""SQL of the type of the customer of an order `o`, from all orders of the customer."""
MARKED_TYPE = "CASE WHEN o.customer_id IS NULL THEN 'guest' WHEN o.is_first THEN 'new' ELSE 'returning' END"
"""The same by the mark. The count of orders placed is of the other: a mark that is wrong makes buckets differ."""
AT_ONCE = 10_000
_CORRECT = """
UPDATE orders_order AS o SET is_first = ranked.is_first
FROM (
    SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY placed_at, id) = 1 AS is_first
    FROM orders_order WHERE customer_id = ANY(%s)
) AS ranked
WHERE o.id = ranked.id AND o.is_first <> ranked.is_first RETURNING o.id
"""
_MARK = f"""
UPDATE orders_order AS o SET is_first = NOT o.is_first
WHERE o.store_id = %(store)s AND {around("o.placed_at", "first", "last")} AND o.customer_id IS NOT NULL
    AND o.is_first = EXISTS (
        SELECT 1 FROM orders_order earlier
        WHERE earlier.customer_id = o.customer_id AND (earlier.placed_at, earlier.id) < (o.placed_at, o.id)
    )
"""


class FirstOrderRaced(Exception):
    """A later order of the customer was placed meanwhile and counts as the first, and is not locked."""


P = ParamSpec("P")
TRIES = 3


def again_when_raced(place: Callable[P, Order]) -> Callable[P, Order]:
    """Let an action that places an order begin anew, what it locked released, when it met FirstOrderRaced."""

    @wraps(place)
    def placed(*args: P.args, **kwargs: P.kwargs) -> Order:
        for _ in range(TRIES - 1):
            try:
                return place(*args, **kwargs)
            except FirstOrderRaced:
                customer = kwargs["customer"]
                assert isinstance(customer, Customer)
                customer.refresh_from_db(fields=["total_orders", "last_order_at"])
        return place(*args, **kwargs)

    return placed


def lock_former_first(customer: Customer | None, at: datetime) -> set[int]:
    """Lock the order that one placed in the past may take the place of, and return it.

    Everybody locks orders before customers.
    """
    if customer is None or customer.last_order_at is None or at >= customer.last_order_at:
        return set()
    former = Order.objects.select_for_update(no_key=True).filter(customer=customer, is_first=True)
    return set(former.values_list("pk", flat=True))


def settle_first_order(order: Order, orders: int, last_order_at: datetime | None, locked: set[int]) -> None:
    """Decide whether an order that no figure knows yet is its customer's first, and which one is not any more.

    `orders` and `last_order_at` are the customer's with it, read under the customer's lock; `locked` is what
    `lock_former_first` returned. Without an order of the past and a race this is no statement. Raises FirstOrderRaced.
    """
    assert order.customer_id is not None
    if orders > 1 and last_order_at != order.placed_at:
        first = Order.objects.filter(customer=order.customer_id, is_first=True).exclude(pk__in={order.pk, *locked})
        later = Q(placed_at__gt=order.placed_at) | Q(placed_at=order.placed_at, pk__gt=order.pk)
        if first.filter(later).exists():
            raise FirstOrderRaced
        changed = correct_first_orders([order.customer_id])
        order.is_first = (order.pk in changed) != order.is_first
        announce_changed(order.store_id, changed - {order.pk})
    elif order.is_first != (orders == 1):
        order.is_first = orders == 1
        Order.objects.filter(pk=order.pk).update(is_first=order.is_first)


def correct_first_orders(customer_ids: Iterable[int]) -> set[int]:
    """Mark the first order of each customer, and no other; return the orders whose mark was wrong."""
    ids = sorted(customer_ids)
    changed: set[int] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(ids), AT_ONCE):
            cursor.execute(_CORRECT, [ids[start : start + AT_ONCE]])
            changed |= {pk for (pk,) in cursor.fetchall()}
    return changed


def announce_changed(store_id: int, order_ids: Iterable[int]) -> None:
    """Send which orders became, or are no longer, their customer's first; their rows say which."""
    ids = sorted(order_ids)
    if ids:
        first_orders_changed.send(Order, store_id=store_id, order_ids=ids)


def mark_placed(store: Store, days: DayRange) -> int:
    """Mark the first orders placed on these local days (and a little around them), and no others.

    In the caller's transaction, before the figures of these days are recounted; again marks nothing. Returns how many
    marks were wrong.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"store": store.pk, "first": days.first, "last": days.last})
        return int(cursor.rowcount)
