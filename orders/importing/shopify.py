"""Putting the rows of one order together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ParamSpec, TypeVar

from orders.bulk import BulkItem, BulkOrder
from orders.importing import columns
from orders.importing.amounts import Settled, Stated, settle
from orders.importing.columns import Layout
from orders.importing.problems import BadValue, Problem
from orders.importing.records import Record
from orders.importing.statuses import FINANCIAL, FULFILLMENT, SOURCE, Told, steps_of
from orders.pricing import ZERO

P = ParamSpec("P")
T = TypeVar("T")

CLOCK_TOLERANCE = timedelta(days=1)
NO_PRODUCT = 0
LABEL = 40
REFERENCE = 100


@dataclass(slots=True)
class ParsedOrder:
    """An order read from the file, its customer and products not yet looked up (`items[…].product_id` is 0)."""

    order: BulkOrder
    email: str
    customer_name: str
    phone: str


@dataclass(slots=True)
class OrderRows:
    """The records of one order, as they follow each other in the file."""

    name: str
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class FileContext:
    """What the file is read against: its columns, the store's currency, and now (nothing later has happened)."""

    layout: Layout
    currency: str
    now: datetime


def value_of(layout: Layout, record: Record, column: str) -> str:
    """Return a field without the spaces around it; nothing where the row or the file lacks it."""
    at = layout.at[column]
    return record.fields[at].strip() if at < len(record.fields) else ""


def is_whole(layout: Layout, record: Record) -> bool:
    """Answer whether a row is text with as many fields as the header."""
    return record.fault is None and len(record.fields) == layout.width


def begins_order(layout: Layout, record: Record) -> bool:
    """Answer whether a whole row has fields of an order, not of a further item alone."""
    return any(map(record.fields.__getitem__, layout.order_level))


def belongs_to(layout: Layout, record: Record, name: str) -> bool:
    """Answer whether a row continues the order `name`; a broken row does unless it says otherwise."""
    if is_whole(layout, record):
        return value_of(layout, record, "Name") == name and not begins_order(layout, record)
    return value_of(layout, record, "Name") in ("", name)


def group(layout: Layout, records: Iterator[Record]) -> Iterator[OrderRows]:
    """Put the rows that follow each other into orders; the header of a second export in the file is left out."""
    rows: OrderRows | None = None
    for record in records:
        layout.fit(record)
        if layout.is_repeated_in(record):
            continue
        if rows is None or not belongs_to(layout, record, rows.name):
            if rows is not None:
                yield rows
            rows = OrderRows(value_of(layout, record, "Name"))
        rows.records.append(record)
    if rows is not None:
        yield rows


def read_order(context: FileContext, rows: OrderRows) -> tuple[ParsedOrder | None, list[Problem]]:
    """Return the order, or everything that is wrong with its rows."""
    layout, first = context.layout, rows.records[0]
    faults = [fault for record in rows.records if (fault := _structure_fault(layout, record))]
    if not faults and not begins_order(layout, first):
        expected = "its first row, with Financial Status and Total, right before its further items"
        faults = [Problem(first.line, "Name", rows.name, expected)]
    if faults:
        return None, faults
    for record in rows.records:
        record.fields.append("")  # what a column reads that the file lacks
    reader = OrderReader(context, first)
    items = [reader.checked(record, read_item, layout, record.fields) for record in rows.records]
    order = reader.order([item for item in items if item is not None])
    return (None, reader.problems) if reader.problems else (order, [])


def _structure_fault(layout: Layout, record: Record) -> Problem | None:
    if record.fault:
        return record.fault
    if len(record.fields) != layout.width:
        expected = f"{layout.width} fields at most, as in the header"
        return Problem(record.line, "", f"{len(record.fields)} fields", expected)
    return None


def read_item(layout: Layout, fields: list[str]) -> BulkItem:
    """Read the Lineitem columns of a row. Raises BadValue."""
    at = layout.at
    name = columns.text_of("Lineitem name", fields[at["Lineitem name"]], 513)
    sku = columns.text_of("Lineitem sku", fields[at["Lineitem sku"]], 255)
    if not name and not sku:
        raise BadValue("Lineitem name", "", "the name of what was bought, or its Lineitem sku")
    price = columns.amount("Lineitem price", fields[at["Lineitem price"]])
    quantity = columns.quantity("Lineitem quantity", fields[at["Lineitem quantity"]])
    discount = columns.amount("Lineitem discount", fields[at["Lineitem discount"]], ZERO)
    if discount > price * quantity:
        raise BadValue("Lineitem discount", str(discount), f"at most {price * quantity}, the price of the line")
    return BulkItem(NO_PRODUCT, name or sku, price, quantity, sku, discount=discount)


