"""Every write of the orders house: verbs, keyword-only, one transaction each, `actor` explicit.

`actor` is the account of the person, or None for the shopper and the system; `source` then says which part.
"""

from orders.actions.fulfilment import cancel_order, deliver_order, expire_order, expire_unpaid, ship_order
from orders.actions.payments import mark_paid, refuse_payment
from orders.actions.placing import ItemRequest, place_order
from orders.actions.refunds import refund_order

__all__ = [
    "ItemRequest",
    "cancel_order",
    "deliver_order",
    "expire_order",
    "expire_unpaid",
    "mark_paid",
    "place_order",
    "refund_order",
    "refuse_payment",
    "ship_order",
]
