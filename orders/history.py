"""The history of an order: the steps of its life and the other changes, as one list."""

from __future__ import annotations

from operator import attrgetter

from customers.auditing import history_of
from customers.models import AuditEntry
from dealport.kit.money import in_currency
from orders.models import Order, OrderEvent


def order_history(order: Order) -> list[AuditEntry]:
    """Return the audit entries of an order and its events in the same form (not saved), newest first."""
    events = [
        _as_entry(event, order.store.currency) for event in OrderEvent.objects.filter(order=order).order_by("-id")
    ]
    return sorted([*history_of(order), *events], key=attrgetter("at"), reverse=True)


def _as_entry(event: OrderEvent, currency: str) -> AuditEntry:
    changes = {
        "status": [event.from_status or None, event.to_status],
        "payment_status": [event.from_payment_status or None, event.to_payment_status],
    }
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if event.amount:
        changes["sales"] = [None, f"{in_currency(event.amount, currency):+}"]
    if event.note:
        changes["note"] = [None, event.note]
    return AuditEntry(
        at=event.at,
        object_type=Order._meta.label_lower,
        action=event.kind,
        actor_id=event.actor_id,
        actor_label=event.actor_label,
        surface="",
        changes=changes,
    )
