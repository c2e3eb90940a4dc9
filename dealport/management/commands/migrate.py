"""`manage.py migrate`: Django's, which waits for nobody for long and tries again.

A migration that waits for a table behind a long reader keeps everybody else waiting behind itself. It gives up after
`lock_timeout` (0.8 seconds), lets the others through, and begins again where it was: a migration that is a transaction
at its beginning, any other one at the statement, since what it did before stays. Indexes that are made or dropped
beside the others' work (CONCURRENTLY) keep nobody waiting and wait without a limit: given up, one would stay, invalid.

Autovacuum may be at a large table for many minutes, and makes way only for who has waited for `deadlock_timeout`, a
second. So before it begins again, `migrate` waits for it with a lock that neither readers nor writers wait for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections, transaction
from psycopg.errors import LockNotAvailable

TRIES = 60
PAUSE_SECONDS = 5.0
BESIDE_OTHERS = re.compile(r"\s*(CREATE( UNIQUE)?|DROP) INDEX CONCURRENTLY", re.IGNORECASE)
VACUUM_WAIT = "3s"
"""More than `deadlock_timeout`, after which autovacuum makes way; a VACUUM that somebody started does not."""
_BEING_VACUUMED = """
SELECT DISTINCT relation::regclass::text FROM pg_locks
JOIN pg_class ON pg_class.oid = relation
WHERE locktype = 'relation' AND mode = 'ShareUpdateExclusiveLock' AND granted AND relkind = 'r'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND relnamespace = current_schema()::regnamespace AND pid <> pg_backend_pid()
ORDER BY 1
"""
Result = TypeVar("Result")


class Command(migrate.Command):
    """Migrations are transactions, or statements that are: what gave up is as if never begun."""

    def handle(self, *args: object, **options: Any) -> None:
        with connections[options["database"]].execute_wrapper(self._execute):
            self._in_turns(options["database"], lambda: super(Command, self).handle(*args, **options))

    def _execute(
        self, execute: Callable[..., Result], sql: Any, params: object, many: bool, context: dict[str, Any]
    ) -> Result:
        connection = context["connection"]
        if connection.in_atomic_block:
            return execute(sql, params, many, context)
        if not BESIDE_OTHERS.match(str(sql)):
            return self._in_turns(connection.alias, lambda: execute(sql, params, many, context))
        execute("SET lock_timeout = 0", None, False, context)
        try:
            return execute(sql, params, many, context)
        finally:
            execute("RESET lock_timeout", None, False, context)

    def _in_turns(self, database: str, action: Callable[[], Result]) -> Result:
        connection = connections[database]
        is_inside = connection.in_atomic_block
        for number in range(1, TRIES + 1):
            try:
                return action()
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                self.stderr.write(f"A table is in use. Trying again in {PAUSE_SECONDS:g} s ({number} of {TRIES}).")
            if connection.in_atomic_block and not is_inside:
                # what a schema editor puts off to its end (foreign keys) gave up there: Django leaves it open
                connection.close()
                connection.connect()
            time.sleep(PAUSE_SECONDS)
            _send_autovacuum_away(database)
        raise CommandError("A table stayed in use. End long transactions and exports, then run migrate again.")


def _send_autovacuum_away(database: str) -> None:
    """Wait until the tables that are being vacuumed are not, each at most VACUUM_WAIT."""
    with connections[database].cursor() as cursor:
        cursor.execute(_BEING_VACUUMED)
        for (table,) in cursor.fetchall():
            with suppress(OperationalError), transaction.atomic(using=database):
                cursor.execute(f"SET LOCAL lock_timeout = '{VACUUM_WAIT}'")
                cursor.execute(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE")
