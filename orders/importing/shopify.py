"""Reading the rows of one order, in the columns of Shopify's orders export, into a source order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ParamSpec, TypeVar

from django.utils.translation import gettext

from dealport.kit.money import amount_of, in_currency, unit_of
from orders.importing import columns
from orders.importing.amounts import Settled, Stated, settle, spread_removed, summed
from orders.importing.columns import MANGLED, Layout, Reading
from orders.importing.problems import BadValue, Problem
from orders.importing.records import Record
from orders.importing.rows import OrderRows, structure_faults, value_of
from orders.importing.statuses import FINANCIAL, FULFILLMENT, PAID, Happened, Told, happened
from orders.pricing import ZERO, allocate
from orders.sources.description import SourceLine, SourceOrder
from orders.sources.digits import odd_amount

P = ParamSpec("P")
T = TypeVar("T")

CLOCK_TOLERANCE = timedelta(days=1)
LABEL = 40
REFERENCE = 100
EXTERNAL_ID = 100
NAME, SKU = 513, 255
DATED = ("Paid at", "Fulfilled at", "Cancelled at")
ROUNDING = Decimal("0.05")
"""Up to this much outstanding is a rounding of cash."""
STAFF_DISCOUNT = "custom discount"
"""What Shopify writes for a discount typed by staff: no code."""
FLAGS = {"web": "web", "pos": "pos", "shopify_draft_order": "draft"}


@dataclass
class FileContext:
    """What the file is read against: its columns, the store's currency, and now (nothing later has happened)."""

    layout: Layout
    currency: str
    now: datetime
    reading: Reading = field(default_factory=Reading)
    source: str = "shopify"
    is_summed: bool = False
    mangled: int = 0
    orders: int = 0
    checkouts: int = 0


@dataclass(slots=True)
class Item:
    """A row's item before it is known what it means."""

    name: str
    sku: str
    price: Decimal
    quantity: int
    discount: Decimal
    fulfillment: str
    is_gift_card: bool

    @property
    def total(self) -> Decimal:
        """Price of all pieces before discounts: Lineitem price × Lineitem quantity."""
        return self.price * self.quantity


@dataclass(slots=True)
class Sums:
    """The amounts of one order: what it asks for, and what of that is not paid (None: the file does not say)."""

    goods: list[Item]
    cards: list[Item]
    settled: Settled
    total: Decimal
    outstanding: Decimal | None
    tip: Decimal
    currency: str

    def take_off_removed(self) -> list[str]:
        """Take off the lines that an edit removed: still pending in a fulfilled order, and worth what is outstanding.

        Returns the notes on it. Where no line fits, what was received is spread over all of them.
        """
        outstanding = self.outstanding or ZERO
        discounts = [item.discount for item in self.goods]
        left = [item.total - discount for item, discount in zip(self.goods, discounts, strict=True)]
        shares = allocate(self.settled.discount - sum(discounts, ZERO), left, unit_of(self.currency))
        nets = [net - share for net, share in zip(left, shares, strict=True)]
        pending = [index for index, item in enumerate(self.goods) if item.fulfillment == "pending"]
        chosen = spread_removed(outstanding, self.settled.tax, nets, pending)
        if not chosen:
            return [
                f"Outstanding: {in_currency(outstanding, self.currency)}. What was received is spread over all items."
            ]
        removed = [self.goods[index] for index in chosen]
        net = sum((nets[index] for index in chosen), ZERO)
        off = sum((item.total for item in removed), ZERO) - net
        tax = min(outstanding - net, self.settled.tax)
        self.settled = replace(self.settled, discount=self.settled.discount - off, tax=self.settled.tax - tax)
        self.goods = [item for item in self.goods if item not in removed]
        self.total, self.outstanding = self.total - net - tax, ZERO
        return [f"Removed by an edit: {item.quantity} × {item.name}." for item in removed]


