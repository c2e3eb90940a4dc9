"""A store connected to a server that speaks as Shopify or as WooCommerce does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from django.test import Client
from django.utils import timezone

from dealport.kit import secrets
from orders.models import Connection
from tests import shopify_server as shopify_module
from tests import woocommerce_server as woocommerce_module
from tests.builders import a_store
from tests.shopify_orders import Life
from tests.shopify_server import CLIENT_SECRET, Shopify, shopify_server
from tests.woocommerce_orders import state
from tests.woocommerce_server import KEY, SECRET, WEBHOOK_SECRET, WooCommerce, woocommerce_server

PLACED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORDER = Life("7", PLACED, paid=((PLACED, D("12.00")),), email="pat@example.com")


@dataclass
class Source:
    """One system: its server, our connection to it, and how its webhooks are signed."""

    server: Shopify | WooCommerce
    connection: Connection
    secret: str
    sign: Callable[..., Any]
    show: Callable[[Life], None]

    def send(self, content: Any, *, secret: str = "", delivery: str = "1", to: Connection | None = None) -> Any:
        topic = "orders/updated" if isinstance(self.server, Shopify) else "order.updated"
        request = self.sign(topic, content, secret=secret or self.secret, delivery=delivery)
        return Client().post(f"/api/v1/connections/{(to or self.connection).public_id}/webhook", **request)

    def standing(self) -> tuple[str, str]:
        self.connection.refresh_from_db()
        return self.connection.state, self.connection.problem

    def may_ask(self) -> None:
        now = timezone.now()
        Connection.objects.filter(pk=self.connection.pk).update(state="active", retry_at=now, next_poll_at=now)


def connected(kind: str, address: str, credentials: dict[str, str], **values: Any) -> Connection:
    return Connection.objects.create(
        store=a_store(),
        kind=kind,
        address=address,
        credentials=secrets.seal(credentials),
        sync_from=PLACED.date(),
        created_at=PLACED - timedelta(days=1),
        next_poll_at=timezone.now() + timedelta(hours=1),
        **values,
    )


@contextmanager
def shopify() -> Iterator[Source]:
    """Yield a connection to a shop by the token of an app."""
    with shopify_server() as shop:
        shop.tokens.add("known")
        credentials = {"accessToken": "known", "clientSecret": CLIENT_SECRET}
        connection = connected("shopify", shop.url, credentials)
        sign = shopify_module.signed
        yield Source(shop, connection, CLIENT_SECRET, sign, lambda one: shop.put(one.node()))


@contextmanager
def woocommerce() -> Iterator[Source]:
    """Yield a connection to a site by its key."""
    with woocommerce_server() as site:
        credentials = {"consumerKey": KEY, "consumerSecret": SECRET, "webhookSecret": WEBHOOK_SECRET}
        connection = connected("woocommerce", site.url, credentials)
        sign = woocommerce_module.signed
        yield Source(site, connection, WEBHOOK_SECRET, sign, lambda one: site.put(*state(one, one.moments()[-1])))
