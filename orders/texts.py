"""Texts of orders for the catalog that pages show by way of variables."""

from __future__ import annotations

from collections.abc import Iterator

from orders.models import Order
from orders.payment_methods import STARTING


def shown_texts() -> Iterator[str]:
    """Yield the statuses as refusals name them (`An order that is SHIPPED cannot become CANCELED.`), and the labels of
    the payment methods that stores start with.
    """
    yield from (*Order.Status.values, *Order.PaymentStatus.values)
    yield from (label for _, label, *_ in STARTING)
