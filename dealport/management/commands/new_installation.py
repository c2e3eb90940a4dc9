"""Make the database of a restore or a copy an installation of its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dealport.kit import installation


class Command(BaseCommand):
    """Give this database a new installation id, and end what would act in the name of the one it came from."""

    help = "Run this after a restore and in a copy, before any other process starts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --keep-schedules and --keep-id."""
        parser.add_argument(
            "--keep-schedules",
            action="store_true",
            help="schedules go on: for a restore that takes the place of the original, never for a copy",
        )

        parser.add_argument(
            "--keep-id",
            action="store_true",
            help="change nothing but say that the original is gone for good: after an upgrade or a move of the server",
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Replace the id and print what that means."""
        if options["keep_id"]:
            self.stdout.write(f"The installation id stays {installation.keep()}.")
            return
        before = installation.read()
        new, sentences = installation.replace(resume_schedules=options["keep_schedules"])
        for sentence in [
            f"The installation id is {new}; it was {before}.",
            *sentences,
            f"Processes that already run notice within {installation.REREAD_SECONDS:g} seconds. Restart them anyway.",
        ]:
            self.stdout.write(sentence)
