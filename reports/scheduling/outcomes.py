"""What becomes of a schedule after a run: a success forgets the failures, the fifth in a row stops it."""

from __future__ import annotations

import structlog

from reports.models import ExportJob, ScheduledExport, ScheduleMail

FAILURES = 5
log = structlog.get_logger(__name__)


def note_success(schedule: ScheduledExport) -> None:
    """Forget the failures. The row must be locked."""
    schedule.failures, schedule.last_error = 0, ""
    schedule.save(update_fields=["failures", "last_error"])


def note_failure(schedule: ScheduledExport, reason: str, *, is_final: bool = False) -> None:
    """Count a failure; at FAILURES, or if it `is_final`, stop the schedule and write to its owner, once.

    The row must be locked, in a transaction.
    """
    schedule.failures = min(schedule.failures + 1, 32_767)
    schedule.last_error = reason[:500]
    stops = schedule.is_active and (is_final or schedule.failures >= FAILURES)
    if stops:
        schedule.is_active, schedule.next_run_at = False, None
        ScheduleMail.objects.create(schedule=schedule, recipient=schedule.owner.email, reason=schedule.last_error)
    schedule.save(update_fields=["failures", "last_error", "is_active", "next_run_at"])
    log.warning("schedule failed", schedule=schedule.pk, failures=schedule.failures, stopped=stops, reason=reason)


def queue_mails(schedule: ScheduledExport, job: ExportJob) -> None:
    """Write down a mail to each recipient of a finished job."""
    ScheduleMail.objects.bulk_create(
        [ScheduleMail(schedule=schedule, job=job, recipient=address) for address in schedule.recipients]
    )
