"""Who changes an order: its store, or the source that keeps it up to date."""

from __future__ import annotations

from django.utils.translation import gettext

from dealport.kit.errors import Conflict
from orders.models import Order, SourceRecord


def source_of(order: Order) -> SourceRecord | None:
    """Return the source that keeps the order up to date, None where the store itself does."""
    if not order.is_imported:
        return None
    record = SourceRecord.objects.select_related("connection").filter(order=order).first()
    return record if record is not None and record.is_kept else None


def require_ours(order: Order) -> None:
    """Raise Conflict naming the source for an order that its source keeps up to date; notes and tags stay ours."""
    record = source_of(order)
    if record is not None:
        name = record.source_name
        raise Conflict(
            gettext("This order is kept in {name}. Change it there: {place}.").format(
                name=name, place=record.url or name
            )
        )
