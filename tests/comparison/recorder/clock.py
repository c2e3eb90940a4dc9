"""One clock for a recording: Python's and the database's, so that moments can be compared and nothing depends on today.

PostgreSQL finds its functions by the search path: functions of the same names ahead of pg_catalog return our moment
to every connection of the product. Defaults of columns and CURRENT_DATE keep the real clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import time_machine

FUNCTIONS = ("now", "clock_timestamp", "statement_timestamp", "transaction_timestamp")
STEP = timedelta(seconds=1)


class Clock:
    """Stands still until it is moved; every request is a second after the one before."""

    def __init__(self, database_url: str, start: datetime) -> None:
        self.now = start
        self._database = psycopg.connect(database_url, autocommit=True)
        self._install()
        self._python = time_machine.travel(start, tick=False).start()

    def _install(self) -> None:
        execute = self._database.execute
        execute("CREATE SCHEMA fixed_clock")
        execute("CREATE TABLE fixed_clock.moment AS SELECT %s::timestamptz AS at", [self.now])
        for name in FUNCTIONS:
            body = "SELECT at FROM fixed_clock.moment"
            execute(f"CREATE FUNCTION fixed_clock.{name}() RETURNS timestamptz LANGUAGE sql STABLE AS '{body}'")
        execute(f'ALTER DATABASE "{self._database.info.dbname}" SET search_path = public, fixed_clock, pg_catalog')

    def move_to(self, moment: datetime) -> None:
        """Let it be `moment` for Python and the database."""
        self.now = moment
        self._python.move_to(moment)
        self._database.execute("UPDATE fixed_clock.moment SET at = %s", [moment])

    def tick(self) -> None:
        """Let a second pass."""
        self.move_to(self.now + STEP)
