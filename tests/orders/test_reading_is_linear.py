"""Workbooks, archives and documents of orders: four times the file is about four times the work, or is refused at once.

With `tests/dealport/test_parsing_is_linear.py`, which measures all other parsers.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orders.importing.columns import Layout
from orders.importing.documents import Unreadable, document_orders
from orders.importing.problems import ImportRefused
from orders.importing.records import RecordReader
from orders.importing.shopify import FileContext
from tests.dealport.test_parsing_is_linear import check, cpu
from tests.orders import workbooks

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # of what a workbook lacks
LARGE = 100_000
NAME = '<row r="1"><c t="inlineStr"><is><t>Name</t></is></c></row>'


def times(unit: str) -> Callable[[int], str]:
    """Return what repeats a unit up to a size, # being its number."""
    return lambda size: "".join(unit.replace("#", str(number)) for number in range(size // len(unit)))


def rows_of(path: Path) -> int:
    with RecordReader(path) as reader:
        return sum(1 for _ in reader)


Parts = dict[str, str]


def part(name: str, tags: str, unit: str) -> Callable[[int], Parts]:
    """Return what writes a part of a workbook: tags, the last of them holding a unit again and again."""
    names = tags.split()

    def make(size: int) -> Parts:
        opened, closed = "".join(f"<{tag}>" for tag in names), "".join(f"</{tag}>" for tag in reversed(names))
        return {"rows": NAME, name: opened + times(unit)(size) + closed}

    return make


WORKBOOKS: dict[str, Callable[[int], Parts]] = {
    "rows": part("rows", "", "<row><c><v>#</v></c></row>"),
    "one row": part("rows", "row", "<c/>"),
    "far cells": part("rows", "", '<row><c r="ZZZ1"><v>1</v></c></row>'),
    "a long number": part("rows", "row c v", "9"),
    "a long place": lambda size: {"rows": f'<row><c r="{"A" * size}1"><v>1</v></c></row>'},
    "texts": part("texts", "", "<si><t>#</t></si>"),
    "a text in pieces": part("texts", "si", "<r><t>#</t></r>"),
    "links": part("after", "hyperlinks", '<hyperlink ref="A1"/>'),
    "rules": part("after", "", '<conditionalFormatting sqref="A1"><cfRule priority="1"/></conditionalFormatting>'),
    "columns": part("before", "cols", '<col min="1" max="16384"/>'),
    "sheets": part("sheets", "", '<sheet name="a#" sheetId="#" r:id="rId1"/>'),
    "styles": part("styles", "cellXfs", '<xf numFmtId="#"/>'),
    "fonts": part("styles", "fonts", '<font><sz val="#"/></font>'),
    "tags that stay open": lambda size: {"rows": NAME, "after": "<a>" * (size // 3)},
    "attributes": lambda size: {"rows": "<row " + times('a#="" ')(size) + "/>"},
}


@pytest.mark.parametrize("shape", WORKBOOKS)
def test_workbooks(shape: str, tmp_path: Path) -> None:
    def make(size: int) -> Path:
        path = tmp_path / f"{size}.xlsx"
        workbooks.write(path, **WORKBOOKS[shape](size))
        return path

    check(read_refused, make, LARGE, limit=4)


def read_refused(path: Path) -> None:
    try:
        rows_of(path)
    except ImportRefused as error:
        assert len(str(error)) < 1_000


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ('<row r="999999999999"><c><v>1</v></c></row>', "at most 1,048,576 rows"),
        ('<row r="2"><c r="XFD2"><v>1</v></c></row>', "1,000 columns"),
        ('<row r="2"><c r="AAAA2"><v>1</v></c></row>', "a complete workbook"),
        ("<row><c><v>1</v></row>", "a complete workbook"),
        ('<row><c t="s"><v>7</v></c></row>', "a complete workbook"),
    ],
)
def test_a_sheet_that_names_a_far_place_or_is_damaged_is_refused_at_once(
    rows: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.xlsx"
    workbooks.write(path, NAME + rows)
    with pytest.raises(ImportRefused, match=problem):
        rows_of(path)


def test_the_size_that_a_sheet_states_costs_nothing_and_cuts_nothing_off(tmp_path: Path) -> None:
    row = "<row><c><v>1</v></c><c><v>2</v></c></row>"
    for stated in ("A1:XFD1048576", "A1"):
        path = tmp_path / "orders.xlsx"
        workbooks.write(path, row + "<row><c><v>3</v></c></row>", before=f'<dimension ref="{stated}"/>')
        with RecordReader(path) as reader:
            assert [record.fields for record in reader] == [["1", "2"], ["3", ""]]


ARCHIVES: dict[str, Callable[[int], Any]] = {
    "members": lambda size: [(f"{number}.png", "") for number in range(size // 40)],
    "tables": lambda size: [(f"{number}.csv", "Name\n") for number in range(size // 40)],
    "one name": lambda size: [("a.png", "")] * (size // 40),
    "a long name": lambda size: [(f"{'a/' * min(size // 2, 30_000)}x.csv", "Name\n")],
    "rows": lambda size: [("orders.csv", times("#,\n")(size))],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("shape", ARCHIVES)
def test_archives(shape: str, tmp_path: Path) -> None:
    def make(size: int) -> Path:
        path = tmp_path / f"{size}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in ARCHIVES[shape](size):
                archive.writestr(name, content)
        return path

    check(read_refused, make, LARGE, limit=2)


ORDER = '{"id":"gid://shopify/Order/#"}\n'
LINE = '{"id":"gid://shopify/LineItem/#","__parentId":"gid://shopify/Order/%s"}\n'
NOTE = {"entity_name": "invoice", "created_at": "2026-01-01 10:00:00"}
PAID = {"total_paid": "1", "grand_total": "1", "subtotal": "1"}
PART = '{"item_id":#,"parent_item_id":%s,"name":"a","qty_ordered":1,"row_total":"1"},'
ITEM = '{"item_id":#,"name":"a","qty_ordered":1,"row_total":"1"},'


def magento(items: str = "", **fields: object) -> str:
    """Return an order of Magento with these lines, as one JSON document."""
    order = {
        "increment_id": "1",
        "entity_id": 1,
        "order_currency_code": "GBP",
        "created_at": "2026-01-01 10:00:00",
        "grand_total": "0",
        "subtotal": "0",
        "items": [],
        **fields,
    }
    return json.dumps(order).replace('"items": []', f'"items": [{items.rstrip(",")}]')


DOCUMENTS: dict[str, Callable[[int], str]] = {
    "JSONL: orders": times(ORDER),
    "JSONL: lines of one order": lambda size: ORDER.replace("#", "1") + times(LINE % "1")(size),
    "JSONL: lines of their own orders": lambda size: ORDER.replace("#", "1") + times(LINE % "#")(size),
    "JSONL: one order again and again, with lines": lambda size: (
        times(ORDER.replace("#", "1"))(size // 2) + times(LINE % "1")(size // 2)
    ),
    "JSONL: empty lines": lambda size: ORDER.replace("#", "1") + "\n" * size,
    "JSONL: a long line": lambda size: ORDER.replace("#", "1") + "[" * size,
    "Magento: orders": lambda size: f"[{','.join([magento()] * (size // len(magento())))}]",
    "Magento: lines": lambda size: magento(times(ITEM)(size)),
    "Magento: parts of one line": lambda size: magento(times(PART % "0")(size)),
    "Magento: parts of each other": lambda size: magento(times(PART % "9#")(size)),
    "Magento: notes": lambda size: magento(**PAID, status_histories=[NOTE] * (size // 40)),
    "Magento: a long amount": lambda size: magento(grand_total="9" * size),
    "Magento: a long moment": lambda size: magento(created_at="2" * size),
    "arrays": lambda size: "[" * size,
    "no orders": lambda size: f"[{times('{},')(size)}0]",
}


def documents_of(path: Path) -> list[object]:
    context = FileContext(Layout([]), "GBP", datetime(2026, 11, 27, tzinfo=UTC))
    with RecordReader(path) as reader:
        return list(document_orders(reader, context).orders)


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_documents(shape: str, tmp_path: Path) -> None:
    def make(size: int) -> Path:
        path = tmp_path / f"{size}.json"
        path.write_text(DOCUMENTS[shape](size))
        return path

    def read(path: Path) -> None:
        try:
            documents_of(path)
        except ImportRefused as error:
            assert len(str(error)) < 1_000

    check(read, make, LARGE, limit=4)


@pytest.mark.parametrize("field", ["qty_ordered", "qty_refunded"])
def test_a_number_of_pieces_without_end_is_a_problem_of_its_order(field: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    item = ITEM.replace("#", "1").replace('"qty_ordered":1', f'"qty_ordered":1,"{field}":"1e999999999"')
    path.write_text(magento(item, total_refunded="1", grand_total="0"))

    found: list[object] = []
    assert cpu(lambda where: found.extend(documents_of(where)), path) < 1
    assert isinstance(found[0], Unreadable) and found[0].problem.column == field


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[{"id":"gid://shopify/Order/1"}]', "orders as the API"),
        (ORDER + '{"id":7}\n', "one JSON object a line, each with its id"),
        (ORDER + '{"id":"x","__parentId":{}}\n', "one JSON object a line, each with its id"),
        (ORDER + ORDER, "each object once"),
    ],
)
def test_what_is_no_bulk_operation_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(text)
    with pytest.raises(ImportRefused, match=problem):
        documents_of(path)
