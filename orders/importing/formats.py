"""Which table a file is: named by its columns, and brought into those of Shopify's export where it is another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext

from dealport.kit.texts import lazy_text as _
from orders.importing.columns import OPTIONAL, ORDER_LEVEL, REQUIRED, Layout, parse_amount
from orders.importing.problems import COMMAND, ImportRefused, Problem, Words
from orders.importing.records import Record
from orders.importing.shopify import FileContext
from orders.pricing import ZERO

CANONICAL = [*REQUIRED, *OPTIONAL]
MOST_SUMMED = 1_000_000
"""Orders of a table without totals: their names are remembered, so that none is split."""
Row = dict[str, str]
Translate = Callable[[Row, FileContext], Row]
TOTAL_NOTE = _("The file has no totals: they are the sums of the items, shipping and tax.")
ZONE_NOTE = _("The file has no UTC offset: its times are taken for the store's.")
CURRENCY_NOTE = _("The file has no currency: the store's is taken.")


@dataclass
class CsvFormat:
    """A kind of table: what it is called, where its columns are, and how a row of it becomes one of Shopify's.

    `is_summed`: it states no totals; they are the sums of an order's rows, which have its name alone in common.
    """

    label: str
    source: str
    layout: Layout
    header: list[str] = field(default_factory=list)
    translate: Translate | None = None
    notes: tuple[str, ...] = ()
    uses_store_zone: bool = False
    is_summed: bool = False

    def translated(self, records: Iterator[Record], context: FileContext) -> Iterator[Record]:
        """Yield the rows in the columns of Shopify's export; their text stays what it was."""
        assert self.translate is not None
        names: set[str] = set()
        width = len(self.header)
        for record in records:
            if record.fields == self.header:
                continue
            row = dict(zip(self.header, (*record.fields, *[""] * width), strict=False))
            fields = self.translate(row, context)
            fault = record.fault or self._too_many_cells(record)
            if self.is_summed and not fault:
                fault = _tell_first_row(fields, names, record)
            trimmed = max(width - len(record.fields), 0)
            yield Record(record.line, [fields.get(name, "") for name in CANONICAL], record.text, fault, trimmed)

    def _too_many_cells(self, record: Record) -> Problem | None:
        width = len(self.header)
        if not any(record.fields[width:]):
            return None
        expected = gettext("{count} fields at most, as in the header").format(count=width)
        return Problem(record.line, "", gettext("{count} fields").format(count=len(record.fields)), expected)


def _tell_first_row(fields: Row, names: set[str], record: Record) -> Problem | None:
    """Leave the order's own fields to its first row. Returns what is wrong where there are too many orders."""
    name = fields["Name"].strip()
    if name in names:
        fields.update(dict.fromkeys(ORDER_LEVEL, ""))
    elif len(names) == MOST_SUMMED:
        expected = gettext("at most {most} orders in a table without totals; split it")
        return Problem(record.line, "Name", name, expected.format(most=f"{MOST_SUMMED:,}"))
    names.add(name)
    return None


@dataclass(frozen=True)
class Known:
    """A table that is recognized by some of its columns."""

    label: str
    source: str
    signs: frozenset[str]
    translate: Translate | None = None
    refusal: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    uses_store_zone: bool = False


WOO_STATUSES = {
    "completed": ("paid", "fulfilled"), "processing": ("paid", "unfulfilled"), "on-hold": ("pending", "unfulfilled"),
    "on hold": ("pending", "unfulfilled"), "pending payment": ("pending", "unfulfilled"),
    "pending": ("pending", "unfulfilled"), "refunded": ("refunded", "unfulfilled"), "failed": ("voided", "unfulfilled"),
    "cancelled": ("voided", "unfulfilled"), "canceled": ("voided", "unfulfilled"),
}  # fmt: skip


def _woocommerce(row: Row, context: FileContext) -> Row:
    """Translate a row of the common WooCommerce export plugins: one row an item, the order's columns on each."""
    status, fulfillment = WOO_STATUSES.get(row["Order Status"].strip().casefold(), (row["Order Status"], ""))
    refunded = row.get("Order Refund Amount", "") or "0"
    if status == "paid" and (_parsed(refunded) or ZERO) > 0:
        status = "partially_refunded"
    placed_at = row.get("Order Date", "")
    return {
        "Name": row.get("Order Number") or row.get("Order ID", ""),
        "Id": row.get("Order ID", ""),
        "Email": row.get("Email (Billing)", ""),
        "Financial Status": status,
        "Fulfillment Status": fulfillment,
        "Created at": placed_at,
        "Paid at": row.get("Paid Date", "") or (placed_at if status.startswith(("paid", "part", "refund")) else ""),
        "Currency": context.currency,
        "Subtotal": _less(row.get("Order Subtotal Amount", ""), row.get("Cart Discount Amount", "")),
        "Discount Amount": row.get("Cart Discount Amount", "") or "0",
        "Shipping": row.get("Order Shipping Amount", "") or "0",
        "Taxes": row.get("Order Total Tax Amount", "") or "0",
        "Total": row.get("Order Total Amount", ""),
        "Refunded Amount": refunded,
        "Discount Code": row.get("Coupon Code", ""),
        "Lineitem name": row.get("Item Name", ""),
        "Lineitem sku": row.get("SKU", ""),
        "Lineitem quantity": row.get("Quantity", ""),
        "Lineitem price": row.get("Item Cost", ""),
        "Billing Name": " ".join(filter(None, (row.get("First Name (Billing)"), row.get("Last Name (Billing)")))),
        "Billing Country": row.get("Country Code (Billing)", ""),
        "Payment Method": row.get("Payment Method Title", ""),
        "Notes": row.get("Customer Note", ""),
        "Phone": row.get("Phone (Billing)", ""),
    }


