"""Running what is due: claim the row by moving it to its next moment, and request its export with it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.db import Error as DatabaseError
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from customers.access import store_or_404
from dealport.kit.errors import Conflict
from dealport.kit.values import FieldValues
from reports.exporting import request_export
from reports.exporting.scopes import may_open
from reports.models import ExportJob, ScheduledExport
from reports.scheduling.actions import due_after
from reports.scheduling.checking import split_period
from reports.scheduling.outcomes import note_failure
from reports.scheduling.periods import resolve
from reports.scheduling.recipients import entitled

log = structlog.get_logger(__name__)


class CannotRun(Exception):
    """The export cannot even be requested; the text tells why."""


def run_due() -> int:
    """Request the exports of all schedules that are due, once each however much was missed; return how many."""
    due = ScheduledExport.objects.filter(is_active=True, next_run_at__lte=timezone.now())
    found = due.order_by("next_run_at").values_list("pk", "next_run_at")
    return sum(_run_safely(pk, moment) for pk, moment in found if moment)


def _run_safely(pk: int, due: datetime) -> bool:
    """Run one schedule so that a defect met in it is counted against it, and keeps no other from running."""
    try:
        return _run(pk, due)
    except DatabaseError:
        raise
    except Exception as error:
        log.exception("schedule broke", schedule=pk)
        return _fail_unexpectedly(pk, due, error)


@transaction.atomic
def _run(pk: int, due: datetime) -> bool:
    """Claim the moment `due` of a schedule and request its export, both or neither."""
    schedule = _claim(pk, due)
    if schedule is None:
        return False
    try:
        upcoming = due_after(schedule, timezone.now())
    except (ValidationError, ZoneInfoNotFoundError) as error:
        note_failure(schedule, _reason(error), is_final=True)
        return True
    try:
        with transaction.atomic():
            _request(schedule, due)
    except Conflict as busy:
        # stays due: its export is requested once others are finished
        ScheduledExport.objects.filter(pk=pk).update(last_error=f"It waits. {busy.detail}"[:500])
        return False
    except (CannotRun, ValidationError, Http404) as error:
        _move_on(schedule, upcoming)
        note_failure(schedule, _reason(error))
        return True
    _move_on(schedule, upcoming)
    return True


def _claim(pk: int, due: datetime) -> ScheduledExport | None:
    """Lock the schedule if it is still due at this moment and nobody else runs it."""
    rows = ScheduledExport.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return rows.select_related("owner", "query").filter(pk=pk, is_active=True, next_run_at=due).first()


def _move_on(schedule: ScheduledExport, upcoming: datetime) -> None:
    schedule.next_run_at, schedule.last_run_at = upcoming, timezone.now()
    schedule.save(update_fields=["next_run_at", "last_run_at"])


def _request(schedule: ScheduledExport, due: datetime) -> ExportJob:
    """Request the export with the rights of this moment and the days that were meant when it was due.

    Raises CannotRun, ValidationError, Http404, Conflict.
    """
    if not (schedule.owner.sees_all_stores if schedule.query else may_open(schedule.owner, schedule.filters)):
        raise CannotRun("The account it belongs to may not open exports any more.")
    if not entitled(schedule.recipients, schedule.filters):
        raise CannotRun("None of its recipients may open exports any more.")
    return request_export(
        owner=schedule.owner,
        dataset=schedule.dataset,
        filters=resolved_filters(schedule, due),
        format=schedule.format,
        columns=schedule.columns,
        query=schedule.query,
        schedule=schedule,
    )


def resolved_filters(schedule: ScheduledExport, moment: datetime) -> FieldValues:
    """Return the filters with `from` and `to` in place of a relative period, as it is meant at `moment`.

    Days are those of the store, or of the schedule's zone where the filters name none. Raises ValidationError, Http404.
    """
    filters, period = split_period(schedule.filters)
    if not period:
        return filters
    zone = ZoneInfo(schedule.timezone)
    if "store" in filters:
        zone = store_or_404(schedule.owner, filters["store"]).zone
    first, last = resolve(period, moment.astimezone(zone).date())
    return {**filters, "from": first.isoformat(), "to": last.isoformat()}


@transaction.atomic
def _fail_unexpectedly(pk: int, due: datetime, error: Exception) -> bool:
    schedule = _claim(pk, due)
    if schedule is None:
        return False
    _move_on(schedule, due_after(schedule, timezone.now()))
    note_failure(schedule, f"Unexpected: {type(error).__name__}.")
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, Http404):
        return "Its store is not there any more."
    if isinstance(error, ValidationError) and isinstance(error.detail, dict):
        return "; ".join(f"{field}: {' '.join(map(str, texts))}" for field, texts in error.detail.items())
    return str(error)
