"""`manage.py migrate`: Django's, which waits for nobody for long and tries again.

A migration that waits for a table behind a long reader keeps everybody else waiting behind itself. It gives up after
`lock_timeout` (1.2 seconds), lets the others through, and begins again where it was: a migration that is a transaction
at its beginning, any other one at the statement, since what it did before stays. Indexes that are made or dropped
beside the others' work (CONCURRENTLY) keep nobody waiting and wait without a limit: given up, one would stay, invalid.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

TRIES = 60
PAUSE_SECONDS = 5.0
BESIDE_OTHERS = re.compile(r"\s*(CREATE( UNIQUE)?|DROP) INDEX CONCURRENTLY", re.IGNORECASE)
Result = TypeVar("Result")


class Command(migrate.Command):
    """Migrations are transactions, or statements that are: what gave up is as if never begun."""

    def handle(self, *args: object, **options: Any) -> None:
        with connections[options["database"]].execute_wrapper(self._execute):
            self._in_turns(lambda: super(Command, self).handle(*args, **options))

    def _execute(
        self, execute: Callable[..., Result], sql: Any, params: object, many: bool, context: dict[str, Any]
    ) -> Result:
        connection = context["connection"]
        if connection.in_atomic_block:
            return execute(sql, params, many, context)
        if not BESIDE_OTHERS.match(str(sql)):
            return self._in_turns(lambda: execute(sql, params, many, context))
        execute("SET lock_timeout = 0", None, False, context)
        try:
            return execute(sql, params, many, context)
        finally:
            execute("RESET lock_timeout", None, False, context)

    def _in_turns(self, action: Callable[[], Result]) -> Result:
        for number in range(1, TRIES + 1):
            try:
                return action()
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                self.stderr.write(f"A table is in use. Trying again in {PAUSE_SECONDS:g} s ({number} of {TRIES}).")
            time.sleep(PAUSE_SECONDS)
        raise CommandError("A table stayed in use. End long transactions and exports, then run migrate again.")
