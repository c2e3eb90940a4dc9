"""The file of a saved query: its rows as the query console yields them, with the console's checks and role."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from customers.models import User
from dashboard import figures
from dealport.kit.spreadsheets import guarded_text
from reports import sql
from reports.datasets import Column
from reports.exporting.errors import Refused
from reports.exporting.pulse import Pulse
from reports.exporting.receipts import receipt_lines
from reports.files.xlsx_file import SHEET_ROWS, DoesNotFit, require_fit, write_xlsx
from reports.models import ExportFormat, ExportJob

BATCH_ROWS = 500
EXACT = 10**15
"""Larger whole numbers are not kept by the cells of a workbook: they are written as text."""


def write_query(job: ExportJob, owner: User, path: Path, pulse: Pulse) -> dict[str, object]:
    """Write the answer to the job's statement and return the receipt. Raises Refused, DoesNotFit, NotOurs, sql.Away."""
    receipt: dict[str, object] = {
        "rowCount": 0,
        "controlTotals": [],
        "agreesWithDashboard": None,
        "definitionVersion": figures.VERSION,
        "snapshotAt": timezone.now().isoformat(),
        "dataset": job.dataset,
        "filters": {},
        "isMasked": False,
    }
    write = _write_csv if job.format == ExportFormat.CSV else _write_xlsx
    try:
        with sql.stream(job.sql, user=owner) as (names, rows):
            receipt["sha256"] = write(path, _distinct(names), _counted(rows, pulse, receipt), receipt)
    except PermissionDenied as error:
        raise Refused("Queries are for super admins; the account that asked for it is none any more.") from error
    except sql.Away:
        raise
    except sql.QueryError as error:
        raise Refused(error.stored) from error
    return receipt


def _counted(rows: Iterable[Sequence[object]], pulse: Pulse, receipt: dict[str, object]) -> Iterator[Sequence[object]]:
    for number, row in enumerate(rows, start=1):
        if number % BATCH_ROWS == 0:
            pulse.done(number)
        receipt["rowCount"] = number
        yield row


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names of the columns, a repeated one with a number behind."""
    found: list[str] = []
    for name in names:
        numbers = itertools.count(2)
        new = name
        while new in found:
            new = f"{name}_{next(numbers)}"
        found.append(new)
    return found


def _write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]], receipt: dict[str, object]) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for batch in _batches(names, rows):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([[_text(value) for value in row] for row in batch])
            content = text.getvalue().encode()
            file.write(content)
            digest.update(content)
    return digest.hexdigest()


def _batches(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    every = itertools.chain([names], rows)
    while batch := list(itertools.islice(every, BATCH_ROWS)):
        yield batch


def _write_xlsx(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]], receipt: dict[str, object]) -> str:
    found = list(itertools.islice(rows, 1))
    cells = _cells(names, itertools.chain(found, rows))
    columns = [Column(name, "") for name in names]
    return write_xlsx(path, cells, columns, count=len(found), receipt=_receipt_lines(receipt))


def _receipt_lines(receipt: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the lines when they are written: after the rows, which are counted only then."""
    yield from receipt_lines(receipt)


def _cells(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[dict[str, object]]:
    for number, row in enumerate(rows):
        if number == SHEET_ROWS:
            raise DoesNotFit(f"The answer has more than {SHEET_ROWS:,} rows, all that a sheet holds: ask for CSV.")
        cells = [_cell(value) for value in row]
        require_fit([cell for cell in cells if isinstance(cell, str)])
        yield dict(zip(names, cells, strict=True))


def _text(value: object) -> str:
    if isinstance(value, str):
        return guarded_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value)


def _cell(value: object) -> object:
    """Return what a cell keeps exactly: numbers of up to 15 digits as numbers, moments and days as ISO 8601 text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) <= 15 else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT:
        return str(value)
    return value
