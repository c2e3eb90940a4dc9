"""The orders from before the connection: a bulk operation in Shopify, page by page in WooCommerce.

Whatever stops it half-way is no harm: orders that are here are not made twice, and it goes on where it was.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from customers.models import Store
from dealport.kit import outbound
from dealport.kit.values import Json
from orders.bulk import OrderWriter
from orders.connections.access import source_of
from orders.connections.polling import fetch_later, in_batches
from orders.connections.problems import SourceAway
from orders.connections.shopify import ShopifySource, read_node
from orders.connections.summaries import OrderSummary
from orders.importing.documents import DoubledId, grouped_nodes
from orders.models import Connection
from orders.sources.description import SourceOrder
from orders.sources.loading import SourceLoader
from orders.sources.single import lock_out_single_orders

DOWNLOAD_SECONDS, DOWNLOAD_BYTES = 40 * 60.0, 20 * 1024**3
BATCH = 250
LEASE = timedelta(minutes=45)
Backfill = Connection.Backfill


def first_moment(connection: Connection) -> datetime:
    """Return the beginning of what is to be brought: of `sync_from` in the store, or as far back as it can read."""
    start = datetime.combine(connection.sync_from or connection.created_at.date(), time(), connection.store.zone)
    if connection.reads_days is None:
        return start
    return max(start, timezone.now() - timedelta(days=connection.reads_days))


def go_on(connection: Connection) -> int:
    """Take the next step of a backfill unless another worker is at it; return how many orders came with it.

    Raises SourceProblem.
    """
    now = timezone.now()
    free = Q(backfill_until=None) | Q(backfill_until__lt=now)
    asked = Connection.objects.filter(free, pk=connection.pk, backfill__in=(Backfill.REQUESTED, Backfill.RUNNING))
    if not asked.update(backfill_until=now + LEASE):
        return 0
    connection.refresh_from_db(fields=["backfill", "backfill_job", "backfill_orders", "sync_from"])
    try:
        return _step(connection)
    finally:
        Connection.objects.filter(pk=connection.pk).update(backfill_until=None)


def seconds_since_progress() -> float:
    """Return how many seconds ago a running backfill last showed progress, infinity while none runs."""
    until = Connection.objects.aggregate(until=Max("backfill_until"))["until"]
    return max((timezone.now() - (until - LEASE)).total_seconds(), 0.0) if until else float("inf")


def _step(connection: Connection) -> int:
    source = source_of(connection)
    if not isinstance(source, ShopifySource):
        return _by_pages(connection)
    if connection.backfill == Backfill.REQUESTED:
        _set(connection, backfill_job=source.start_bulk(first_moment(connection)), backfill=Backfill.RUNNING)
        return 0
    try:
        url = source.bulk_url(connection.backfill_job)
        if url is None:
            return 0
        count = _by_bulk(connection, url) if url else 0
    except SourceAway:
        _set(connection, backfill=Backfill.REQUESTED)
        raise
    _set(connection, backfill=Backfill.DONE)
    return count


def _by_bulk(connection: Connection, url: str) -> int:
    with tempfile.TemporaryFile() as file:
        try:
            outbound.download(url, file, seconds=DOWNLOAD_SECONDS, most_bytes=DOWNLOAD_BYTES)
        except (outbound.Unreachable, outbound.AddressRefused) as error:
            raise SourceAway(f"The result of the bulk operation could not be read. {error}") from None
        file.seek(0)
        count = 0
        try:
            for nodes in in_batches(grouped_nodes(_rows(file)), BATCH):
                count += _apply(connection, nodes)
                _set(connection, backfill_orders=count)
        except DoubledId as error:
            raise SourceAway(f"{error} comes twice in the bulk operation: it starts again.") from None
    return count


def _apply(connection: Connection, nodes: list[Json]) -> int:
    """Write orders at once; those with refunds or payment terms, whose lists a bulk operation has not, one by one."""
    plain: list[SourceOrder] = []
    later: list[OrderSummary] = []
    for node in nodes:
        lines = [child for child in node["children"] if "/LineItem/" in child["id"]]
        order = read_node({**node, "refunds": []}, lines)
        if node.get("refunds") or node.get("paymentTerms") or order.currency != connection.store.currency:
            later.append(_summary(order))
        else:
            plain.append(order)
    with transaction.atomic():
        store = Store.objects.select_for_update(no_key=True).get(pk=connection.store_id)
        if not store.is_active:
            raise StoreClosed("The store is closed. Open it to go on with the orders from before.")
        lock_out_single_orders(store)
        with OrderWriter(store) as writer:
            loader = SourceLoader(store, writer, timezone.now(), connection.kind, connection)
            for order in plain:
                loader.add(order)
            loader.finish()
    fetch_later(connection, later, topic="backfill")
    return len(nodes)


class StoreClosed(SourceAway):
    """Nothing is wrong at the source: the store here takes no orders now."""


def _by_pages(connection: Connection) -> int:
    start, count = first_moment(connection), 0
    if connection.backfill == Backfill.RUNNING and connection.backfill_job:
        start, count = datetime.fromisoformat(connection.backfill_job), connection.backfill_orders
    _set(connection, backfill=Backfill.RUNNING)
    for part in in_batches(source_of(connection).placed(start, timezone.now()), BATCH):
        fetch_later(connection, part, topic="backfill")
        count += len(part)
        _set(connection, backfill_job=part[-1].placed_at.isoformat(), backfill_orders=count)
    _set(connection, backfill=Backfill.DONE)
    return count


def _summary(order: SourceOrder) -> OrderSummary:
    return OrderSummary(order.external_id, order.placed_at, order.updated_at or order.placed_at, order.received)


def _rows(file: IO[bytes]) -> Iterator[tuple[str, int, str, str]]:
    """Yield parent, line, id and text of the objects, one a line."""
    for number, row in enumerate(file, 1):
        try:
            node = json.loads(row)
            yield node.get("__parentId", ""), number, node.get("id", ""), row.decode()
        except (ValueError, AttributeError):
            raise SourceAway(f"Line {number} of the bulk operation is damaged: it starts again.") from None


def _set(connection: Connection, **values: Any) -> None:
    """Write what is reached, and that the worker lives."""
    values["backfill_until"] = timezone.now() + LEASE
    for name, value in values.items():
        setattr(connection, name, value)
    Connection.objects.filter(pk=connection.pk).update(**values)
