"""Writes every try down before it runs, and how it ended after."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from customers.models import User
from reports.models import QueryRun
from reports.sql.errors import Away, QueryError, Refused
from reports.sql.limits import SQL_CHARACTERS

_MOST = 2 * SQL_CHARACTERS
_CUT = " …cut"


@dataclass
class Try:
    """One try on its way: what is known of it so far."""

    started: float
    row_count: int | None = None
    is_truncated: bool = False

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since it was written down."""
        return round((time.monotonic() - self.started) * 1000)


@contextmanager
def recorded(sql: str, *, user: User, via: str) -> Iterator[Try]:
    """Write a try down, committed, and its end, whatever that is.

    Raises RuntimeError inside a transaction, whose rollback would take the record along.
    """
    with transaction.atomic(durable=True):
        row = QueryRun.objects.create(user=user, user_email=user.email, via=via, sql=storable(sql))
    attempt = Try(time.monotonic())
    try:
        yield attempt
    except QueryError as error:
        refused = isinstance(error, Refused)
        _complete(row, attempt, QueryRun.Outcome.REFUSED if refused else QueryRun.Outcome.FAILED, _reason(error))
        raise
    except BaseException as error:
        _complete(row, attempt, QueryRun.Outcome.FAILED, f"Broken off: {type(error).__name__}")
        raise
    _complete(row, attempt, QueryRun.Outcome.ANSWERED, "")


def storable(sql: str) -> str:
    """Return a text as the database can keep it: no NUL, no lone surrogates, and not without end."""
    text = sql.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _MOST else text[:_MOST] + _CUT


def _reason(error: QueryError) -> str:
    where = f" (at {error.position})" if error.position else ""
    away = "Away: " if isinstance(error, Away) else ""
    return storable(f"{away}{error.stored}{where}")


def _complete(row: QueryRun, attempt: Try, outcome: str, reason: str) -> None:
    QueryRun.objects.filter(pk=row.pk, outcome=QueryRun.Outcome.RUNNING).update(
        outcome=outcome,
        reason=reason[:500],
        row_count=attempt.row_count,
        is_truncated=attempt.is_truncated,
        elapsed_ms=attempt.elapsed_ms,
    )