def read_order(context: FileContext, rows: OrderRows) -> tuple[SourceOrder | None, list[Problem]]:
    """Return the order, or everything that is wrong with its rows."""
    layout = context.layout
    if faults := structure_faults(layout, rows):
        return None, faults
    for record in rows.records:
        record.fields.append("")  # what a column reads that the file lacks
    reader = OrderReader(context, rows.records[0])
    context.orders += 1
    context.checkouts += not value_of(layout, rows.records[0], "Financial Status")
    items = [reader.checked(record, reader.item, record.fields) for record in rows.records]
    order = reader.order([item for item in items if item is not None])
    if order and not reader.problems and (odd := odd_amount(order)) is not None:
        expected = amount_of(order.currency)
        reader.problems.append(Problem(rows.records[0].line, odd[0], str(odd[1]), expected, order.name))
    return (None, reader.problems) if reader.problems else (order, [])


class OrderReader:
    """Reads the row that begins an order and collects what is wrong with it."""

    def __init__(self, context: FileContext, first: Record) -> None:
        self.context, self.first = context, first
        self.latest = context.now + CLOCK_TOLERANCE
        self.problems: list[Problem] = []
        self.notes: list[str] = []

    def checked(self, record: Record, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what `read` returns, or note its BadValue as a problem of the record."""
        try:
            return read(*args, **kwargs)
        except BadValue as error:
            problem = Problem(record.line, error.column, error.value, error.expected, self._value("Name"))
            if problem not in self.problems:  # the total is read for two purposes
                self.problems.append(problem)
            return None

    def item(self, fields: list[str]) -> Item:
        """Read the Lineitem columns of a row. Raises BadValue."""
        at = self.context.layout.at
        name = columns.text_of("Lineitem name", fields[at["Lineitem name"]], NAME)
        sku = columns.text_of("Lineitem sku", fields[at["Lineitem sku"]], SKU)
        if not name and not sku:
            raise BadValue("Lineitem name", "", gettext("the name of what was bought, or its Lineitem sku"))
        if "E" in sku and MANGLED.fullmatch(sku):
            self.context.mangled += 1
            sku = ""
        price = self._number("Lineitem price", fields[at["Lineitem price"]], signed=True)
        quantity = columns.quantity("Lineitem quantity", fields[at["Lineitem quantity"]])
        discount = self._number("Lineitem discount", fields[at["Lineitem discount"]], ZERO)
        if discount and discount > max(price * quantity, ZERO):
            expected = gettext("at most {amount}, the price of the line").format(amount=price * quantity)
            raise BadValue("Lineitem discount", str(discount), expected)
        gift_card = (
            not sku
            and name.casefold().startswith("gift card")
            and fields[at["Lineitem requires shipping"]] == fields[at["Lineitem taxable"]] == "false"
        )
        return Item(name or sku, sku, price, quantity, discount, fields[at["Lineitem fulfillment status"]], gift_card)

    def order(self, items: list[Item]) -> SourceOrder | None:
        """Return the order with these items; None if anything is wrong (see `problems`)."""
        first, items_are_complete = self.first, not self.problems
        name = self.checked(first, self._name)
        contact = self.checked(first, self._contact)
        placed_at = self.checked(first, self._moment, "Created at")
        tips = [item for item in items if _is_tip(item)]
        goods = [item for item in items if item.quantity and not _is_tip(item)]
        stated = self.checked(first, self._stated, sum((tip.total for tip in tips), ZERO), goods)
        sums = self.checked(first, self._settle, goods, stated) if stated and items_are_complete else None
        life = self.checked(first, self._happened, sums) if sums and placed_at else None
        if not items_are_complete or sums is None:
            for column in DATED:
                self.checked(first, self._maybe, column)
            self.checked(first, self._financial)
        if not (name and contact and placed_at and stated and sums and life) or self.problems:
            return None
        return self._put_together(items, sums, name, contact, placed_at, life)

    def _put_together(
        self,
        items: list[Item],
        sums: Sums,
        name: str,
        contact: tuple[str, str, str],
        placed_at: datetime,
        life: Happened,
    ) -> SourceOrder:
        settled = sums.settled
        shipping, billing = self._address("Shipping"), self._address("Billing")
        code, method = self._value("Discount Code"), self._value("Payment Method")
        return SourceOrder(
            source=self.context.source,
            external_id=self._external_id(),
            name=name,
            placed_at=placed_at,
            currency=self.context.currency,
            lines=tuple(_line(item) for item in sums.goods),
            discount=settled.discount,
            tax=settled.tax,
            shipping=settled.shipping,
            tip=sums.tip,
            included_tax=settled.included_tax,
            tax_lines=self._tax_lines() if settled.tax or settled.included_tax else (),
            discount_codes=_codes(code),
            payments=life.payments,
            refunds=life.refunds,
            fulfillment=life.fulfillment,
            canceled_at=life.canceled_at,
            void_at=life.void_at,
            is_expired=life.is_expired,
            is_authorized=life.is_authorized,
            counts_as_paid=life.counts_as_paid,
            terms=life.terms,
            due_at=self._due_at(),
            email=contact[0],
            customer_name=contact[1],
            phone=contact[2],
            shipping_address=shipping or billing,
            billing_address=billing or shipping,
            payment_method=method[:LABEL],
            channel=FLAGS.get(self._value("Source"), ""),
            notes=self._all_notes(items, sums, life),
            gift_cards=len(sums.cards),
            gift_card_amount=sum((card.total for card in sums.cards), ZERO),
        )

    def _value(self, column: str) -> str:
        return value_of(self.context.layout, self.first, column)

    def _number(self, column: str, text: str, default: Decimal | None = None, *, signed: bool = False) -> Decimal:
        currency = self.context.currency
        if self.context.reading.decimal_comma:
            text = columns.with_point(column, text, currency)
        return columns.amount(column, text, default, signed=signed, currency=currency)

    def _amount(self, column: str, default: Decimal | None = None, *, signed: bool = False) -> Decimal:
        return self._number(column, self._value(column), default, signed=signed)

    def _name(self) -> str:
        name = columns.text_of("Name", self._value("Name"), LABEL)
        if not name:
            raise BadValue("Name", "", gettext("the name of the order such as #1001"))
        return name

    def _external_id(self) -> str:
        """Return the Id; nothing for one that a spreadsheet has rounded: it would name many orders."""
        text = self._value("Id")
        if MANGLED.fullmatch(text):
            self.context.mangled += 1
            return ""
        return text[:EXTERNAL_ID]

    def _contact(self) -> tuple[str, str, str]:
        column = "Billing Name" if self._value("Billing Name") else "Shipping Name"
        phone = self._value("Phone") or self._value("Billing Phone")
        email, other = columns.email(self._value("Email"))
        if other:
            self.notes.append(f"Email was {other!r}, which is no email address.")
        return email, columns.text_of(column, self._value(column), 200), phone.lstrip("'")[:LABEL]

    def _moment(self, column: str) -> datetime:
        return columns.moment(column, self._value(column), self.latest, self.context.reading)

    def _financial(self) -> str:
        return columns.choice("Financial Status", self._value("Financial Status"), FINANCIAL)

    def _maybe(self, column: str) -> datetime | None:
        return self._moment(column) if self._value(column) else None

    def _due_at(self) -> datetime | None:
        """Return the moment by which all is to be paid. Raises BadValue."""
        column, latest = "Next Payment Due At", datetime.max.replace(tzinfo=self.latest.tzinfo)
        text = self._value(column)
        return columns.moment(column, text, latest, self.context.reading) if text else None

    def _stated(self, tip: Decimal, goods: list[Item]) -> Stated:
        currency = self._value("Currency").upper()
        if currency != self.context.currency:
            expected = gettext(
                "{currency}, the currency of the store. Import the orders of each currency into a store of their own"
            )
            raise BadValue("Currency", self._value("Currency"), expected.format(currency=self.context.currency))
        is_summed = self.context.is_summed
        stated = Stated(
            subtotal=ZERO if is_summed else self._amount("Subtotal", signed=True),
            discount=self._amount("Discount Amount", ZERO),
            shipping=self._amount("Shipping", ZERO),
            taxes=self._amount("Taxes", ZERO),
            duties=self._amount("Duties", ZERO),
            total=ZERO if is_summed else self._amount("Total"),
            tip=tip,
            outstanding=self._amount("Outstanding Balance", ZERO, signed=True),
            currency=self.context.currency,
        )
        return summed(stated, [(item.total, item.discount) for item in goods]) if is_summed else stated

    def _settle(self, goods: list[Item], stated: Stated) -> Sums:
        own = sum((item.discount for item in goods), ZERO)
        names = (item.name for item in goods)
        settled = settle(sum((item.total for item in goods), ZERO), own, stated, names)
        if own > settled.discount:  # the prices are net of what was taken off the lines
            for item in goods:
                item.discount = ZERO
        cards = [item for item in goods if item.is_gift_card]
        sold = sum((card.total for card in cards), ZERO)
        outstanding = stated.outstanding if self._value("Outstanding Balance") else None
        if settled.fee:
            whole, fee = stated.written(stated.total), stated.written(settled.fee)
            self.notes.append(f"Total {whole}; outstanding: {fee}, added after the order was paid.")
            outstanding = ZERO
        kept = [item for item in goods if not item.is_gift_card]
        return Sums(kept, cards, settled, stated.total - settled.fee - sold, outstanding, stated.tip, stated.currency)

    def _happened(self, sums: Sums) -> Happened:
        fulfillment = self._value("Fulfillment Status")
        is_fulfilled = columns.choice("Fulfillment Status", fulfillment, FULFILLMENT, empty=True) == "fulfilled"
        financial = self._financial()
        paid_at, fulfilled_at, canceled_at = map(self._maybe, DATED)
        refunded = self._amount("Refunded Amount", ZERO) if self.context.layout.has("Refunded Amount") else None
        if financial in PAID and is_fulfilled and (sums.outstanding or ZERO) > ROUNDING:
            self.notes += sums.take_off_removed()
        return happened(
            Told(
                financial,
                is_fulfilled,
                self._moment("Created at"),
                paid_at,
                fulfilled_at,
                canceled_at,
                sums.total,
                refunded,
                sums.outstanding,
                self._value("Payment Method"),
                self._value("Payment Terms Name"),
                self._due_at() is not None,
                self._value("Payment Reference")[:REFERENCE],
                self.context.currency,
            )
        )

    def _tax_lines(self) -> tuple[tuple[str, Decimal], ...]:
        """Return the taxes that have a name; the export has five columns for them at most."""
        pairs = ((f"Tax {n} Name", f"Tax {n} Value") for n in range(1, 6))
        return tuple((self._value(name), self._amount(value, ZERO)) for name, value in pairs if self._value(name))

    def _address(self, kind: str) -> dict[str, str]:
        """Return the parts of an address that are there. Shopify protects postcodes with a leading apostrophe."""
        code, unknown = columns.country(self._value(f"{kind} Country"))
        if unknown:
            self.notes.append(f"{kind} Country was {unknown!r}, which is no country known here.")
        parts = {
            "name": self._value(f"{kind} Name"),
            "street": self._value(f"{kind} Street"),
            "city": self._value(f"{kind} City"),
            "state": self._value(f"{kind} Province"),
            "country": code,
            "postalCode": self._value(f"{kind} Zip").lstrip("'"),
        }
        return {name: value for name, value in parts.items() if value}

    def _all_notes(self, items: list[Item], sums: Sums, life: Happened) -> tuple[str, ...]:
        notes = [self._value("Notes"), *self.notes, *life.notes]
        if sums.settled.included_tax:
            notes.append(f"The prices include taxes of {in_currency(sums.settled.included_tax, sums.currency)}.")
        notes += [f"Taken off the order: {item.name}." for item in items if not item.quantity]
        notes += [
            f"Gift card of {in_currency(card.total, sums.currency)} sold, which is no sale yet." for card in sums.cards
        ]
        return tuple(filter(None, notes))


def _is_tip(item: Item) -> bool:
    return item.name == "Tip" and not item.sku and item.fulfillment == "not_eligible"


def _line(item: Item) -> SourceLine:
    return SourceLine(item.name, item.price, item.quantity, item.sku, item.discount)


def _codes(text: str) -> tuple[str, ...]:
    """Return the discount codes: several stand in one field; what staff typed is a discount without a code."""
    codes = (code.strip() for code in text.split(","))
    return tuple(code[:LABEL] for code in codes if code and code.casefold() != STAFF_DISCOUNT)
