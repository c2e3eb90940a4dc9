"""Connections of every kind, to servers that run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models are there once Django is set up, which is after this file
    from customers.models import Store
    from orders.models import Connection
    from tests.orders.connected import Source
    from tests.shopify_server import Shopify


@pytest.fixture(params=["shopify", "woocommerce"])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    """Yield a connection to Shopify, and one to WooCommerce."""
    from tests.orders.connected import shopify, woocommerce

    with {"shopify": shopify, "woocommerce": woocommerce}[request.param]() as connected:
        yield connected


@pytest.fixture
def shop() -> Iterator[Shopify]:
    """Run a server that speaks Shopify's Admin API."""
    from tests.shopify_server import shopify_server

    with shopify_server() as server:
        yield server


@pytest.fixture
def connection(store: Store, shop: Shopify) -> Connection:
    """Connect the `store` of a module to that server."""
    from tests.orders.shopify_connection import connected

    return connected(store, shop)
