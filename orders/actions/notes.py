"""What staff write down about an order."""

from __future__ import annotations

from django.db import transaction

from customers.auditing import record
from customers.models import User
from orders.models import Order


@transaction.atomic
def change_notes(*, order: Order, notes: str, actor: User | None) -> None:
    """Replace an order's notes. Nothing else of it moves."""
    row = Order.objects.select_for_update(no_key=True).only("notes", "number", "store").get(pk=order.pk)
    before = row.notes
    Order.objects.filter(pk=row.pk).update(notes=notes)
    record("notes changed", row, before={"notes": before}, after={"notes": notes}, actor=actor)
