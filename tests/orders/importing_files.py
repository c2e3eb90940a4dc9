"""Files in the layout of Shopify's orders export, for the tests of the import."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

COLUMNS = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
    "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku",
    "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing Address2", "Billing Company", "Billing City", "Billing Zip", "Billing Province",
    "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street", "Shipping Address1", "Shipping Address2",
    "Shipping Company", "Shipping City", "Shipping Zip", "Shipping Province", "Shipping Country", "Shipping Phone",
    "Notes", "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor",
    "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source",
    "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Phone", "Receipt Number", "Duties", "Billing Province Name",
    "Shipping Province Name", "Payment ID", "Payment Terms Name", "Next Payment Due At", "Payment References",
)  # fmt: skip
"""The columns Shopify writes today, in its order."""

PLAIN = {
    "Name": "#1001",
    "Email": "ada@example.com",
    "Financial Status": "paid",
    "Paid at": "2026-03-02 09:01:00 +0000",
    "Fulfillment Status": "unfulfilled",
    "Currency": "GBP",
    "Subtotal": "20.00",
    "Shipping": "0.00",
    "Taxes": "0.00",
    "Total": "20.00",
    "Discount Amount": "0.00",
    "Created at": "2026-03-02 09:00:00 +0000",
    "Lineitem quantity": "2",
    "Lineitem name": "Mug",
    "Lineitem price": "10.00",
    "Lineitem sku": "MUG",
    "Billing Name": "Ada Lovelace",
    "Shipping Country": "GB",
    "Refunded Amount": "0.00",
}

Row = dict[str, str]


def order(name: str = "#1001", **fields: str) -> Row:
    """Return the row that begins an order: one of £20 for two mugs, paid; fields are named with underscores."""
    return {**PLAIN, "Name": name, **_named(fields)}


def item(name: str = "#1001", **fields: str) -> Row:
    """Return the row of a further item: one mug of £10 unless told otherwise."""
    columns = ("Email", "Created at", "Lineitem name", "Lineitem price", "Lineitem sku")
    return {**{column: PLAIN[column] for column in columns}, "Name": name, "Lineitem quantity": "1", **_named(fields)}


def _named(fields: dict[str, str]) -> Row:
    by_name = {column.replace(" ", "_"): column for column in COLUMNS}
    return {by_name[name]: value for name, value in fields.items()}


def write(path: Path, *rows: Row, columns: tuple[str, ...] = COLUMNS, encoding: str = "utf-8", **options: Any) -> Path:
    """Write an export; a name that ends in .gz is compressed."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", **options)
        writer.writeheader()
        writer.writerows(rows)
    return path
