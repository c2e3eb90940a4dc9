"""What an order's life leaves: the rows of its money, history and parcels, before they have ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Payment(NamedTuple):
    """A row of money moved or refused; `tax` and `shares` (position of the line, amount) of a part payment alone."""

    kind: str
    status: str
    amount: Decimal
    gateway_transaction_id: str
    at: datetime
    tax: Decimal | None = None
    shares: Sequence[tuple[int, Decimal]] = ()
    requested_at: datetime | None = None


class GivenBack(NamedTuple):
    """A refund, the part of it that is tax, and its shares: (position of the line, pieces, amount)."""

    amount: Decimal
    tax: Decimal
    reason: str
    restock: bool
    gateway_transaction_id: str
    at: datetime
    shares: list[tuple[int, int, Decimal]]
    shipping: Decimal | None = None


class Event(NamedTuple):
    """A row of an order's history, before it has the order's id: what happened, when, and both states."""

    kind: str
    at: datetime
    source: str
    from_status: str
    to_status: str
    from_payment: str
    to_payment: str
    amount: Decimal
    note: str


class Parcel(NamedTuple):
    """Everything left of an order, sent at once, with how to follow it."""

    tracking_number: str
    carrier: str
    tracking_url: str
    at: datetime
    pieces: list[tuple[int, int]]
