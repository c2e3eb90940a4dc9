"""The file of a saved query: its rows as the query console yields them, with the console's checks and role."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from customers.models import User
from dashboard import figures
from reports import sql
from reports.datasets import Column
from reports.exporting.errors import Refused
from reports.exporting.pulse import Pulse
from reports.exporting.receipts import receipt_lines
from reports.files.rows_file import BATCH_ROWS, cell, write_csv_rows
from reports.files.xlsx_file import SHEET_ROWS, DoesNotFit, require_fit, write_xlsx
from reports.models import ExportFormat, ExportJob


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
    return write_csv_rows(path, names, rows)


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
        cells = [cell(value) for value in row]
        require_fit([text for text in cells if isinstance(text, str)])
        yield dict(zip(names, cells, strict=True))
