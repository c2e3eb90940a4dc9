"""What changed at the source since the last look: orders that are not here in that state are fetched like a webhook's.

The cursor is the source's own clock, so that it matters neither how far the two clocks are apart nor how long a look
takes. Each look goes back OVERLAP: a search may show a change later than it happened. Sources state changes to the
second: an order that was read within SETTLED_AFTER of its change is read once more, for a second change of that second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from django.utils import timezone

from orders.connections.access import source_of
from orders.connections.receiving import ORDER, wake
from orders.connections.summaries import OrderSummary
from orders.models import Connection, SourceEvent, SourceRecord

OVERLAP = timedelta(minutes=5)
BATCH = 100
SECOND = "%Y%m%dT%H%M%S"
T = TypeVar("T")


def poll(connection: Connection) -> int:
    """Store an event for every order that changed and is not here like that; return how many.

    The first look asks what the connection may read and how far back.
    """
    source = source_of(connection)
    if not connection.scopes:
        try:
            source.check()
        finally:
            found = {"scopes": connection.scopes, "reads_days": connection.reads_days}
            Connection.objects.filter(pk=connection.pk).update(**found)
    cursor = connection.poll_cursor or connection.created_at
    count = 0
    for part in in_batches(source.changed(cursor - OVERLAP), BATCH):
        count += fetch_later(connection, part, topic="poll")
        cursor = max(cursor, part[-1].updated_at)
        Connection.objects.filter(pk=connection.pk).update(poll_cursor=cursor)
    Connection.objects.filter(pk=connection.pk).update(poll_cursor=cursor, last_poll_at=timezone.now())
    return count


def fetch_later(connection: Connection, orders: list[OrderSummary], *, topic: str) -> int:
    """Store an event for each of the orders that is not here as it is at the source; return how many there are.

    One order in one state is one event, whoever finds it how often: what cannot be applied is parked once. One that is
    read again is one event for each time it was read.
    """
    known = _known(connection, orders)
    rows = []
    for order in orders:
        delivery, record = f"{topic}:{order.external_id}:{order.updated_at:{SECOND}}", known.get(order.external_id)
        if _is_current(record, order):
            if record is None or record.is_settled:
                continue
            delivery += f":{record.read_at:{SECOND}}"
        subject = f"{ORDER}:{order.external_id}"
        rows.append(SourceEvent(connection=connection, delivery_id=delivery, topic=topic, subject=subject))
    SourceEvent.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        wake(connection)
    return len(rows)


def not_current(connection: Connection, orders: list[OrderSummary]) -> list[OrderSummary]:
    """Return the orders that are not here, or in an older state (index orders_source_once_per_store)."""
    known = _known(connection, orders)
    return [order for order in orders if not _is_current(known.get(order.external_id), order)]


def _known(connection: Connection, orders: list[OrderSummary]) -> dict[str, SourceRecord]:
    ids = [order.external_id for order in orders]
    records = SourceRecord.objects.filter(store=connection.store_id, source=connection.kind, external_id__in=ids)
    return {record.external_id: record for record in records.defer("details")}


def _is_current(record: SourceRecord | None, order: OrderSummary) -> bool:
    return record is not None and record.updated_at is not None and record.updated_at >= order.updated_at


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
