"""The second layer: one statement on a connection of its own, as a role that may read the views and nothing else."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from django.conf import settings
from psycopg import errors
from psycopg.adapt import AdaptersMap

from reports.sql import cells, limits
from reports.sql.errors import Away, Failed, QueryError
from reports.sql.views import SCHEMA

if TYPE_CHECKING:
    from reports.sql.check import Checked

Rows = Iterator[tuple[object, ...]]
_AT_ONCE = 20 if psycopg.capabilities.has_stream_chunked() else 1
CROWDED = "All places of the console are taken; try again in a moment"
_AWAY = "The console's database cannot be reached; try again in a moment"
_WRONG = "The console's database is not set up: run prepare_sql_console"
# What the statement itself is to blame for: the server's own words help.
_EXPLAINED = ("22", "42", "21", "54")
# What the server quotes of the data; in class 42, before any is read, it quotes names of the statement.
_VALUES = re.compile(r'".*"|[0-9]+', re.DOTALL)


class _Context:
    """How a connection writes values."""

    adapters: AdaptersMap = cells.adapters()
    connection = None


@contextmanager
def opened(checked: Checked, *, rows: int | None, seconds: float) -> Iterator[tuple[list[str], Rows]]:
    """Run a statement for at most `seconds`; yield its columns and, while it runs, its first `rows` rows (None: all).

    The transaction is READ ONLY and rolled back, the connection closed, however it ends. Raises Failed, Away.
    """
    with _connection(seconds) as connection, _Deadline(connection, seconds + limits.GRACE_SECONDS) as deadline:
        try:
            with connection.cursor() as cursor:
                text = checked.limited(rows)
                with contextlib.closing(_rows(cursor, text)) as found:
                    first = next(found, None)
                    if first is None:
                        # a stream without rows says nothing of its columns
                        cursor.execute(checked.limited(0), prepare=True)
                    columns = [column.name for column in cursor.description or ()]
                    yield columns, _chained(first, found)
            connection.rollback()
        except psycopg.Error as error:
            raise _explained(error, checked, seconds, silent=deadline.has_passed) from error


def _rows(cursor: psycopg.Cursor[Any], text: str) -> Generator[tuple[object, ...], None, None]:
    yield from cursor.stream(text, size=_AT_ONCE)


def _chained(first: Any, rest: Rows) -> Rows:
    if first is not None:
        yield first
        yield from rest


@contextmanager
def _connection(seconds: float) -> Iterator[psycopg.Connection[object]]:
    """Yield a fresh connection; close it, whatever its state."""
    wanted = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{seconds * 1000:.0f}",
        "lock_timeout": f"{seconds * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{(seconds + limits.GRACE_SECONDS) * 1000:.0f}",
        # functions are the server's own; views are sent with their schema
        "search_path": f"pg_catalog,{SCHEMA}",
        "standard_conforming_strings": "on",
        "work_mem": "16MB",
        "max_parallel_workers_per_gather": "0",
        # its sorts of one column of texts are not counted as memory by PostgreSQL 17 and 18
        "enable_mergejoin": "off",
        "jit": "off",
        "TimeZone": "UTC",
        "DateStyle": "ISO",
        "IntervalStyle": "iso_8601",
    }
    try:
        connection = psycopg.connect(
            settings.SQL_DATABASE_URL,
            connect_timeout=limits.CONNECT_SECONDS,
            application_name="dealport sql console",
            options=" ".join(f"-c {name}={value}" for name, value in wanted.items()),
            client_encoding="utf-8",
            context=_Context(),
        )
    except psycopg.OperationalError as error:
        raise Away(CROWDED if "too many connections" in str(error) else _AWAY) from error
    try:
        connection.read_only = True
        _refuse_mighty_role(connection)
        yield connection
    finally:
        connection.close()


def _refuse_mighty_role(connection: psycopg.Connection[object]) -> None:
    """Raise Away unless the server treats the role, and its texts, as the checks rely on."""
    status = connection.pgconn.parameter_status
    if status(b"is_superuser") != b"off" or status(b"standard_conforming_strings") != b"on":
        raise Away(_WRONG)


class _Deadline:
    """Tears a connection down when its time is up, for a server that does not answer any more."""

    def __init__(self, connection: psycopg.Connection[object], seconds: float) -> None:
        self.has_passed = False
        self._socket = socket.socket(fileno=socket.dup(connection.pgconn.socket))
        self._timer = threading.Timer(seconds, self._tear_down)
        self._timer.daemon = True

    def _tear_down(self) -> None:
        self.has_passed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        self._socket.close()


def _explained(error: psycopg.Error, checked: Checked, seconds: float, *, silent: bool) -> QueryError:
    """Turn an error of the server into words for the person who asked."""
    state = error.sqlstate or ""
    if silent or isinstance(error, errors.QueryCanceled | errors.LockNotAvailable):
        return Failed(f"It took longer than {seconds:g} seconds and was stopped")
    if isinstance(error, errors.InvalidSchemaName | errors.UndefinedTable | errors.InvalidCatalogName):
        return Away(_WRONG)
    if isinstance(error, errors.InsufficientPrivilege):
        return Failed("The console may not read that")
    if state.startswith(_EXPLAINED):
        at = error.diag.statement_position
        message = error.diag.message_primary or "The statement is not valid"
        message = message[:1].upper() + message[1:]
        stored = message if state.startswith("42") else _VALUES.sub("…", message)
        return Failed(message[:300], checked.position(int(at) if at else None), stored=stored[:300])
    if state.startswith("53"):
        return Failed("It needs more memory or disk than a question may use")
    if not state or state.startswith(("08", "57")):
        return Away(_AWAY)
    return Failed(f"The database could not run it (SQLSTATE {state})")
