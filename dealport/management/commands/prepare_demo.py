"""Bring a demo up to date: tables, static files, data. One process, because each start of Django takes seconds."""

from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Run migrate, prepare_sql_console, collectstatic where asked for, and seed_demo on an empty database."""

    help = "Prepare the database and the static files for `make demo`."
    requires_system_checks = ()  # migrate runs them, with those of the database

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --static."""
        parser.add_argument("--static", action="store_true", help="collect the static files as well")

    def handle(self, *args: object, **options: object) -> None:
        """Prepare; what is up to date already stays as it is."""
        call_command("migrate", interactive=False, verbosity=0, skip_checks=False)
        if settings.DEALPORT_SQL_CONSOLE:
            call_command("prepare_sql_console", stdout=StringIO())
        if options["static"]:
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        call_command("seed_demo", if_empty=True)
