"""Orders that a system sends by itself: who it is, and what became of each of its orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from rest_framework.exceptions import ParseError, ValidationError

from customers.auditing import record
from customers.models import Store, User
from dealport.kit.errors import Conflict
from dealport.kit.rest.parsers import JSONParser, check_size
from orders.models import Connection
from orders.sources.single import Applied, Result, apply_source_order
from orders.sources.stated import read_stated

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
REASON_CHARACTERS = 500
MOST_ORDERS = 250
CONTAINERS_PER_ORDER = 1_500
"""Objects and arrays: an order of 500 lines has about 550."""


class SyncParser(JSONParser):
    """Reads a request of many orders: DEALPORT_SYNC_BODY_BYTES in all, values and depth counted for each order."""

    def most_bytes(self) -> int:
        """Return how large a body may be."""
        return int(settings.DEALPORT_SYNC_BODY_BYTES)

    def most_containers(self) -> int:
        """Return how many objects and arrays all orders may have."""
        return MOST_ORDERS * CONTAINERS_PER_ORDER

    def check(self, content: Any) -> None:
        """Raise ParseError for an order of too many values or too much depth, or too many orders."""
        orders = content.get("orders") if isinstance(content, dict) else None
        if not isinstance(orders, list):
            super().check(content)
            return
        if len(orders) > MOST_ORDERS:
            raise ParseError(f"A request takes at most {MOST_ORDERS} orders.")
        super().check({name: value for name, value in content.items() if name != "orders"})
        for order in orders:
            check_size(order, int(settings.DEALPORT_JSON_VALUES))


@dataclass(frozen=True)
class Synced:
    """What became of one order of a request."""

    external_id: str
    applied: Applied


def api_connection(store: Store, source: str, *, actor: User | None) -> Connection:
    """Return the connection of a system that sends its orders itself; the first order makes it.

    Raises Conflict where the store follows a source of that name already, or when the store is closed.
    """
    if not store.is_active:
        raise Conflict("This store is closed.")
    followed = Connection.objects.filter(store=store).exclude(state=Connection.State.DISCONNECTED)
    if followed.filter(kind=source).exists():
        raise Conflict(f"This store is connected with {source} already. Disconnect it first, or use another name.")
    values = {"store": store, "kind": Connection.Kind.API, "address": source}
    known = followed.filter(**values).first()
    if known is not None and known.state == Connection.State.PAUSED:
        raise Conflict("This connection is paused. Resume it before sending orders.")
    if known is not None:
        return known
    try:
        with transaction.atomic():
            # it sends its orders itself: it is never asked
            made = Connection.objects.create(**values, next_poll_at=NEVER)
            record("connected", made, after={"source": source}, actor=actor)
    except IntegrityError:
        return followed.get(**values)
    return made


def sync_orders(connection: Connection, orders: list[Any]) -> Iterator[Synced]:
    """Apply orders as they are stated, each in a transaction of its own; a refused one keeps no other back.

    Raises StoreBusy while a file is imported: what was applied before stays, and sent again it changes nothing.
    """
    for content in orders:
        found = content.get("externalId") if isinstance(content, dict) else None
        external_id = found[:100] if isinstance(found, str) else ""
        try:
            order = read_stated(content, source=connection.address, currency=connection.store.currency)
        except ValidationError as error:
            yield Synced(external_id, Applied(Result.REFUSED, reason=said(error.detail)[:REASON_CHARACTERS]))
        else:
            yield Synced(external_id, apply_source_order(connection.store, order, connection=connection))


def said(detail: object, path: str = "") -> str:
    """Return what is wrong as text: `lines.0.quantity: Enter …`."""
    if isinstance(detail, dict):
        parts = [said(inner, name if not path else f"{path}.{name}") for name, inner in detail.items()]
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        parts = [said(inner, f"{path}.{index}") for index, inner in enumerate(detail) if inner]
    else:
        texts = " ".join(map(str, detail)) if isinstance(detail, list) else str(detail)
        parts = [f"{path}: {texts}" if path and path != "nonFieldErrors" else texts]
    return " ".join(filter(None, parts))
