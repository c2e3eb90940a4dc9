"""JSON whose orders state something odd: refused in words, with the field, and never in Python's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orders.importing import ImportRefused, import_orders
from orders.models import Order
from tests.builders import a_store

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parents[1] / "data" / "imports"
SHOPIFY, WOOCOMMERCE, MAGENTO = "shopify-orders-updated.json", "woocommerce-order.json", "magento-orders.json"
KIND = "expected an order as its API states it: one of its fields is missing or of another kind"
ODD: dict[str, tuple[str, dict[str, Any], str]] = {
    "no moment": (
        SHOPIFY,
        {"processed_at": "yesterday"},
        "'yesterday', expected a time such as 2026-06-10T14:00:00Z",
    ),
    "a number as a moment": (WOOCOMMERCE, {"date_created_gmt": 5}, "'5', expected a time such as 2026-06-10T14:00:00Z"),
    "no moment of Magento's": (MAGENTO, {"created_at": "soon"}, "'soon', expected a time such as 2026-06-10T14:00:00Z"),
    "no amount": (SHOPIFY, {"total_price": "free"}, "'free', expected an amount such as 1234.50"),
    "an amount without end": (WOOCOMMERCE, {"total": "Infinity"}, "'Infinity', expected an amount such as 1234.50"),
    "nothing where the items are": (SHOPIFY, {"line_items": None}, KIND),
    "a text where the items are": (WOOCOMMERCE, {"line_items": "Mug"}, KIND),
    "no moment at all": (WOOCOMMERCE, {"date_created_gmt": None}, KIND),
}


def refused(tmp_path: Path, name: str, change: dict[str, Any], *, gone: str = "") -> str:
    """Assert that the file with a change in its first order is refused; return what is said of it."""
    document = json.loads((FILES / name).read_text())
    first = document["items"][0] if "items" in document and "increment_id" not in document else document
    first = first[0] if isinstance(first, list) else first
    first.update(change)
    first.pop(gone, None)
    path = tmp_path / name
    path.write_text(json.dumps(document))
    with pytest.raises(ImportRefused) as error:
        import_orders(path, a_store(currency="USD"))
    assert not Order.objects.exists()
    return str(error.value.problems[0])


@pytest.mark.parametrize(("name", "change", "said"), ODD.values(), ids=ODD.keys())
def test_an_odd_value_is_said_in_words(tmp_path: Path, name: str, change: dict[str, Any], said: str) -> None:
    assert refused(tmp_path, name, change).endswith(said)


def test_a_field_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, SHOPIFY, {}, gone="total_tax").endswith("total_tax: '', expected a value")


def test_orders_of_another_currency_are_counted_in_it(tmp_path: Path) -> None:
    document = json.loads((FILES / SHOPIFY).read_text())
    path = tmp_path / "orders.json"
    path.write_text(json.dumps({**document, "currency": "CAD"}))
    with pytest.raises(ImportRefused) as error:
        import_orders(path, a_store(currency="USD"))
    assert error.value.left_out == "With --skip-invalid 1 order would be left out, CAD 122.10 in all."


@pytest.mark.parametrize("name", ["woocommerce-order-refunds.json", "shopify-order-transactions.json"])
def test_what_belongs_to_orders_is_no_file_of_orders(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused, match="without their order', expected the orders' own file first: import_orders"):
        import_orders(FILES / name, a_store(currency="USD"))
