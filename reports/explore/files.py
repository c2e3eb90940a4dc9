"""What a page shows as a file: all rows, other and total, as CSV or XLSX, written while the browser waits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext

from dashboard import figures
from dashboard.answers.analytics import Request, analytics_data
from dashboard.figures import Kind as FigureKind
from dealport.kit.errors import Conflict
from dealport.kit.formats import number_text
from dealport.kit.money import in_currency
from dealport.kit.values import Json
from reports.datasets import Column, Kind
from reports.explore.state import blocks
from reports.files import csv_file, xlsx_file
from reports.files.rows_file import cell, csv_text
from reports.models import ExportFormat

MOST_ROWS = 10_000
"""Of each currency; more is for an export, which a worker writes."""
Line = Sequence[object]
CONTENT_TYPES = {ExportFormat.CSV: csv_file.CONTENT_TYPE, ExportFormat.XLSX: xlsx_file.CONTENT_TYPE}


@dataclass(frozen=True)
class Sheet:
    """Names and kinds of columns, rows of values, and the currencies of the amounts."""

    columns: list[Column]
    rows: Sequence[Line]
    currencies: frozenset[str]


def sheet_of(asked: Request, now: datetime) -> Sheet:
    """Return all rows of a query. Raises Conflict where there are more than MOST_ROWS."""
    with figures.consistent_read():
        data = analytics_data(replace(asked, page=1, limit=MOST_ROWS), now)
    if data["meta"]["total"] > MOST_ROWS:
        raise Conflict(
            gettext("These are more than {most_rows} rows: export the dataset Analytics instead.").format(
                most_rows=number_text(MOST_ROWS)
            )
        )
    question = asked.question
    kinds = [Kind.MONEY if figure.is_money else _KINDS.get(figure.kind, Kind.INTEGER) for figure in question.figures]
    named = [figure.analytics_name for figure in question.figures]
    columns = [
        Column("row", ""),
        Column("currency", ""),
        *([Column("time", "")] if question.granularity else []),
        *([Column("key", ""), Column("label", "")] if question.dimension else []),
        *([Column("secondKey", ""), Column("secondLabel", "")] if question.second else []),
        *(Column(name, "", kind) for name, kind in zip(named, kinds, strict=True)),
    ]
    if asked.comparison:
        columns += [
            Column(f"previous{name[0].upper()}{name[1:]}", "", kind) for name, kind in zip(named, kinds, strict=True)
        ]
    lines = [line for block in blocks(data) for line in _lines(asked, block)]
    return Sheet(columns, lines, frozenset(block["currency"] for block in blocks(data)))


_KINDS = {FigureKind.PERCENT: Kind.PERCENT}


def _lines(asked: Request, block: Json) -> Iterator[Line]:
    currency = block["currency"]
    for row in block["rows"]:
        time = [row["time"]] if asked.question.granularity else []
        names = [row["key"], row["label"]] if asked.question.dimension else []
        names += [row["secondKey"], row["secondLabel"]] if asked.question.second else []
        yield ["value", currency, *time, *names, *_amounts(asked, row, currency)]
    blank = [None] * (bool(asked.question.granularity) + 2 * len(asked.question.dimensions))
    if block["other"]:
        yield ["other", currency, *blank, *_amounts(asked, {**block["other"], "previous": {}}, currency)]
    yield ["total", currency, *blank, *_amounts(asked, block["totals"], currency)]


def _amounts(asked: Request, values: Json, currency: str) -> list[object]:
    """Return the figures of a row, those of before behind them, amounts with the decimals of their currency."""
    shown = [values["values"], *([values["previous"] or {}] if asked.comparison else [])]
    cells = [(figure, of.get(figure.analytics_name)) for of in shown for figure in asked.question.figures]
    return [
        in_currency(Decimal(value), currency) if figure.is_money and value is not None else value
        for figure, value in cells
    ]


def content_of(sheet: Sheet, format: str, facts: Sequence[tuple[str, str]]) -> bytes:
    """Return the file. `facts` (the query, the moment) are the second sheet of a workbook."""
    names = [column.name for column in sheet.columns]
    if format == ExportFormat.CSV:
        return csv_text([names, *sheet.rows]).encode()
    rows = (dict(zip(names, map(cell, row), strict=True)) for row in sheet.rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.xlsx"
        xlsx_file.write_xlsx(
            path, rows, sheet.columns, count=len(sheet.rows), receipt=facts, currencies=sheet.currencies
        )
        return path.read_bytes()
