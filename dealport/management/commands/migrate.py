"""`manage.py migrate`: Django's, which waits for nobody for long and tries again.

A migration that waits for a table behind a long reader keeps everybody else waiting behind itself. It gives up after
`lock_timeout` (3 seconds), lets the others through, and begins again where it was.
"""

from __future__ import annotations

import time

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

TRIES = 60
PAUSE_SECONDS = 5.0


class Command(migrate.Command):
    """Migrations are transactions: what was applied stays, the one that gave up is as if never begun."""

    def handle(self, *args: object, **options: object) -> None:
        for number in range(1, TRIES + 1):
            try:
                super().handle(*args, **options)
                return
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                self.stderr.write(f"A table is in use. Trying again in {PAUSE_SECONDS:g} s ({number} of {TRIES}).")

            time.sleep(PAUSE_SECONDS)
        raise CommandError("A table stayed in use. End long transactions and exports, then run migrate again.")
