"""Taking note of exports that are over: failures are counted, mails written down, once for each."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from reports.models import ExportJob, ScheduledExport
from reports.scheduling.outcomes import note_failure, note_success, queue_mails

BATCH = 500


def settle_finished() -> int:
    """Take note of the exports of schedules that are over; return how many were."""
    over = ExportJob.objects.filter(schedule__isnull=False, settled_at=None).exclude(status__in=ExportJob.UNFINISHED)
    found = over.order_by("finished_at").values_list("pk", "schedule_id")[:BATCH]
    return sum(_settle(pk, schedule) for pk, schedule in found if schedule)


@transaction.atomic
def _settle(pk: UUID, schedule_pk: int) -> bool:
    """Claim the export by saying that it is settled; what follows from it is in the same transaction."""
    # the schedule first: whoever deletes it locks it before its exports, too
    rows = ScheduledExport.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
    schedule = rows.filter(pk=schedule_pk).first()
    unsettled = ExportJob.objects.filter(pk=pk, schedule=schedule_pk, settled_at=None)
    if schedule is None or not unsettled.update(settled_at=timezone.now()):
        return False
    job = ExportJob.objects.get(pk=pk)
    if job.status == ExportJob.Status.FAILED:
        note_failure(schedule, job.error)
    elif job.status != ExportJob.Status.CANCELED:
        note_success(schedule)
    if job.status == ExportJob.Status.SUCCEEDED:
        queue_mails(schedule, job)
    return True
