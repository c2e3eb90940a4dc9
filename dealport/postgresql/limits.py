"""How long a connection may wait and work, by the kind of its process: the table in docs/operations.md.

Straight to PostgreSQL the limits are part of the connection's start. PgBouncer refuses or forgets these, and gives a
connection to somebody else after each transaction: there they follow every BEGIN, for that transaction alone.
"""

from __future__ import annotations

from dataclasses import dataclass

IDLE_SECONDS = 60.0
"""After which PostgreSQL ends a transaction in which nothing is asked: what it locks must not stay locked."""
SILENT_HOST_SECONDS = 20.0
"""After which a host that acknowledges nothing is given up, by either side."""


@dataclass(frozen=True)
class Limits:
    """Seconds; None is without a limit.

    `lock`: waiting for a lock. `statement`: one statement, on the server. `answer`: waiting for the server's next
    answer, here: for a server that is frozen and cannot count the others.
    """

    lock: float
    statement: float | None
    answer: float | None

    @property
    def settings(self) -> dict[str, int]:
        """Names of PostgreSQL's settings and their milliseconds; 0 is no limit."""
        return {
            "lock_timeout": _milliseconds(self.lock),
            "statement_timeout": _milliseconds(self.statement or 0),
            "idle_in_transaction_session_timeout": _milliseconds(IDLE_SECONDS),
        }

    def startup_options(self) -> str:
        """Return the connection option that sets them for as long as the connection lives."""
        settings = self.settings | {"tcp_user_timeout": _milliseconds(SILENT_HOST_SECONDS)}
        return " ".join(f"-c {name}={value}" for name, value in settings.items())

    def transaction_start(self) -> bytes:
        """Return the statement that sets them for one transaction."""
        calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in self.settings.items())
        return f"SELECT {calls}".encode()


SOCKET = {
    "tcp_user_timeout": int(SILENT_HOST_SECONDS * 1000),
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""Connection parameters for the side of the client."""


def limits_of(process: str, *, web_statement: float, job: float) -> Limits:
    """Return the limits of a kind of process: web, job or migration."""
    return {
        # an answer is there within 3 seconds, and within 5 if the server itself is frozen
        "web": Limits(lock=2.8, statement=web_statement, answer=web_statement + 0.5),
        "job": Limits(lock=60, statement=job, answer=None),
        # those who come after a migration that waits for a table wait behind it
        "migration": Limits(lock=0.8, statement=None, answer=None),
    }[process]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
