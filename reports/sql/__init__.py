"""Ad-hoc SQL: one SELECT over the reporting views, for super admins, with a seat belt.

Two layers: `check` refuses what is not one plain query and writes the rest anew; `session` runs that as a role that may
read the views and PostgreSQL's catalogs, and write nothing. Every query is recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied

from customers.models import User
from reports.sql import limits
from reports.sql.audit import Try, recorded
from reports.sql.errors import Away, Failed, QueryError, Refused, SwitchedOff
from reports.sql.session import CROWDED, Rows, opened

if TYPE_CHECKING:
    from reports.sql.check import Checked

__all__ = ["Answer", "Away", "Failed", "QueryError", "Refused", "SwitchedOff", "require_console", "run", "stream"]


_PLACES = threading.BoundedSemaphore(limits.AT_ONCE)


@dataclass(frozen=True)
class Answer:
    """Columns in order, names that occur twice included; rows of cells as `reports.sql.cells` makes them."""

    columns: list[str]
    rows: list[tuple[object, ...]]
    row_count: int
    truncated: bool
    elapsed_ms: int


def require_console(user: object) -> None:
    """Raise PermissionDenied for everybody but super admins, SwitchedOff where there is no console."""
    if not (isinstance(user, User) and user.is_superuser):
        raise PermissionDenied
    if not settings.DEALPORT_SQL_CONSOLE:
        raise SwitchedOff


def run(sql: str, *, user: User, via: str) -> Answer:
    """Answer a statement, as far as rows and bytes may go. Raises QueryError, PermissionDenied.

    `via` (api or page) decides how many rows there may be.
    """
    require_console(user)
    most = limits.PAGE_ROWS if via == "page" else limits.API_ROWS
    with recorded(sql, user=user, via=via) as attempt, _place():
        checked = _checked(sql)
        with opened(checked, rows=most + 1, seconds=limits.SECONDS) as (columns, found):
            rows, truncated = _up_to(found, most)
        attempt.row_count, attempt.is_truncated = len(rows), truncated
    return Answer(columns, rows, len(rows), truncated, attempt.elapsed_ms)


@contextmanager
def stream(sql: str, *, user: User, via: str = "export") -> Iterator[tuple[list[str], Rows]]:
    """Yield the columns of a statement and all its rows, read while it runs. Raises QueryError, also between rows.

    The same checks, role and record as for `run`; EXPORT_SECONDS instead of SECONDS, and no limit to rows.
    """
    require_console(user)
    with recorded(sql, user=user, via=via) as attempt:
        attempt.row_count = 0
        checked = _checked(sql)
        with opened(checked, rows=None, seconds=limits.EXPORT_SECONDS) as (columns, found):
            yield columns, _counted(found, attempt)


def _checked(sql: str) -> Checked:
    """Return the statement as it will be run. Raises Refused.

    The parser takes a fifth of a second of processor time to load: only processes with pages or queries do.
    """
    from reports.sql.check import check

    return check(sql)


@contextmanager
def _place() -> Iterator[None]:
    """Take one of this process's places for the time of a question. Raises Away if there is none."""
    if not _PLACES.acquire(blocking=False):
        raise Away(CROWDED)
    try:
        yield
    finally:
        _PLACES.release()


def _up_to(found: Rows, most: int) -> tuple[list[tuple[object, ...]], bool]:
    """Return as many rows as may be, and whether there were more."""
    rows: list[tuple[object, ...]] = []
    size = 0
    for row in found:
        size += sum(len(str(cell)) for cell in row if cell is not None)
        if len(rows) == most or size > limits.ANSWER_BYTES:
            return rows, True
        rows.append(row)
    return rows, False


def _counted(found: Rows, attempt: Try) -> Rows:
    for row in found:
        attempt.row_count = (attempt.row_count or 0) + 1
        yield row
