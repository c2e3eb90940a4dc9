"""What an order follows of its source besides lines and money: addresses, payment terms, due date, notes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.models import User
from dealport.kit.values import FieldValues
from orders.actions.change import Change, lock_order
from orders.models import Order, OrderEvent
from orders.signals import order_facts_changed

WORDS = {
    "shipping_address": "shipping address",
    "billing_address": "billing address",
    "country": "country",
    "payment_terms": "payment terms",
    "due_on": "due date",
    "notes": "notes",
}
PERSONAL = ("shipping_address", "billing_address", "notes")
"""What the history names without its values."""


@transaction.atomic
def follow_details(*, order: Order, values: FieldValues, at: datetime, actor: User | None, source: str = "") -> Order:
    """Replace what `values` names of the fields of WORDS, as the order's source has them at `at`; no money moves.

    Everything an order ever moved counts under its new country; a payment is awaited as the new terms ask. The same
    values change nothing. Returns the order.
    """
    order, items = lock_order(order)
    before = {name: getattr(order, name) for name, value in values.items() if getattr(order, name) != value}
    if not before:
        return order
    change, facts = Change(order, items, at=at, actor=actor, source=source), order.facts
    for name in before:
        setattr(order, name, values[name])
    change.saved = (*Order.CHANGED_BY_STEPS, *before)
    if "payment_terms" in before:
        change.follow_terms()
    change.record(
        OrderEvent.Kind.EDITED, "; ".join(_described(name, was, values[name]) for name, was in before.items())
    )
    if order.facts != facts:
        order_facts_changed.send(Order, order=order, before=facts)
    return order


def _described(name: str, was: object, now: object) -> str:
    return WORDS[name] if name in PERSONAL else f"{WORDS[name]} {was or '—'} → {now or '—'}"
