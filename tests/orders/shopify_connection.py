"""What tests of a connection to Shopify share: an order's life there, its webhooks, what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from django.test import Client

from customers.models import Store
from dealport.kit import secrets
from orders.models import (
    Connection,
    SourceEvent,
)
from tests.shopify_orders import Life
from tests.shopify_server import CLIENT_ID, CLIENT_SECRET, Shopify, signed

PLACED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = PLACED + timedelta(hours=3)
WHOLE = Life(
    "820001",
    PLACED,
    lines=(("Mug", D("12.00"), 2, "MUG"), ("Pot", D("30.00"), 1, "POT")),
    paid=((PLACED + timedelta(minutes=5), D("54.00")),),
    refunds=((LATER, D("12.00"), ((0, 1, D("12.00")),)),),
    shipped=PLACED + timedelta(hours=2),
    email="pat@example.com",
)
CREDENTIALS = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}


def connected(store: Store, shop: Shopify) -> Connection:
    """Return a connection that reads from the day of PLACED on."""
    return Connection.objects.create(
        store=store,
        kind="shopify",
        address=shop.url,
        credentials=secrets.seal(CREDENTIALS),
        sync_from=PLACED.date(),
        created_at=PLACED - timedelta(days=1),
    )


def send(connection: Connection, topic: str, content: Any, **options: Any) -> Any:
    return Client().post(f"/api/v1/connections/{connection.public_id}/webhook", **signed(topic, content, **options))


def states() -> list[tuple[str, str, int]]:
    return list(SourceEvent.objects.order_by("pk").values_list("state", "reason", "tries"))
