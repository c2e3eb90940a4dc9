"""Make the role and the views of the SQL console."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.sql.role import NotPrepared, prepare


class Command(BaseCommand):
    """Bring role, views and rights up to date; does nothing while the console is switched off."""

    help = "Create the role of SQL_DATABASE_URL and the views it may read; run it after every migrate."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --if-possible."""
        parser.add_argument(
            "--if-possible",
            action="store_true",
            help="exit with 0 where a database administrator has to run something first; the console stays closed",
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Prepare, in one transaction. Prints what a database administrator has to do where we may not.

        Raises CommandError where the console cannot be prepared; with `if_possible` only where nobody's help would do.
        """
        if not settings.DEALPORT_SQL_CONSOLE:
            self.stdout.write("The SQL console is switched off: nothing to prepare.")
            return
        try:
            done = prepare(settings.SQL_DATABASE_URL)
        except NotPrepared as error:
            lines = "".join(f"\n  {statement};" for statement in error.statements)
            advice = f"\nA database administrator may run:{lines}\nand then this command again." if lines else ""
            if lines and options["if_possible"]:
                self.stderr.write(f"The SQL console stays closed. {error}{advice}")
                return
            raise CommandError(f"{error}{advice}") from error
        for note in done.notes:
            self.stdout.write(note)
        self.stdout.write(f"The SQL console is ready for {done.role}.")
