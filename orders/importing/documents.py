"""Orders as JSON: what the APIs of Shopify, WooCommerce and Magento answer and send, one document or one a line."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from dealport.kit.money import amount_of
from dealport.kit.values import Json
from orders.importing.columns import CURRENCY, parse_amount
from orders.importing.problems import BadValue, ImportRefused, Problem
from orders.importing.records import RecordReader
from orders.importing.shopify import FileContext
from orders.pricing import ZERO
from orders.sources import magento, shopify, woocommerce
from orders.sources.description import SourceOrder
from orders.sources.digits import odd_amount
from orders.sources.oddities import OddValue, unreadable_order

MAX_CHARACTERS = 64 * 1_048_576
MAX_LINE = 4 * 1_048_576
GID = "gid://shopify/"


class DoubledId(ValueError):
    """Two objects have this id."""


@dataclass(frozen=True)
class Unreadable:
    """An order that cannot be read: what is wrong, its currency, its total as far as it is one, and what was sent."""

    problem: Problem
    currency: str
    amount: Decimal
    content: Json


@dataclass
class Documents:
    """The orders of a file, or what is wrong with each, what it is called, and notes on what it lacks."""

    name: str
    orders: Iterator[SourceOrder | Unreadable]
    notes: list[str] = field(default_factory=list)


def document_orders(reader: RecordReader, context: FileContext, more: list[object] | None = None) -> Documents:
    """Return the orders of a JSON or JSONL file. Raises ImportRefused for what is neither."""
    text = reader.file.text()
    first = text.readline(MAX_LINE)
    if GID in first[:200] and isinstance(parent := _parsed(first), dict) and _is_node(parent):
        return Documents(gettext("Shopify GraphQL bulk operation (JSONL)"), _bulk(parent, text, reader, context))
    rest = text.read(MAX_CHARACTERS + 1)
    if len(rest) > MAX_CHARACTERS:
        expected = gettext("a JSON document of at most {most} characters").format(most=f"{MAX_CHARACTERS:,}")
        raise reader.file.refuse(gettext("a larger file"), expected)
    document = _parsed(first + rest)
    if document is None:
        raise reader.file.refuse(first[:80], gettext("a JSON document, or JSON Lines"))
    return _documents(document, more or [], reader, context)


def load(path: Path) -> object:
    """Return a whole JSON document that goes with the orders of another. Raises ImportRefused."""
    with RecordReader(path) as reader:
        document = _parsed(reader.file.text().read(MAX_CHARACTERS))
        if document is None:
            raise reader.file.refuse(path.name, gettext("a JSON document"))
        return document


def _documents(document: object, more: list[Any], reader: RecordReader, context: FileContext) -> Documents:
    items = _items(document)
    first = items[0] if items and isinstance(items[0], dict) else {}
    if "increment_id" in first and "order_currency_code" in first:
        return Documents(gettext("Magento order (REST JSON)"), _read(items, magento.read_order, context))
    if "financial_status" in first:
        transactions = [one for other in more for one in other.get("transactions", [])]
        of = _by(transactions, "order_id")
        read = lambda item: shopify.read_rest(item, of[str(item["id"])])  # noqa: E731
        return Documents(gettext("Shopify order (REST JSON)"), _read(items, read, context))
    if "date_created_gmt" in first and "parent_id" in first and "amount" not in first:
        refunds = [one for other in more for one in (other if isinstance(other, list) else [other])]
        notes = [] if refunds else woocommerce.notes(items)
        of = _by(refunds, "parent_id")
        read = lambda item: woocommerce.read_order(item, of[str(item["id"])])  # noqa: E731
        return Documents(gettext("WooCommerce order (REST JSON)"), _read(items, read, context), notes)
    if "amount" in first and ("parent_id" in first or "order_id" in first):
        raise reader.file.refuse(gettext("refunds without their order"), str(context.reading.words.more))
    if isinstance(document, dict) and "transactions" in document:
        raise reader.file.refuse(gettext("transactions without their order"), str(context.reading.words.more))
    raise reader.file.refuse(
        str(sorted(first))[:80], gettext("orders as the API of Shopify, WooCommerce or Magento states them")
    )


def _by(items: list[Any], field: str) -> defaultdict[str, list[Json]]:
    """Return the objects among the items by what a field of them is."""
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for item in items:
        if isinstance(item, dict):
            found[str(item.get(field))].append(item)
    return found


def _items(document: object) -> list[Any]:
    """Return the orders of a document: a list of them, one alone, or an object that holds either.

    Magento's list is called `items`, as are the lines of an order of it, which has an `increment_id`.
    """
    items = document
    if isinstance(document, dict) and "increment_id" not in document:
        held = next((name for name in ("orders", "order", "items") if name in document), None)
        items = document[held] if held else document
    return items if isinstance(items, list) else [items]


def _read(
    items: list[Any], read: Callable[[Json], SourceOrder], context: FileContext
) -> Iterator[SourceOrder | Unreadable]:
    for index, item in enumerate(items, 1):
        yield _checked(item, read, index, context)


def _checked(
    item: Any, read: Callable[[Json], SourceOrder], line: int, context: FileContext
) -> SourceOrder | Unreadable:
    content = item if isinstance(item, dict) else {"value": item}
    name = str(content.get("name") or content.get("number") or content.get("increment_id") or "")
    try:
        order = read(item)
        if order.currency != context.currency:
            expected = gettext("{currency}, the currency of the store").format(currency=context.currency)
            raise BadValue("currency", order.currency, expected)
        if (odd := odd_amount(order)) is not None:
            raise BadValue(odd[0], str(odd[1]), amount_of(order.currency))
    except BadValue as error:
        problem = Problem(line, error.column, error.value, error.expected, name)
    except OddValue as error:
        problem = Problem(line, "", error.value, error.expected, name)
    except KeyError as error:
        problem = Problem(line, str(error.args[0]), "", gettext("a value"), name)
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, AssertionError):
        problem = Problem(line, "", name, unreadable_order(), name)
    else:
        return order
    return Unreadable(problem, _stated_currency(content) or context.currency, _stated_total(content), content)


def _stated_currency(content: Json) -> str:
    """Return the currency of an order that cannot be read; nothing where it states none."""
    names = ("currency", "currencyCode", "order_currency_code")
    stated = next((content[name] for name in names if isinstance(content.get(name), str)), "")
    return stated if CURRENCY.fullmatch(stated) else ""


def _stated_total(content: Json) -> Decimal:
    """Return the total of an order that cannot be read, as far as it states one."""
    stated = content.get("total_price", content.get("total", content.get("grand_total")))
    if stated is None:
        money = content.get("totalPriceSet")
        shop = money.get("shopMoney") if isinstance(money, dict) else None
        stated = shop.get("amount") if isinstance(shop, dict) else None
    return parse_amount(str(stated)) or ZERO


def _bulk(
    first: dict[str, object], text: object, reader: RecordReader, context: FileContext
) -> Iterator[SourceOrder | Unreadable]:
    """Yield the orders of a bulk operation."""
    try:
        for node in grouped_nodes(_nodes(first, text, reader)):
            yield _checked(node, shopify.read_graphql, node["line"], context)
    except DoubledId as error:
        raise reader.file.refuse(str(error), gettext("each object once")) from None


def grouped_nodes(rows: Iterable[tuple[str, int, str, str]]) -> Iterator[Json]:
    """Yield objects with their `children` and `line`, from (id of the parent or "", line, id, JSON) in any order.

    Children stand anywhere after their parent: a file on disk sorts them. Raises DoubledId, for each of
    the parents would have all children.
    """
    with tempfile.TemporaryDirectory() as folder:
        with sqlite3.connect(f"{folder}/bulk.sqlite") as store:
            store.execute("PRAGMA synchronous = OFF")
            store.execute("CREATE TABLE nodes (parent TEXT, line INTEGER, id TEXT, text TEXT)")
            store.executemany("INSERT INTO nodes VALUES (?, ?, ?, ?)", rows)
            store.execute("CREATE INDEX by_parent ON nodes (parent, line)")
        try:
            twice = "SELECT id FROM nodes WHERE parent = '' GROUP BY id HAVING count(*) > 1 LIMIT 1"
            for (key,) in store.execute(twice):
                raise DoubledId(key)
            parents = store.execute("SELECT line, id, text FROM nodes WHERE parent = '' ORDER BY line")
            for line, key, text in parents:
                children = store.execute("SELECT text FROM nodes WHERE parent = ? ORDER BY line", [key])
                yield json.loads(text) | {"children": [json.loads(child) for (child,) in children], "line": line}
        finally:
            store.close()


def _nodes(first: Json, text: Any, reader: RecordReader) -> Iterator[tuple[str, int, str, str]]:
    yield first.get("__parentId", ""), 1, first["id"], json.dumps(first)
    line = 1
    while row := text.readline(MAX_LINE):
        line += 1
        if not row.strip():
            continue
        node = _parsed(row)
        if not isinstance(node, dict) or not _is_node(node):
            problem = Problem(line, "", row[:80], gettext("one JSON object a line, each with its id"))
            raise ImportRefused(reader.path.name, [problem])
        yield node.get("__parentId", ""), line, node["id"], row


def _is_node(row: Json) -> bool:
    return isinstance(row.get("id"), str) and isinstance(row.get("__parentId", ""), str)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
