"""What happened to an order, in plain words, newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from django.utils.translation import gettext

from customers.auditing import history_of
from customers.models import AuditEntry
from dealport.kit.formats import money_text
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.models import Order, OrderEvent

SHOWN = 100
"""Entries of the page; all are in the order's history."""
Kind = OrderEvent.Kind
WORDS = {
    Kind.PLACED: _("Order placed"),
    Kind.PAID: _("Payment received"),
    Kind.PROCESSED: _("Processing started"),
    Kind.PARTLY_SHIPPED: _("Shipped in part"),
}
WITH_AMOUNT: dict[str, Callable[[str], str]] = {
    Kind.PAID: _("{} paid").format,
    Kind.REFUNDED: _("{} refunded").format,
    Kind.CANCELED: _("Canceled, {} refunded").format,
}
"""Kinds that say how much money they moved."""
AMOUNTS = {
    "discount": _("discount"),
    "taxAmount": _("tax"),
    "shippingFee": _("shipping fee"),
    "tip": _("tip"),
    "totalAmount": _("total"),
}
"""Amounts of an order that edits change, as `OrderEdit.changes` names them."""


@dataclass(frozen=True)
class Moment:
    """One line: when, what, who ("" for the store's customer or a program), and what was said about it."""

    at: datetime
    text: str
    who: str
    note: str = ""


def timeline(order: Order) -> list[Moment]:
    """Return the steps of the order's life and the other changes; two statements."""
    events = OrderEvent.objects.filter(order=order).select_related("edit").order_by("-id")[:SHOWN]
    moments = [_of_event(event, order.currency) for event in events]
    moments += [moment_of_change(entry) for entry in history_of(order)[:SHOWN]]
    return sorted(moments, key=attrgetter("at"), reverse=True)[:SHOWN]


def _of_event(event: OrderEvent, currency: str) -> Moment:
    kind = Kind(event.kind)
    text = str(WORDS.get(kind, "")) or gettext(kind.label)
    if event.amount and kind in WITH_AMOUNT:
        text = WITH_AMOUNT[kind](money_text(abs(event.amount), currency))
    edit = getattr(event, "edit", None)
    note = "; ".join(filter(None, [edit_text(edit.changes, currency), edit.reason])) if edit else event.note
    return Moment(event.at, text, event.actor_label, note)


def edit_text(changes: FieldValues, currency: str) -> str:
    """Return what an edit changed in words: `Mug 2 → 3; shipping fee £5.00 → £0.00`."""
    texts = [f"{line['name']} {line['before']} → {line['after']}" for line in changes["lines"]]
    for name, words in AMOUNTS.items():
        if name in changes:
            before, after = (money_text(Decimal(amount), currency) for amount in changes[name])
            texts.append(f"{words} {before} → {after}")
    return "; ".join(texts)


def moment_of_change(entry: AuditEntry) -> Moment:
    """Return an entry of the audit trail as a line."""
    text = gettext(entry.action).replace("_", " ").capitalize()
    if entry.action == "changed":
        fields = ", ".join(gettext(name.replace("_", " ")) for name in entry.changes)
        text = gettext("{fields} changed").format(fields=fields.capitalize())
    return Moment(entry.at, text, entry.actor_label or "")
