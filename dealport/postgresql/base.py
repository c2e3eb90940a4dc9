"""The backend (`ENGINE = "dealport.postgresql"`)."""

from __future__ import annotations

import re
import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import IsolationLevel, errors
from psycopg.pq import ConnStatus

from dealport.kit.breaker import Breaker
from dealport.postgresql.limits import Limits

# statements that PostgreSQL runs outside of transactions alone
_ALONE = re.compile(r"\s*(VACUUM|REINDEX|(CREATE|DROP)\s+DATABASE|(CREATE|DROP)\s.*\sCONCURRENTLY\s)")
_base: Any = base  # the package of its types knows half of it
BREAKER = Breaker()


class Connection(psycopg.Connection[object]):
    """A connection that gives up a server that does not answer, and starts transactions with their limits."""

    limits: Limits | None = None
    is_pooled_outside = False

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server's answer. Raises OperationalError, and closes the connection, when it does not come."""
        answer = self.limits.answer if self.limits else None
        if timeout is not None or answer is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, answer)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            BREAKER.failed()
            raise errors.OperationalError(f"PostgreSQL gave no answer within {answer:g} seconds") from error

    def _exec_command(self, command: Any, *args: Any, **kwargs: Any) -> Any:
        result = yield from super()._exec_command(command, *args, **kwargs)
        if self.is_pooled_outside and self.limits and command == self._get_tx_start_command():
            yield from super()._exec_command(self.limits.transaction_start())
        return result


def check_open(connection: Any) -> None:
    """Find out whether a connection that is used again still stands, without asking where its socket is silent.

    Whoever ends a connection is heard on its socket: PostgreSQL with a last message, a host with the end of the stream.
    What is heard may as well be a notice, so then the server is asked. Raises psycopg.Error for a connection that
    ended. A host that went away silently is not noticed here: the statement waits for it as a question would.
    """
    if connection.pgconn.status == ConnStatus.OK:
        poll = select.poll()
        poll.register(connection.pgconn.socket, select.POLLIN)
        if not poll.poll(0):
            return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


class Cursor(_base.Cursor):
    """Behind PgBouncer: makes a transaction of a single statement, which would run without its limits."""

    def execute(self, query: object, *args: object, **kwargs: object) -> object:
        """Execute a statement; where it would be alone, inside a transaction of its own."""
        if not self.connection.autocommit or _ALONE.match(str(query)) or self.connection.info.transaction_status:
            return super().execute(query, *args, **kwargs)
        with self.connection.transaction():
            return super().execute(query, *args, **kwargs)


class DatabaseWrapper(_base.DatabaseWrapper):
    """Django's backend with `LIMITS` (a `Limits`) in its settings."""

    @property
    def pool(self) -> Any:
        """The process's pool, None without one; what it gives out is checked by `check_open`, not by a statement."""
        pool: Any = super().pool
        if pool is not None:
            pool._check = check_open
        return pool

    def is_usable(self) -> bool:
        """Answer whether the connection still stands: asked by Django before a request uses it again."""
        try:
            check_open(self.connection)
        except (AttributeError, psycopg.Error):
            return False
        return True

    def get_connection_params(self) -> dict[str, object]:
        """Return what a connection is made with."""
        parameters: dict[str, object] = super().get_connection_params()
        if self._is_pooled_outside:
            parameters["cursor_factory"] = Cursor
        return parameters

    def get_new_connection(self, conn_params: dict[str, object]) -> object:
        """Return a connection of the process's pool, or a new one.

        Raises OperationalError; at once while another request of this process finds out whether the server is back.
        """
        if BREAKER.is_open():
            raise errors.OperationalError("PostgreSQL was away a moment ago")
        try:
            connection = self._connection(conn_params)
        except errors.OperationalError:
            if self.settings_dict["LIMITS"].answer:  # others may wait
                BREAKER.failed()
            raise
        BREAKER.succeeded()
        return connection

    def _connection(self, conn_params: dict[str, Any]) -> object:
        if self.pool:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.connect(**conn_params)

    def _configure_connection(self, connection: Any) -> bool:
        # called once for every new connection, of the pool and without one
        connection.limits = self.settings_dict["LIMITS"]
        connection.is_pooled_outside = self._is_pooled_outside
        return bool(super()._configure_connection(connection))

    @property
    def _is_pooled_outside(self) -> bool:
        return bool(self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"])