def _matrixify(row: Row, context: FileContext) -> Row:
    """Translate a row of Matrixify: the columns of an order, and one line of it."""
    total, quantity = row.get("Price: Total", ""), row.get("Line: Quantity", "")
    return {
        "Name": row.get("Name", ""),
        "Id": row.get("ID", ""),
        "Email": row.get("Email", ""),
        "Phone": row.get("Phone", ""),
        "Financial Status": row.get("Payment: Status", ""),
        "Fulfillment Status": row.get("Order Fulfillment Status", ""),
        "Created at": row.get("Processed At") or row.get("Created At", ""),
        "Cancelled at": row.get("Cancelled At", ""),
        "Currency": row.get("Currency") or context.currency,
        "Subtotal": row.get("Price: Subtotal")
        or _less(total, row.get("Price: Total Shipping", ""), row.get("Tax: Total", "")),
        "Discount Amount": row.get("Price: Total Discount", "") or "0",
        "Shipping": row.get("Price: Total Shipping", "") or "0",
        "Taxes": row.get("Tax: Total", "") or "0",
        "Total": total,
        "Refunded Amount": row.get("Price: Total Refund", "") or "0",
        "Outstanding Balance": row.get("Price: Total Outstanding", ""),
        "Lineitem name": row.get("Line: Name") or row.get("Line: Title", ""),
        "Lineitem sku": row.get("Line: SKU", ""),
        "Lineitem quantity": quantity,
        "Lineitem price": row.get("Line: Price", ""),
        "Lineitem discount": (row.get("Line: Discount", "") or "0").lstrip("-"),
        "Billing Country": row.get("Billing: Country Code", ""),
        "Shipping Country": row.get("Shipping: Country Code", ""),
        "Tags": row.get("Tags", ""),
        "Notes": row.get("Note", ""),
    }


SHOPIFY_EXPORT = _("Shopify orders export (CSV)")
KNOWN = (
    Known(SHOPIFY_EXPORT, "shopify", frozenset({"financial status", "lineitem name", "total"})),
    Known(_("Matrixify export (CSV)"), "shopify", frozenset({"line: type", "price: total", "line: title"}), _matrixify),
    Known(
        _("WooCommerce export plugin (CSV)"), "woocommerce",
        frozenset({"order status", "item name", "order total amount"}), _woocommerce,
        notes=(ZONE_NOTE, CURRENCY_NOTE), uses_store_zone=True,
    ),
    Known(
        _("Etsy orders (CSV)"), "etsy", frozenset({"sale date", "order id", "buyer user id"}),
        refusal=(
            _("this is Etsy's Orders file, which does not say what was bought"),
            _(
                'the file "Order Items" (Shop Manager → Settings → Options → Download data → Order Items), {columns}'
            ),
        ),
    ),
    Known(
        _("Etsy order items (CSV)"), "etsy", frozenset({"sale date", "item name", "order id", "transaction id"}),
        refusal=(
            _("this is Etsy's Order Items file, which has its own columns and no totals"),
            _(
                "the same file, {columns}: name=Order ID, date=Sale Date, item=Item Name, quantity=Quantity, "
                "price=Price, item discount=Discount Amount, shipping=Order Shipping, tax=Order Sales Tax, "
                "currency=Currency"
            ),
        ),
    ),
    Known(
        _("Magento order grid (CSV)"), "magento", frozenset({"purchase point", "purchase date", "status"}),
        refusal=(
            _("this is Magento's order grid, which has neither items nor a currency"),
            _("the orders with their items: the answer of Magento's REST API (/V1/orders), saved as a .json file"),
        ),
    ),
)  # fmt: skip


def detect(file: str, header: Record, names: Mapping[str, str], words: Words = COMMAND) -> CsvFormat:
    """Return what the table is. Raises ImportRefused naming what is missing and how to get the right file."""
    columns = [name.strip() for name in header.fields]
    own = {name.casefold() for name in columns}
    known = next((known for known in KNOWN if known.signs <= own), None)
    if known and known.refusal and not names:
        what, cure = known.refusal
        raise ImportRefused(file, [Problem(header.line, "", str(what), cure.format(columns=words.columns))])
    if known and known.translate and not names:
        return CsvFormat(
            str(known.label),
            known.source,
            Layout(CANONICAL),
            columns,
            known.translate,
            tuple(map(str, known.notes)),
            known.uses_store_zone,
        )
    if names and not {"lineitem name", "lineitem price"} <= own:
        return _mapped(file, header, columns, names)
    layout = Layout(header.fields, names)
    if layout.missing or layout.doubled:
        raise ImportRefused(file, [_unusable(header.line, layout, words)])
    return CsvFormat(str(SHOPIFY_EXPORT), "shopify", layout)


