"""Recalculation of daily metrics on request: a row until it is done, a message only to start it soon."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from customers.auditing import record
from customers.models import User
from customers.scopes import StoreScope
from dealport.kit.day_range import DayRange
from dealport.kit.redis import publish
from reports.daily.aggregation import aggregate
from reports.models import Recalculation

logger = logging.getLogger(__name__)

ABANDONED_AFTER = timedelta(minutes=15)
"""How long after it began an unfinished run is taken for dead; a second one beside it does no harm."""
KEPT_DAYS = 30

_CLAIM = f"""
UPDATE reports_recalculation SET started_at = %(now)s, attempts = attempts + 1 WHERE id = (
    SELECT id FROM reports_recalculation
    WHERE finished_at IS NULL AND attempts < {Recalculation.MAX_ATTEMPTS}
        AND (started_at IS NULL OR started_at < %(abandoned)s)
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def request_recalculation(*, scope: StoreScope, days: DayRange, actor: User | None) -> Recalculation:
    """Queue the recalculation of days that are over and return it; an equal one that has not begun is the same."""
    facts = {"store": scope.store, "first_day": days.first, "last_day": days.last}
    with transaction.atomic():
        row, _ = Recalculation.objects.get_or_create(**facts, started_at=None, defaults={"requested_by": actor})
        record("requested", row, after={"first_day": days.first, "last_day": days.last}, actor=actor)
        transaction.on_commit(_nudge)
    return row


def run_waiting() -> int:
    """Run what waits, the oldest first, and what a worker left behind; return how many were finished."""
    finished = 0
    while (row := _claimed()) is not None:
        finished += _run(row)
    return finished


def prune_recalculations() -> int:
    """Delete requests older than KEPT_DAYS; return how many."""
    return Recalculation.objects.filter(requested_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()[0]


def _nudge() -> None:
    from reports.tasks import recalculate

    publish(recalculate.delay)


def _claimed() -> Recalculation | None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "abandoned": now - ABANDONED_AFTER})
        claimed = cursor.fetchone()
    return Recalculation.objects.select_related("store").get(pk=claimed[0]) if claimed else None


def _run(row: Recalculation) -> bool:
    """Aggregate the days; a failure keeps the row with its reason, to be tried again."""
    done = Recalculation.objects.filter(pk=row.pk)
    try:
        written = aggregate(DayRange(row.first_day, row.last_day), StoreScope(row.store))
    except Exception as error:  # of any kind: the others that wait must have their turn
        logger.exception("recalculation %s failed", row.pk)
        done.update(error=f"{type(error).__name__}: {error}"[:500])
        return False
    done.update(finished_at=timezone.now(), rows_written=written, error="")
    return True
