"""Orders that a system sends by itself: who it is, and what became of each of its orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.exceptions import ValidationError

from customers.auditing import record
from customers.models import Store, User
from dealport.kit.errors import Conflict
from orders.models import Connection
from orders.sources.single import Applied, Result, apply_source_order
from orders.sources.stated import read_stated

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
REASON_CHARACTERS = 500


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
    if known is not None:
        return known
    try:
        with transaction.atomic():
            # it sends its orders itself: it is never asked
            made = Connection.objects.create(**values, next_poll_at=NEVER, retry_at=NEVER)
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


def said(detail: Any, path: str = "") -> str:
    """Return what is wrong as text: `lines.0.quantity: Enter …`."""
    if isinstance(detail, dict):
        parts = [said(inner, name if not path else f"{path}.{name}") for name, inner in detail.items()]
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        parts = [said(inner, f"{path}.{index}") for index, inner in enumerate(detail) if inner]
    else:
        texts = " ".join(map(str, detail)) if isinstance(detail, list) else str(detail)
        parts = [f"{path}: {texts}" if path and path != "nonFieldErrors" else texts]
    return " ".join(filter(None, parts))
