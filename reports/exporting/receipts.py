"""The receipt of a file: how many rows, what they add up to, and whether the dashboard says the same.

Totals and figures are read in the snapshot that the rows are read in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from dashboard import figures
from dealport.kit.money import in_currency
from dealport.kit.values import Json
from reports.datasets import Compared, Dataset, Figures, Scope
from reports.files import statements
from reports.models import ExportJob


@dataclass
class Totals:
    """Rows, control totals by currency, the dashboard's figures for the same (None: it has none), largest amount."""

    count: int
    file: Figures
    dashboard: Compared | None
    largest_amount: Decimal


def control_totals(dataset: Dataset, scope: Scope) -> Totals:
    """Add up what the file will hold, and read what the dashboard says of it."""
    count, largest = 0, Decimal(0)
    file: Figures = {}
    names = [total.name for total in dataset.totals]
    for part in dataset.parts(scope):
        with connection.cursor() as cursor:
            cursor.execute(statements.control_totals(part, dataset), part.parameters)
            for code, rows, amount, *values in cursor.fetchall():
                count += rows
                largest = max(largest, amount or Decimal(0))
                of = file.setdefault(code, dict.fromkeys(names, Decimal(0)))
                for name, value in zip(names, values, strict=True):
                    of[name] += Decimal(value or 0)
    return Totals(count, file, dataset.compare(scope), largest)


def receipt_of(
    job: ExportJob, dataset: Dataset, totals: Totals, *, as_of: datetime, is_masked: bool
) -> dict[str, object]:
    """Return the receipt as JSON has it, but for the checksum of the file."""
    lines = list(_lines(dataset, totals))
    return {
        "rowCount": totals.count,
        "controlTotals": lines,
        "agreesWithDashboard": None if totals.dashboard is None else all(line["agrees"] is not False for line in lines),
        "definitionVersion": figures.VERSION,
        "snapshotAt": as_of.isoformat(),
        "dataset": job.dataset,
        "filters": job.filters,
        "isMasked": is_masked,
    }


def _lines(dataset: Dataset, totals: Totals) -> Iterator[dict[str, object]]:
    """Yield one line per currency and total, `dashboard` null where the dashboard has no such figure."""
    names, known = (totals.dashboard.names, totals.dashboard.figures) if totals.dashboard else (frozenset(), {})
    for code in sorted(totals.file.keys() | known.keys()):
        for total in dataset.totals:
            ours = totals.file.get(code, {}).get(total.name, Decimal(0))
            theirs = known.get(code, {}).get(total.name, Decimal(0)) if total.name in names else None
            yield {
                "currency": code,
                "name": total.name,
                "file": _written(ours, total.is_count, code),
                "dashboard": None if theirs is None else _written(theirs, total.is_count, code),
                "agrees": None if theirs is None else ours == theirs,
            }


def _written(value: Decimal, is_count: bool, currency: str) -> int | str:
    return int(value) if is_count else str(in_currency(value, currency))


def receipt_lines(receipt: Json) -> list[tuple[str, str]]:
    """Return the receipt as lines of text, for the sheet of a workbook."""
    lines = [(name, "" if value is None else str(value)) for name, value in receipt.items() if name != "controlTotals"]
    for line in receipt["controlTotals"]:
        shown = "" if line["dashboard"] is None else f" (dashboard: {line['dashboard']})"
        lines.append((f"{line['name']} {line['currency']}", f"{line['file']}{shown}"))
    return lines
