"""What staff write down about an order."""

from __future__ import annotations

from django.db import transaction

from customers.models import User
from orders.models import Order


@transaction.atomic
def change_notes(*, order: Order, notes: str, actor: User | None) -> None:
    """Replace an order's notes. Nothing else of it moves."""
    Order.objects.filter(pk=order.pk).update(notes=notes)
