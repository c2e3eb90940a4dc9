"""The SQL between a dataset and a file: masking, formula safety, types of the format, and the control totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import sql as psycopg_sql

from dealport.kit.money import places_of, places_sql
from dealport.kit.spreadsheets import BLANKS, BREAKS, FORMULA_STARTS
from reports.datasets import Column, Dataset, Kind, Part

MASK = "***"
_PLACES = places_sql('rows."currency"')
_EPOCH = 25569
"""1970-01-01 in a workbook's days."""


def text_rows(
    part: Part, columns: Sequence[Column], *, order: str, is_masked: bool, currencies: Iterable[str] = ()
) -> str:
    """Return SQL of the rows as a CSV file has them: amounts with the decimals of their row's currency.

    `currencies` are those of the rows, where they are known: whose decimals are the same, no row asks for its own.
    """
    known = {places_of(currency) for currency in currencies}
    places = str(*known) if len(known) == 1 else _PLACES
    values = [_as_text(column, is_masked, places) for column in columns]
    if len(values) == 1:
        # COPY quotes an empty text, but of a row that is nothing else than NULL it makes a blank line
        values = [f"coalesce(({values[0]})::text, '')"]
    named = [f'{value} AS "{column.name}"' for value, column in zip(values, columns, strict=True)]
    return _rows(part, named, order)


def typed_rows(part: Part, columns: Sequence[Column], *, order: str, is_masked: bool) -> str:
    """Return SQL of the rows as an XLSX file has them: amounts as floats, ids as text, times as days in UTC."""
    return _rows(part, [f'{_as_cell(c, is_masked)} AS "{c.name}"' for c in columns], order)


def control_totals(part: Part, dataset: Dataset) -> str:
    """Return SQL of the number of rows and the control totals by currency, and the largest amount there is."""
    totals = ", ".join(f"{total.sql} AS {_quoted(total.name)}" for total in dataset.totals)
    amounts = [f'max(abs("{column.name}"))' for column in dataset.columns if column.kind is Kind.MONEY]
    largest = f"greatest({', '.join(amounts)})" if amounts else "NULL"
    return f'SELECT "currency", count(*), {largest}, {totals} FROM ({part.sql}) AS rows GROUP BY "currency"'


def _rows(part: Part, selected: Sequence[str], order: str) -> str:
    return f'SELECT {", ".join(selected)} FROM ({part.sql}) AS rows ORDER BY rows."{order}"'


def _as_text(column: Column, is_masked: bool, places: str) -> str:
    value = f'rows."{column.name}"'
    if column.is_personal and is_masked:
        return _masked(value)
    if column.kind is Kind.TEXT:
        return guarded(value)
    if column.kind is Kind.MONEY:
        # no digit is rounded away: what was written before its currency was known to have none keeps its cents
        return f"round({value}, greatest({places}, min_scale({value})))"
    if column.kind is Kind.MOMENT:
        return f"to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    return f"{value}::text" if column.kind is Kind.FLAG else value


def _as_cell(column: Column, is_masked: bool) -> str:
    value = f'rows."{column.name}"'
    if column.is_personal and is_masked:
        return _masked(value)
    if column.kind in (Kind.MONEY, Kind.PERCENT):
        return f"{value}::float8"
    # a workbook's own form of time, days since its epoch: the writer would cut fractions of a second off a datetime
    if column.kind is Kind.MOMENT:
        return f"(extract(epoch FROM {value}) / 86400 + {_EPOCH})::float8"
    if column.kind is Kind.DAY:
        return f"({value} - DATE '1970-01-01' + {_EPOCH})"
    return f"{value}::text" if column.kind is Kind.ID else value


def guarded(value: str) -> str:
    """Return SQL of a text with an apostrophe in front where a spreadsheet would take it for a formula."""
    starts = ", ".join(str(ord(start)) for start in FORMULA_STARTS)
    breaks = ", ".join(str(ord(start)) for start in BREAKS)
    # most text begins with a letter or digit, and is spared the search
    is_odd = f"ascii({value}) NOT BETWEEN 48 AND 57 AND ascii({value}) NOT BETWEEN 65 AND 122"
    dangerous = f"ascii(ltrim({value}, {_literal(BLANKS)})) IN ({starts}) OR ascii({value}) IN ({breaks})"
    return f"CASE WHEN {is_odd} AND ({dangerous}) THEN '''' || {value} ELSE {value} END"


def _masked(value: str) -> str:
    return f"CASE WHEN {value} = '' THEN '' WHEN {value} IS NOT NULL THEN '{MASK}' END"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _literal(text: object) -> str:
    return str(psycopg_sql.quote(text))
