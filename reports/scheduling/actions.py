"""Making, changing and removing schedules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers.auditing import record, values_of
from customers.models import User
from dealport.kit.errors import Conflict, invalid
from reports.models import ScheduledExport
from reports.scheduling.checking import check_schedule
from reports.scheduling.moments import next_moment, read_cron

MAX_SCHEDULES = 100
"""How many schedules one account may have."""
FIELDS = ("name", "dataset", "query", "filters", "columns", "format", "cron", "timezone", "recipients", "is_active")


def create_schedule(*, values: Mapping[str, object], actor: User) -> ScheduledExport:
    """Create a schedule of `actor`'s from `values` by the names of FIELDS; the first run is the next that falls due.

    Raises ValidationError naming every wrong field, Http404 for a store that is not there, Conflict for too many.
    """
    _refuse_unknown(values)
    schedule = ScheduledExport(owner=actor, **values)
    check_schedule(schedule, actor)
    with transaction.atomic():
        # one account's schedules are counted by one at a time
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if ScheduledExport.objects.filter(owner=actor).count() >= MAX_SCHEDULES:
            raise Conflict(
                gettext("You have {max_schedules} schedules: delete one first.").format(max_schedules=MAX_SCHEDULES)
            )
        schedule.next_run_at = due_after(schedule, timezone.now()) if schedule.is_active else None
        schedule.save(force_insert=True)
        record("created", schedule, actor=actor)
    return schedule


def change_schedule(*, schedule: ScheduledExport, values: Mapping[str, object], actor: User) -> ScheduledExport:
    """Change what `values` names; `is_active` true starts it (again), with no failures counted.

    Raises ValidationError naming every field that is wrong now, changed or not; pausing is always possible.
    """
    _refuse_unknown(values)
    with transaction.atomic():
        changed = (
            ScheduledExport.objects.select_for_update(of=("self",)).select_related("owner", "query").get(pk=schedule.pk)
        )
        before, was = (changed.cron, changed.timezone, changed.is_active), values_of(changed)
        for name in FIELDS:
            if name in values:
                setattr(changed, name, values[name])
        if dict(values) != {"is_active": False}:
            check_schedule(changed, actor)
        if values.get("is_active"):
            changed.failures, changed.last_error = 0, ""
        if not changed.is_active:
            changed.next_run_at = None
        elif before != (changed.cron, changed.timezone, True):
            changed.next_run_at = due_after(changed, timezone.now())
        changed.save(update_fields=[*FIELDS, "failures", "last_error", "next_run_at"])
        record("changed", changed, before=was, actor=actor)
    return changed


def delete_schedule(*, schedule: ScheduledExport, actor: User | None = None) -> None:
    """Delete a schedule and the mails it has not sent; its exports stay, as exports of their owner."""
    with transaction.atomic():
        # locked before its exports are changed: a run that adds one is over, or finds nothing
        for locked in ScheduledExport.objects.select_for_update().filter(pk=schedule.pk):
            record("deleted", locked, before=values_of(locked), after={}, actor=actor)
            locked.delete()


def _refuse_unknown(values: Mapping[str, object]) -> None:
    """Raise ValidationError naming a field that no schedule has: a value that is passed over looks like a change."""
    for name in sorted(values.keys() - set(FIELDS)):
        raise invalid(name, gettext("A schedule has no such field."))


def due_after(schedule: ScheduledExport, moment: datetime) -> datetime:
    """Return when the schedule falls due next. Raises ValidationError naming `cron` or `timezone`."""
    return next_moment(read_cron(schedule.cron), ZoneInfo(schedule.timezone), moment)
