"""Files of rows that are at hand: names and values, with the same safety as the files of datasets."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from dealport.kit.spreadsheets import guarded_text

BATCH_ROWS = 500
EXACT = 10**15
"""Larger whole numbers are not kept by the cells of a workbook: they are written as text."""


def write_csv_rows(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows below their names and return the SHA-256 of the file."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for batch in _batches(names, rows):
            content = csv_text(batch).encode()
            file.write(content)
            digest.update(content)
    return digest.hexdigest()


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_text(value) for value in row] for row in rows])
    return text.getvalue()


def cell(value: object) -> object:
    """Return what a cell keeps exactly: numbers of up to 15 digits as numbers, moments and days as ISO 8601 text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) <= 15 else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT:
        return str(value)
    return value


def _batches(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    every = itertools.chain([names], rows)
    while batch := list(itertools.islice(every, BATCH_ROWS)):
        yield batch


def _text(value: object) -> str:
    if isinstance(value, str):
        return guarded_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value)
