"""Short ways to a schedule, its runs and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from customers.models import User
from reports import scheduling
from reports.exporting import run_export
from reports.models import ExportJob, ScheduledExport, ScheduleMail


def a_schedule(owner: User, **fields: Any) -> ScheduledExport:
    """Create a schedule of orders of the day before, every morning at six in London, for its owner."""
    values = {
        "name": "Orders of yesterday",
        "dataset": "orders",
        "filters": {"period": "yesterday"},
        "format": "csv",
        "cron": "0 6 * * *",
        "timezone": "Europe/London",
        "recipients": [owner.email],
    }
    return scheduling.create_schedule(values={**values, **fields}, actor=owner)


def due_at(schedule: ScheduledExport, moment: datetime) -> None:
    """Let a schedule be due since a moment."""
    ScheduledExport.objects.filter(pk=schedule.pk).update(next_run_at=moment)


def work() -> None:
    """Do what the workers do: write the files that wait, then take note of them."""
    for pk in ExportJob.objects.filter(status=ExportJob.Status.QUEUED).values_list("pk", flat=True):
        run_export(str(pk))
    scheduling.settle_finished()


def mails() -> list[tuple[str, str]]:
    """Return the recipient and the state of every mail there is."""
    return list(ScheduleMail.objects.order_by("recipient", "pk").values_list("recipient", "state"))
