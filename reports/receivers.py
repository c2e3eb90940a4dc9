"""What the reports do when the database becomes that of a new installation: nothing of the old one's goes out."""

from __future__ import annotations

from django.dispatch import receiver
from django.utils import timezone

from customers.auditing import record, values_of
from dealport.kit.installation import installation_replaced
from reports.models import ExportJob, ScheduledExport, ScheduleMail

WHY = "The database was restored or copied."


@receiver(installation_replaced, dispatch_uid="reports.installation_replaced")
def on_installation_replaced(resume_schedules: bool, **_: object) -> list[str]:
    """End exports and mails, let go of the files, pause the schedules; return sentences that say how many."""
    sentences = [
        f"Exports canceled: {_cancel_exports()}.",
        f"Export files left to the installation they belong to: {_let_go_of_files()}.",
        f"Waiting mails dropped: {_drop_mails()}.",
    ]
    if not resume_schedules:
        sentences.append(f"Schedules paused: {_pause_schedules()}. Start each that is wanted here.")
    return sentences


def _cancel_exports() -> int:
    unfinished = ExportJob.objects.filter(status__in=ExportJob.UNFINISHED)
    return unfinished.update(status=ExportJob.Status.CANCELED, finished_at=timezone.now(), error=WHY)


def _let_go_of_files() -> int:
    """Forget the names of the files: a copy must not delete what the original still hands out."""
    kept = ExportJob.objects.filter(status=ExportJob.Status.SUCCEEDED)
    return kept.update(status=ExportJob.Status.EXPIRED, file_key="", error=WHY)


def _drop_mails() -> int:
    waiting = ScheduleMail.objects.filter(state=ScheduleMail.State.WAITING)
    return waiting.update(state=ScheduleMail.State.GIVEN_UP, error=WHY)


def _pause_schedules() -> int:
    active = list(ScheduledExport.objects.select_for_update().filter(is_active=True))
    for schedule in active:
        before = values_of(schedule)
        schedule.is_active, schedule.next_run_at = False, None
        schedule.last_error = f"{WHY} Start the schedule if it is wanted here."
        schedule.save(update_fields=["is_active", "next_run_at", "last_error"])
        record("changed", schedule, before=before, actor=None)
    return len(active)
