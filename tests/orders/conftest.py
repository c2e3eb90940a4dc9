"""Connections of every kind, to servers that run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models are there once Django is set up, which is after this file
    from tests.orders.connected import Source


@pytest.fixture(params=["shopify", "woocommerce"])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    """Yield a connection to Shopify, and one to WooCommerce."""
    from tests.orders.connected import shopify, woocommerce

    with {"shopify": shopify, "woocommerce": woocommerce}[request.param]() as connected:
        yield connected
