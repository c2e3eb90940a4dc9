"""A connection's way to its source, whichever system that is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from dealport.kit.values import Json
from orders.connections.problems import Unreadable
from orders.connections.shopify import ShopifySource
from orders.connections.summaries import OrderSummary
from orders.connections.woocommerce import WooCommerceSource
from orders.models import Connection
from orders.sources.description import SourceOrder


class Source(Protocol):
    """What every system can be asked. All raise SourceProblem."""

    def check(self) -> None:
        """Ask whether the credentials work; note on the connection what they may and how far back they read."""

    def orders(self, ids: list[str]) -> Iterator[SourceOrder | Unreadable]:
        """Yield the orders with these ids as they are now; those the source does not show are left out."""

    def changed(self, since: datetime) -> Iterator[OrderSummary]:
        """Yield the orders that changed at or after a moment of the source's clock, the oldest change first."""

    def placed(self, start: datetime, end: datetime) -> Iterator[OrderSummary]:
        """Yield the orders placed from `start` until before `end`."""

    def read_body(self, content: Json) -> SourceOrder:
        """Read an order as the body of a webhook states it."""


def source_of(connection: Connection) -> Source:
    """Return the way to a connection's source. Raises UnreadableSecret when its key is gone."""
    if connection.kind == Connection.Kind.SHOPIFY:
        return ShopifySource(connection)
    return WooCommerceSource(connection)
