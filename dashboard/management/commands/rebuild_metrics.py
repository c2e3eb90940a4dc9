"""`manage.py rebuild_metrics`: rebuild the rollups from the orders."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.management.commands.verify_metrics import add_range, chosen_stores
from dashboard.metrics import recount
from dashboard.metrics.folding import FoldLockTaken


class Command(BaseCommand):
    """Set-based; orders may go on being placed meanwhile."""

    help = "Recompute the rollups of stores from their orders."

    def add_arguments(self, parser: CommandParser) -> None:
        add_range(parser)

    def handle(self, *args: object, **options: Any) -> None:
        for store in chosen_stores(options["store"]):
            began = time.monotonic()
            try:
                corrected = recount.correct(store, options["first"], options["last"])
            except FoldLockTaken as error:
                raise CommandError(f"{store.slug}: {error}") from error
            self.stdout.write(f"{store.slug}: {corrected} buckets corrected in {time.monotonic() - began:.1f} s")
