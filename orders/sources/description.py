"""An order as its source states it. Pure: what every dialect produces and what is applied.

Amounts are in the currency of the order and mean: goods (Σ units × price of the lines) − `discount` + `tax` +
`shipping` + `tip` = total. `discount` is what came off the goods alone; `shipping` is after its own discount; `tax` is
what comes on top, duties included; `included_tax` is in the prices already. Gift cards sold are a liability: they are
no line and in no amount. Moments are in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dealport.kit.values import Json

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line; fewer than 0 pieces came back in an exchange. `discount` is what was taken off this line alone."""

    name: str
    unit_price: Decimal
    quantity: int
    sku: str = ""
    discount: Decimal = ZERO
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class SourcePayment:
    """Money that was captured, or an attempt that failed. `is_dated`: the source states the moment itself."""

    at: datetime
    amount: Decimal
    reference: str = ""
    failed: bool = False
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class SourceRefund:
    """Money given back. `pieces` are (position of a line, how many came back).

    `is_itemized`: the source names its parts, `goods` (position of a line, net amount) and `shipping`; what they leave
    of the amount is tax. Otherwise it falls on the whole order. `is_dated`: the source states the moment itself.
    """

    at: datetime
    amount: Decimal
    reference: str = ""
    reason: str = ""
    pieces: tuple[tuple[int, int], ...] = ()
    goods: tuple[tuple[int, Decimal], ...] = ()
    shipping: Decimal = ZERO
    is_itemized: bool = False
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class SourceFulfillment:
    """A parcel as its source states it; empty texts where the source says nothing.

    `is_dated`: the source states the moment itself.
    """

    at: datetime
    tracking_number: str = ""
    carrier: str = ""
    url: str = ""
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """An order and everything that has happened to it.

    Identity is (store, `source`, `external_id`); the name is only a name. `updated_at` None: a file, which is older
    than what is here where it states less received, less refunded or no cancellation. `counts_as_paid`: the source
    says paid, whatever is outstanding. `void_at`: the payment was given up; `is_expired`: it stayed unpaid.
    `is_cancel_dated`, `is_void_dated`: the source states these moments itself. `terms` are
    those of `Order.Terms` ("": not stated), due on `due_on`, or on the day that `due_at` is in the store's zone; only a
    prepaid order that is neither paid nor authorized nor on its way expires. Both addresses, or the notes, are None
    where the source says nothing about them, empty where there are none. `url` is the order's page at its source.
    """

    source: str
    external_id: str
    name: str
    placed_at: datetime
    currency: str
    lines: tuple[SourceLine, ...]
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    tip: Decimal = ZERO
    included_tax: Decimal = ZERO
    tax_lines: tuple[tuple[str, Decimal], ...] = ()
    discount_codes: tuple[str, ...] = ()
    payments: tuple[SourcePayment, ...] = ()
    refunds: tuple[SourceRefund, ...] = ()
    fulfillment: SourceFulfillment | None = None
    canceled_at: datetime | None = None
    is_cancel_dated: bool = True
    void_at: datetime | None = None
    is_void_dated: bool = True
    is_expired: bool = False
    is_authorized: bool = False
    counts_as_paid: bool = False
    terms: str = "prepaid"
    due_on: date | None = None
    due_at: datetime | None = None
    email: str = ""
    customer_name: str = ""
    phone: str = ""
    shipping_address: Json | None = None
    billing_address: Json | None = None
    payment_method: str = ""
    channel: str = ""
    notes: tuple[str, ...] | None = ()
    tags: tuple[str, ...] = ()
    updated_at: datetime | None = None
    gift_cards: int = 0
    gift_card_amount: Decimal = ZERO
    url: str = ""

    @property
    def total(self) -> Decimal:
        """What the order asks for."""
        goods = sum((line.unit_price * line.quantity for line in self.lines), ZERO)
        return goods - self.discount + self.tax + self.shipping + self.tip

    @property
    def received(self) -> Decimal:
        """The sum of all payments that did not fail."""
        return sum((payment.amount for payment in self.payments if not payment.failed), ZERO)

    @property
    def refunded(self) -> Decimal:
        """The sum of all refunds, whether of lines, shipping or an amount alone."""
        return sum((refund.amount for refund in self.refunds), ZERO)
