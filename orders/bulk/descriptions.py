"""What a bulk writer is told of an order: what was bought, for how much, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from dealport.kit.values import Json
from orders.lifecycle import Step
from orders.pricing import ZERO, RefundParts


@dataclass(slots=True)
class BulkItem:
    """One line that was bought.

    `unit_cost` is what a piece cost the store then (None: not known), `discount` what was taken off this line alone
    (part of the order's discount). With `counts_stock` the line
    holds its pieces as long as the order does; the product's stock is not moved, it is what is left with the order
    placed.
    """

    product_id: int
    name: str
    unit_price: Decimal
    quantity: int
    sku: str = ""
    image_url: str = ""
    unit_cost: Decimal | None = None
    discount: Decimal = ZERO
    counts_stock: bool = False


@dataclass(slots=True)
class BulkStep:
    """Something that happened after placing.

    Of PAY: `amount` is what was received (None: all that is outstanding; less leaves the order PARTIALLY_PAID),
    `shares` what of everything received so far falls on each line (net of tax, by position) and on the tax (None: in
    proportion), `settles` that the order counts as paid all the same. Of SHIP: tracking; a parcel is written where
    some of it is known. Of CANCEL: `keeps_money` gives nothing back. Of REFUND: `amount`, `pieces` and `restock`;
    `pieces` maps the position of a line to how many came back; neither `amount` nor `pieces` refunds all that is left.
    `source` is who did it, as the history shows it.
    """

    step: Step
    at: datetime
    amount: Decimal | None = None
    pieces: dict[int, int] | None = None
    restock: bool = False
    reason: str = ""
    source: str = ""
    gateway_transaction_id: str = ""
    shares: tuple[list[Decimal], Decimal] | None = None
    settles: bool = False
    keeps_money: bool = False
    tracking_number: str = ""
    carrier: str = ""
    tracking_url: str = ""
    parts: RefundParts | None = None


class Origin(NamedTuple):
    """Which order of which source it is, its state there, what the order has no place for, its keeper and reading."""

    source: str
    external_id: str
    updated_at: datetime | None
    details: Json
    connection_id: int | None = None
    read_at: datetime | None = None


@dataclass(slots=True)
class BulkOrder:
    """One order: what was bought, for how much, and what happened to it, oldest first.

    `number` None takes the next of the store's own series. `discount` is the sum of all discounts on goods, at most
    the subtotal; `included_tax` is in the prices already. One with a total of 0 is paid and complete when placed; what
    its steps say of a payment, a refusal or an expiry is passed over. `payment_code` "" is what `payment_method` means.
    Customer, coupon and products are the store's (not checked).
    """

    placed_at: datetime
    items: Sequence[BulkItem]
    steps: Sequence[BulkStep] = ()
    number: str | None = None
    customer_id: int | None = None
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    tip: Decimal = ZERO
    included_tax: Decimal = ZERO
    coupon_id: int | None = None
    further_coupons: Sequence[int] = ()
    coupon_code: str = ""
    country: str = ""
    shipping_address: Json = field(default_factory=dict)
    billing_address: Json = field(default_factory=dict)
    payment_method: str = ""
    payment_code: str = ""
    payment_terms: str = "prepaid"
    due_on: date | None = None
    channel: str = ""
    tags: Sequence[str] = ()
    notes: str = ""
    internal_notes: str = ""
    source: str = ""
    is_imported: bool = False
    is_first: bool = False
    origin: Origin | None = None

    @property
    def placed_by(self) -> str:
        """Which source it came from, or who placed it."""
        return self.origin.source if self.origin else self.source
