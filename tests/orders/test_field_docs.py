"""The documents say of every field of every source what becomes of it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from orders.connections import shopify_queries as queries
from orders.importing.formats import CANONICAL
from tests.orders.importing_files import COLUMNS

ROOT = Path(__file__).parents[2]
FILES = ROOT / "tests" / "data" / "imports"
IMPORTING = (ROOT / "docs" / "importing.md").read_text()
CONNECTIONS = (ROOT / "docs" / "connections.md").read_text()
PARTS = {"trackingInfo", "allocatedAmountSet", "priceSet", "kind", "status", "amountSet", "shopMoney", "amount"}
"""What fields consist of, which is told with the field."""


def table(document: str, title: str) -> set[str]:
    """Return the names in the first column of the table that begins with `title`."""
    rows = document.split(f"| {title} |", 1)[1].split("\n\n", 1)[0].splitlines()
    return set(re.split(r", | … ", ", ".join(row.split("|")[1].strip() for row in rows if row.startswith("|"))))


def words(document: str, title: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]+", " ".join(table(document, title))))


def test_every_column_of_shopifys_export_has_its_line() -> None:
    numbered = {f"Tax {n} {word}" for n in range(2, 5) for word in ("Name", "Value")}
    assert {*COLUMNS, *CANONICAL} - numbered <= table(IMPORTING, "column")


def test_every_column_of_woocommerces_plugin_has_its_line() -> None:
    with (FILES / "woocommerce.csv").open(newline="") as file:
        header = set(next(csv.reader(file)))
    named = IMPORTING.split("Of a WooCommerce plugin's CSV:")[1]
    assert {column for column in header if column not in named} == set()


def test_every_field_that_is_asked_of_shopify_has_its_line() -> None:
    fields = set(re.findall(r"[A-Za-z]+", queries.LINE + re.sub(r"\{[^{}]*\}", "", queries.ORDER)))
    fields |= set(re.findall(r"refund[A-Z][A-Za-z]+", queries.REFUND))
    assert fields - PARTS <= words(CONNECTIONS, "Shopify")


def test_every_field_that_woocommerce_states_has_its_line() -> None:
    orders = json.loads((FILES / "woocommerce-order.json").read_text())
    order = orders[0] if isinstance(orders, list) else orders
    assert order.keys() <= words(CONNECTIONS, "WooCommerce")
