"""How figures are read: as of one moment, in as few round trips as there are steps that depend on each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Generic, TypeVar

import simplejson
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from dealport.kit.values import FieldValues, Json

T = TypeVar("T")
Row = Json
_PARAMETER = re.compile(r"%\((\w+)\)s")
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_AT_ONCE = "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '32MB'"


@contextmanager
def consistent_read(*, at_length: bool = False) -> Iterator[datetime]:
    """Read everything inside as of one moment; yields that moment (the `asOf` of what is shown).

    Sums of rollups are there before PostgreSQL has started workers or written groups to disk: it does neither, but
    where the orders are read `at_length`.

    One REPEATABLE READ, READ ONLY transaction: three round trips and those of what is read inside. Within an open
    transaction (a test, an action) each statement is still exact by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if nested:
                cursor.execute("SELECT clock_timestamp()")
            else:
                settings = [_SNAPSHOT] if at_length else [_SNAPSHOT, _AT_ONCE]
                cursor.execute("; ".join([*settings, "SELECT clock_timestamp()"]))
                while cursor.description is None:
                    cursor.nextset()
            (moment,) = cursor.fetchone()
        yield moment


@dataclass(frozen=True)
class Query(Generic[T]):
    """One SELECT, its parameters by name, and what its rows mean; which columns are `dates` or `moments`."""

    sql: str
    parameters: Mapping[str, Any]
    parse: Callable[[list[Row]], T]
    dates: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()

    def read(self) -> T:
        """Run the statement by itself and return the answer."""
        return self.parse(_rows(self.sql, self.parameters))

    def from_json(self, text: str | None) -> T:
        """Return the answer of rows as JSON; amounts keep their digits."""
        found: list[Row] = simplejson.loads(text or "[]", use_decimal=True)
        for row in found:
            for names, parse in ((self.dates, date.fromisoformat), (self.moments, datetime.fromisoformat)):
                row.update({name: parse(row[name]) for name in names if row[name] is not None})
        return self.parse(found)


def read_at_once(*queries: Query[Any]) -> tuple[datetime, list[Any]]:
    """Run queries as one statement, as of one moment; return that moment and the answer of each."""
    columns = ["statement_timestamp()"]
    parameters: FieldValues = {}
    for number, query in enumerate(queries):
        sql = _PARAMETER.sub(rf"%(q{number}_\1)s", query.sql)
        parameters |= {f"q{number}_{name}": value for name, value in query.parameters.items()}
        columns.append(f"(SELECT json_agg(q)::text FROM ({sql}) AS q)")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", parameters)
        moment, *answers = cursor.fetchone()
    return moment, [query.from_json(answer) for query, answer in zip(queries, answers, strict=True)]


def read_together(*queries: Query[Any]) -> list[Any]:
    """Run statements that do not depend on each other in one round trip; return the answer of each.

    They are as of one moment inside `consistent_read()` alone.
    """
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in queries]
        # leaving the pipeline sends the one Sync that all answers come back with
        with connection.wrap_database_errors, connection.connection.pipeline():
            for cursor, query in zip(cursors, queries, strict=True):
                cursor.execute(query.sql, query.parameters)
        return [query.parse(_named(cursor)) for cursor, query in zip(cursors, queries, strict=True)]


def rows(sql: str, **parameters: object) -> list[Row]:
    """Return the rows of one statement as dictionaries."""
    return _rows(sql, parameters)


def _rows(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return _named(cursor)


def _named(cursor: CursorWrapper) -> list[Row]:
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def percentage(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Return part ÷ whole in percent, half-up to two decimals; 0 of nothing."""
    if not whole:
        return Decimal("0.00")
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)
