"""Prices and stock by SKU, from CSV and XLSX: of products the store has, in the columns the file has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext, gettext_noop

from dealport.kit.money import MILL, with_cents
from dealport.kit.values import Json
from orders.actions.product_rows import ProductRow, RowOutcome, Shelf
from orders.importing.columns import with_point
from orders.importing.problems import BadValue, ImportRefused
from orders.importing.records import Record, RecordReader
from orders.models import Upload
from orders.uploads.problems import Refused

COLUMNS = {
    "sku": ("sku", "variant sku"),
    "price": ("price", "variant price"),
    "cost_price": ("cost", "cost price", "costprice", "cost per item"),
    "compare_at_price": ("compare-at price", "compare at price", "compareatprice", "variant compare at price"),
    "stock": ("stock", "inventory", "quantity", "on hand", "variant inventory qty"),
}
"""Field → what its column may be called, whatever the case."""
NAMES = {
    "price": gettext_noop("price"),
    "cost_price": gettext_noop("cost"),
    "compare_at_price": gettext_noop("compare-at price"),
    "stock": gettext_noop("stock"),
}
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3}0*)?", re.ASCII)
COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
MAX_ROWS = 50_000
BATCH = 500
LISTED = 50
"""Changes and problems that preview and receipt show, of each the first."""


@dataclass(frozen=True)
class Line:
    """One row of the file: where it begins, what it asks for, or what is wrong with it."""

    number: int
    row: ProductRow
    problem: str = ""


class Tally:
    """Counts what became of the rows, and keeps the first changes and problems."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns
        self.counts: Counter[str] = Counter()
        self.changes: list[dict[str, object]] = []
        self.problems: list[dict[str, object]] = []

    def take(self, line: Line, outcome: RowOutcome) -> None:
        """Count a row by its outcome; the first changes and problems are kept to be listed."""
        self.counts[outcome.outcome] += 1
        if outcome.outcome == "updated" and len(self.changes) < LISTED:
            changes = {
                NAMES[name]: [_shown(before), _shown(after)] for name, (before, after) in outcome.changes.items()
            }
            self.changes.append({"line": line.number, "sku": line.row.sku, "name": outcome.name, "changes": changes})
        if outcome.outcome == "refused" and len(self.problems) < LISTED:
            text = " ".join(text for texts in outcome.errors.values() for text in texts)
            self.problems.append({"line": line.number, "sku": line.row.sku, "problem": text})

    def report(self) -> dict[str, object]:
        """Return counts, changes and problems as the JSON of preview and receipt."""
        names = ("updated", "unchanged", "refused")
        counts = {name: self.counts[name] for name in names}
        return {
            "columns": self.columns,
            "rows": self.counts.total(),
            **counts,
            "changes": self.changes,
            "problems": self.problems,
        }


def check(upload: Upload, path: Path) -> Json:
    """Return what applying the file would change. Raises Refused for one that cannot be read."""
    return _walk(upload, path, lambda shelf, row: shelf.plan(row))


def apply(upload: Upload, path: Path) -> dict[str, object]:
    """Set prices and stock as the file says; a row that is refused changes nothing. Raises Refused."""
    return _walk(upload, path, lambda shelf, row: shelf.save(row, upload.created_by, may_create=False))


def _walk(upload: Upload, path: Path, do: Callable[[Shelf, ProductRow], RowOutcome]) -> dict[str, object]:
    try:
        with RecordReader(path) as reader:
            records = iter(reader)
            columns = _columns(next(records, None))
            tally = Tally([NAMES[name] for name in columns if name != "sku"])
            lines, seen = _lines(reader, records, columns, upload.store.currency), set[str]()
            while batch := list(islice(lines, BATCH)):
                shelf = Shelf(upload.store, (line.row.sku for line in batch))
                for line in batch:
                    problem = line.problem or _problem(line, shelf, seen)
                    refused = RowOutcome(line.row.sku, "refused", errors={"row": [problem]})
                    tally.take(line, refused if problem else do(shelf, line.row))
                    seen.add(line.row.sku)
                if tally.counts.total() > MAX_ROWS:
                    raise Refused(gettext("Upload at most {most} rows at a time.").format(most=f"{MAX_ROWS:,}"))
    except ImportRefused as error:
        raise Refused(gettext("The file cannot be read."), [str(problem) for problem in error.problems]) from error
    return tally.report()


def _columns(header: Record | None) -> dict[str, int]:
    """Return field → place in the rows. Raises Refused for a header without SKU or anything to set, or one twice."""
    names = [name.strip().casefold() for name in (header.fields if header else [])]
    found: dict[str, int] = {}
    for field, spellings in COLUMNS.items():
        places = [place for place, name in enumerate(names) if name in spellings]
        if len(places) > 1:
            text = gettext("Keep one column for {name}: the file has {count}.")
            raise Refused(text.format(name=gettext(NAMES.get(field, "SKU")), count=len(places)))
        if places:
            found[field] = places[0]
    if "sku" not in found or len(found) < 2:
        raise Refused(
            gettext("Name the columns in the first row: SKU, and at least one of price, cost, compare-at price, stock.")
        )
    return found


def _lines(reader: RecordReader, records: Iterator[Record], columns: dict[str, int], currency: str) -> Iterator[Line]:
    for record in records:
        cells = {name: _cell(record, place) for name, place in columns.items()}
        sku = cells.pop("sku")[:255]
        if record.fault:
            yield Line(record.line, ProductRow(sku, {}), str(record.fault))
            continue
        try:
            values = {name: _value(name, text, reader.decimal_mark, currency) for name, text in cells.items() if text}
        except ValueError as error:
            yield Line(record.line, ProductRow(sku, {}), str(error))
        else:
            yield Line(record.line, ProductRow(sku, values))


def _cell(record: Record, place: int) -> str:
    return record.fields[place].strip() if place < len(record.fields) else ""


def _value(name: str, text: str, mark: str, currency: str) -> Decimal | int:
    """Return the value of a cell. Raises ValueError with a text for the user."""
    if name == "stock":
        whole = text.removesuffix(".0")
        if not COUNT.fullmatch(whole):
            expected = gettext("Enter a whole number of 0 or more as stock instead of {text}.")
            raise ValueError(expected.format(text=repr(text[:40])))
        return int(whole)
    try:
        number = with_point(name, text, currency) if mark == "," else text
    except BadValue as error:
        raise ValueError(gettext("Enter {expected}.").format(expected=error.expected)) from error
    if not AMOUNT.fullmatch(number):
        expected = gettext("Enter an amount such as 12.50 as {name} instead of {text}.")
        raise ValueError(expected.format(name=gettext(NAMES[name]), text=repr(text[:40])))
    return with_cents(Decimal(number).quantize(MILL))


def _problem(line: Line, shelf: Shelf, seen: set[str]) -> str:
    sku = line.row.sku
    if not sku:
        return gettext("Enter the SKU.")
    if sku in seen:
        return gettext("Keep one row for each SKU: this one came before.")
    return "" if sku in shelf.products else gettext("There is no product with this SKU in this store.")


def _shown(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
