"""`manage.py recompute_metrics`: finish the recomputation of the rollups that an upgrade has asked for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.metrics.recomputing import recompute_slices
from dashboard.models import VerificationRun


class Command(BaseCommand):
    """Does at once what the workers do a slice at a time; run again, it goes on where it was interrupted."""

    help = "Recompute the rollups of the stores that an upgrade left to be recomputed. Orders may go on meanwhile."

    def handle(self, *args: object, **options: Any) -> None:
        waiting = VerificationRun.objects.filter(recomputes=True)
        count = waiting.count()
        while run := waiting.select_related("store").order_by("pk").first():
            self.stdout.write(f"{count - waiting.count() + 1} of {count}: {run.store.slug} from {run.next_day} on")
            before = (run.pk, run.next_day)
            recompute_slices(seconds=0)
            if waiting.filter(pk=before[0], next_day=before[1]).exists():
                raise CommandError(f"{run.store.slug} was not recomputed. See the log, then run this again.")
        self.stdout.write(f"{count} stores recomputed")
