"""How figures are read: as of one moment, in as few round trips as there are steps that depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from dealport.kit.values import Json

T = TypeVar("T")
Row = Json


@contextmanager
def consistent_read() -> Iterator[datetime]:
    """Read everything inside as of one moment; yields that moment (the `asOf` of what is shown).

    One REPEATABLE READ, READ ONLY transaction: three round trips and those of what is read inside. Within an open
    transaction (a test, an action) each statement is still exact by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if nested:
                cursor.execute("SELECT clock_timestamp()")
            else:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT clock_timestamp()")
                cursor.nextset()
            (moment,) = cursor.fetchone()
        yield moment


@dataclass(frozen=True)
class Query(Generic[T]):
    """One statement, its parameters, and what its rows mean."""

    sql: str
    parameters: Mapping[str, Any] | Sequence[Any]
    parse: Callable[[list[Row]], T]

    def read(self) -> T:
        """Run the statement by itself and return the answer."""
        return self.parse(_rows(self.sql, self.parameters))


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


def _rows(sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return _named(cursor)


def _named(cursor: CursorWrapper) -> list[Row]:
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    """Return part ÷ whole in percent, half-up to two decimals; 0 of nothing."""
    if not whole:
        return Decimal("0.00")
    return (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