class OrderReader:
    """Reads the row that begins an order and collects what is wrong with it."""

    def __init__(self, context: FileContext, first: Record) -> None:
        self.context, self.first = context, first
        self.latest = context.now + CLOCK_TOLERANCE
        self.problems: list[Problem] = []

    def checked(self, record: Record, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what `read` returns, or note its BadValue as a problem of the record."""
        try:
            return read(*args, **kwargs)
        except BadValue as error:
            problem = Problem(record.line, error.column, error.value, error.expected)
            if problem not in self.problems:  # the total is read for two purposes
                self.problems.append(problem)
            return None

    def order(self, items: list[BulkItem]) -> ParsedOrder | None:
        """Return the order with these items; None if anything is wrong (see `problems`)."""
        first = self.first
        items_are_complete = not self.problems
        name = self.checked(first, self._name)
        contact = self.checked(first, self._contact)
        addresses = self.checked(first, self._addresses)
        told, stated = self.checked(first, self._told), self.checked(first, self._stated)
        steps = self.checked(first, steps_of, told, self.context.now) if told else None
        settled = self.checked(first, settle_items, items, stated) if stated and items_are_complete else None
        if not (name and contact and addresses and told and settled) or steps is None or self.problems:
            return None
        if steps:
            steps[0].gateway_transaction_id = self._value("Payment Reference")[:REFERENCE]
        shipping, billing = addresses
        email, customer_name, phone = contact
        order = BulkOrder(
            placed_at=told.placed_at,
            items=items,
            steps=steps,
            number=name,
            discount=settled.discount,
            tax=settled.tax,
            shipping=settled.shipping,
            coupon_code=self._value("Discount Code")[:LABEL],
            country=shipping.get("country") or billing.get("country") or "",
            shipping_address=shipping or billing,
            billing_address=billing or shipping,
            payment_method=self._value("Payment Method")[:LABEL],
            notes=self._notes(told, settled),
            source=SOURCE,
            is_imported=True,
        )
        return ParsedOrder(order, email, customer_name, phone)

    def _value(self, column: str) -> str:
        return value_of(self.context.layout, self.first, column)

    def _name(self) -> str:
        name = columns.text_of("Name", self._value("Name"), LABEL)
        if not name:
            raise BadValue("Name", "", "the name of the order such as #1001")
        return name

    def _contact(self) -> tuple[str, str, str]:
        column = "Billing Name" if self._value("Billing Name") else "Shipping Name"
        phone = self._value("Phone") or self._value("Billing Phone")
        return (
            columns.email("Email", self._value("Email")),
            columns.text_of(column, self._value(column), 200),
            phone.lstrip("'")[:LABEL],
        )

    def _told(self) -> Told:
        fulfillment = self._value("Fulfillment Status")
        refunded = columns.amount("Refunded Amount", self._value("Refunded Amount"), ZERO)
        return Told(
            financial=columns.choice("Financial Status", self._value("Financial Status"), FINANCIAL),
            is_fulfilled=columns.choice("Fulfillment Status", fulfillment, FULFILLMENT, empty=True) == "fulfilled",
            placed_at=columns.moment("Created at", self._value("Created at"), self.latest),
            paid_at=self._moment("Paid at"),
            fulfilled_at=self._moment("Fulfilled at"),
            canceled_at=self._moment("Cancelled at"),
            total=columns.amount("Total", self._value("Total")),
            refunded=refunded if self.context.layout.has_refunds else None,
        )

    def _moment(self, column: str) -> datetime | None:
        text = self._value(column)
        return columns.moment(column, text, self.latest) if text else None

    def _amount(self, column: str, default: Decimal | None = None) -> Decimal:
        return columns.amount(column, self._value(column), default)

    def _stated(self) -> Stated:
        currency = self._value("Currency")
        if currency != self.context.currency:
            raise BadValue("Currency", currency, f"{self.context.currency}, the currency of the store")
        return Stated(
            subtotal=self._amount("Subtotal"),
            discount=self._amount("Discount Amount", ZERO),
            shipping=self._amount("Shipping", ZERO),
            taxes=self._amount("Taxes", ZERO),
            duties=self._amount("Duties", ZERO),
            total=self._amount("Total"),
        )

    def _addresses(self) -> tuple[dict[str, str], dict[str, str]]:
        return self._address("Shipping"), self._address("Billing")

    def _address(self, kind: str) -> dict[str, str]:
        """Return the parts of an address that are there. Shopify protects postcodes with a leading apostrophe."""
        parts = {
            "name": self._value(f"{kind} Name"),
            "street": self._value(f"{kind} Street"),
            "city": self._value(f"{kind} City"),
            "state": self._value(f"{kind} Province"),
            "country": columns.country(f"{kind} Country", self._value(f"{kind} Country")),
            "postalCode": self._value(f"{kind} Zip").lstrip("'"),
        }
        return {name: value for name, value in parts.items() if value}

    def _notes(self, told: Told, settled: Settled) -> str:
        notes = [self._value("Notes")]
        if settled.included_tax:
            notes.append(f"The prices include taxes of {settled.included_tax}.")
        if told.financial == "partially_paid":
            notes.append(f"Paid in part before the import; outstanding: {self._value('Outstanding Balance') or '?'}.")
        return "\n".join(filter(None, notes))


def settle_items(items: list[BulkItem], stated: Stated) -> Settled:
    """Settle the amounts; lines whose prices are net of their discounts already lose those. Raises BadValue."""
    goods = sum((item.unit_price * item.quantity for item in items), ZERO)
    own = sum((item.discount for item in items), ZERO)
    settled = settle(goods, own, stated)
    if own > settled.discount:
        for item in items:
            item.discount = ZERO
    return settled