def _unusable(line: int, layout: Layout, words: Words) -> Problem:
    what = gettext("no column {names}") if layout.missing else gettext("twice {names}")
    unknown = [name for name in layout.unknown if name.casefold() not in IGNORED]
    expected = gettext("the columns of a Shopify orders export, separated by commas, semicolons or tabs, each once.")
    if unknown:
        expected += " " + gettext("Unknown here: {names}.").format(names=", ".join(unknown[:10]))
    expected += " " + words.mapping.format(name=(layout.missing or ["Name"])[0])
    return Problem(line, "", what.format(names=", ".join(layout.missing or layout.doubled)), expected)


MAPPED = ("Name", "Created at", "Lineitem name", "Lineitem quantity", "Lineitem price")
"""What any table of orders must have."""
SHORT = {
    "name": "Name", "order": "Name", "id": "Id", "date": "Created at", "placed": "Created at", "total": "Total",
    "item": "Lineitem name", "product": "Lineitem name", "sku": "Lineitem sku", "quantity": "Lineitem quantity",
    "price": "Lineitem price", "email": "Email", "status": "Financial Status", "currency": "Currency",
    "shipping": "Shipping", "tax": "Taxes", "discount": "Discount Amount", "refunded": "Refunded Amount",
    "item discount": "Lineitem discount", "country": "Billing Country", "phone": "Phone", "customer": "Billing Name",
}  # fmt: skip
"""Short words for columns, as in --map name="Order No"."""


def column_names(pairs: list[str]) -> dict[str, str]:
    """Return column of Shopify's export → column of the file. Raises ValueError naming a pair that is none."""
    names = {}
    full = {name.casefold(): name for name in CANONICAL}
    for pair in pairs:
        key, mark, column = pair.partition("=")
        name = SHORT.get(key.strip().casefold()) or full.get(key.strip().casefold())
        if not mark or not name or not column.strip():
            raise ValueError(pair)
        names[name] = column.strip()
    return names


def _mapped(file: str, header: Record, columns: list[str], names: Mapping[str, str]) -> CsvFormat:
    """Return the format of any table of orders, one row an item, by the columns that were named."""
    own = {name.casefold(): name for name in columns}
    chosen = {name: own.get(names.get(name, name).casefold(), "") for name in CANONICAL}
    missing = [names.get(name, name) for name in MAPPED if not chosen[name]]
    missing += [column for name, column in names.items() if not chosen[name] and column not in missing]
    if missing:
        what = gettext("no column {names}").format(names=", ".join(missing))
        expected = gettext("one of {values}").format(values=", ".join(filter(None, columns))[:400])
        raise ImportRefused(file, [Problem(header.line, "", what, expected)])

    def translate(row: Row, context: FileContext) -> Row:
        fields = {name: row.get(column, "") if column else "" for name, column in chosen.items()}
        fields["Currency"] = fields["Currency"] or context.currency
        fields["Financial Status"] = fields["Financial Status"].casefold() or "paid"
        if not is_summed:
            fields["Subtotal"] = fields["Subtotal"] or _less(fields["Total"], fields["Shipping"], fields["Taxes"])
        return fields

    is_summed = not chosen["Total"]
    notes: tuple[str, ...] = () if chosen["Currency"] else (str(CURRENCY_NOTE),)
    notes += (str(TOTAL_NOTE),) if is_summed else ()
    label = gettext("table with your columns (CSV)")
    return CsvFormat(label, "csv", Layout(CANONICAL), columns, translate, notes, is_summed=is_summed)


def _less(amount: str, *parts: str) -> str:
    """Return the amount less its parts; as it stands where one of them is no amount."""
    total = _parsed(amount)
    values = [_parsed(part or "0") for part in parts]
    if total is None or None in values:
        return amount
    return str(total - sum((value for value in values if value is not None), Decimal(0)))


def _parsed(text: str) -> Decimal | None:
    """Return an amount with a decimal point or comma; which of them the file has is checked where it is read."""
    return parse_amount(text if "." in text else text.replace(",", ".", 1))


IGNORED = {
    "accepts marketing", "shipping method", "lineitem compare at price", "billing address1", "billing address2",
    "billing company", "shipping address1", "shipping address2", "shipping company", "note attributes", "vendor",
    "employee", "location", "device id", "risk level", "receipt number", "billing province name",
    "shipping province name", "payment id", "payment references",
}  # fmt: skip
"""Columns of Shopify's export that mean nothing here."""
