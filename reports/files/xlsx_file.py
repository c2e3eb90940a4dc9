"""XLSX: a sheet per 1,048,575 rows with real dates and numbers, and a sheet with the receipt."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from django.db import connection
from rustpy_xlsxwriter import FastExcel, Format

from dealport.kit.money import places_of
from reports.datasets import Column, Kind, Part
from reports.files.statements import typed_rows

SHEET_ROWS = 1_048_575
"""Rows of a sheet below its header: Excel's limit."""
TEXT_LIMIT = 32_767
TOO_LONG = f"A text has more than {TEXT_LIMIT:,} characters, which is all that a cell of XLSX holds: ask for CSV."
BATCH_ROWS = 2000
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SYSTEM_ERROR = re.compile(r"(?:code: |os error )(\d+)")
"""How the writer's messages name what the system said."""
Step = Callable[[int], None]
_FORMATS = {Kind.PERCENT: "0.00", Kind.DAY: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss.000"}


class DoesNotFit(Exception):
    """The format cannot hold what is to be written; the text says what and what to do instead."""


def write_xlsx(
    path: Path,
    rows: Iterator[dict[str, object]],
    columns: Sequence[Column],
    *,
    count: int,
    receipt: Iterable[tuple[str, str]],
    currencies: Iterable[str] = (),
    sheet_rows: int = SHEET_ROWS,
) -> str:
    """Write `count` rows, amounts of `currencies`, and the receipt; return the file's SHA-256. Raises DoesNotFit."""
    formats = number_formats(columns, currencies)
    texts = [c.name for c in columns if c.kind in (Kind.TEXT, Kind.ID)]
    workbook = FastExcel(str(path)).format(bold_headers=True).freeze(row=1)
    for number in range(max(1, -(-count // sheet_rows))):
        # the writer makes no header of no rows
        sheet = itertools.islice(rows, sheet_rows) if count else iter([dict.fromkeys(c.name for c in columns)])
        workbook.sheet(
            f"Data {number + 1}" if count > sheet_rows else "Data", sheet, column_formats=formats, ignore_errors=texts
        )
    workbook.sheet("Receipt", ({"receipt": name, "value": value} for name, value in receipt))
    _save(workbook)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _save(workbook: FastExcel) -> None:
    """Write the workbook. Raises DoesNotFit, OSError, and what the rows raise."""
    try:
        workbook.save()
    except BaseException as error:
        # panics when it cannot write: with no Exception, which would end the worker's process as well
        if type(error).__name__ not in ("RuntimeError", "PanicException"):
            raise
        if "32,767" in str(error):
            raise DoesNotFit(TOO_LONG) from error
        if code := _SYSTEM_ERROR.search(str(error)):
            raise OSError(int(code[1]), os.strerror(int(code[1]))) from error
        raise RuntimeError("the writer of workbooks gave up") from error


def require_fit(texts: Sequence[str | None]) -> None:
    """Raise DoesNotFit for a text that is too long as Excel counts: an emoji is two, which the writer takes for one."""
    if max(map(len, filter(None, texts)), default=0) <= TEXT_LIMIT // 2:
        return
    if any(len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT for text in filter(None, texts)):
        raise DoesNotFit(TOO_LONG)


def number_formats(columns: Sequence[Column], currencies: Iterable[str]) -> dict[str, Format]:
    """Return how amounts, days and times are shown, by the name of the column."""
    formats = {**_FORMATS, Kind.MONEY: _money_format(currencies)}
    return {c.name: Format().set_num_format(formats[c.kind]) for c in columns if c.kind in formats}


def _money_format(currencies: Iterable[str]) -> str:
    """Return the format with the decimals of the currencies: of several, those each has, and more where one has."""
    places = {places_of(currency) for currency in currencies} or {2}
    # a point without a digit behind it is shown as well
    least = min(places) if places == {0} else max(min(places), 2)
    return "#,##0" + ("." if max(places) else "") + "0" * least + "#" * (max(places) - least)


def database_rows(
    parts: Sequence[Part], columns: Sequence[Column], *, order: str, is_masked: bool, step: Step
) -> Iterator[dict[str, object]]:
    """Yield the rows through a server-side cursor. `step` is called with the rows done and may raise to stop."""
    names, done = [column.name for column in columns], 0
    texts = [index for index, column in enumerate(columns) if column.kind is Kind.TEXT]
    for part in parts:
        with connection.chunked_cursor() as cursor:
            cursor.execute(typed_rows(part, columns, order=order, is_masked=is_masked), part.parameters)
            while batch := cursor.fetchmany(BATCH_ROWS):
                for index in texts:
                    require_fit([row[index] for row in batch])
                for row in batch:
                    yield dict(zip(names, row, strict=True))
                done += len(batch)
                step(done)
