"""Verification of all days of every store, slice by slice: what is compared stays compared, whatever happens next.

A `VerificationRun` row is the work and how far it got. A tick of beat compares slices for a while, one slice at a
time in the whole installation; a task that ends in the middle loses its slice alone. A store whose slice fails waits
an hour, with the reason in its row, and keeps no other store from being compared.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Store
from dashboard.figures import consistent_read
from dashboard.figures.reading import rows
from dashboard.metrics import recount
from dashboard.metrics.verification import KEPT_DETAILS, readable, record, total_difference
from dashboard.models import Verification, VerificationRun
from dealport.kit.day_range import EVERY_DAY, DayRange
from dealport.kit.values import Json

logger = logging.getLogger(__name__)

RUN_LOCK = 0x76657269  # "veri": whoever compares a slice
SLICE_ORDERS = 200_000
"""Orders after which a slice ends with its month: some 20 seconds of comparing."""
SECONDS = 30
"""How long one task goes on taking slices: a worker slot is free again well before the next tick."""
PAUSE = timedelta(hours=1)
"""How long a store whose slice failed waits."""
NEVER = datetime.min.replace(tzinfo=UTC)

# the monthly rollup may be wrong: it decides where slices end, and they cover all days however they are cut
_SLICE_END = """
SELECT min(month) AS month FROM (
    SELECT month, sum(orders) OVER (ORDER BY month) AS so_far, lead(month) OVER (ORDER BY month) AS next
    FROM dashboard_storemonthlysales WHERE store_id = %(store)s AND basis = 'placed' AND month >= %(first)s
) AS months WHERE so_far >= %(orders)s AND next IS NOT NULL
"""


def start_runs() -> int:
    """Add a run for every store that has none, the one compared longest ago first; return how many were added."""
    complete = Verification.objects.filter(is_complete=True)
    compared = dict(complete.values_list("store").annotate(Max("checked_at")))
    waiting = Store.objects.exclude(pk__in=VerificationRun.objects.values("store")).values_list("pk", flat=True)
    oldest_first = sorted(waiting, key=lambda pk: compared.get(pk, NEVER))
    runs = [VerificationRun(store_id=pk, next_day=EVERY_DAY.first) for pk in oldest_first]
    return len(VerificationRun.objects.bulk_create(runs, ignore_conflicts=True))


def compare_slices(seconds: float = SECONDS) -> int:
    """Compare slices until nothing is due or the time is over; return the number of wrong buckets.

    Returns at once while another process compares a slice.
    """
    deadline = time.monotonic() + seconds
    wrong = 0
    while (found := _compare_next()) is not None:
        wrong += found
        if time.monotonic() >= deadline:
            break
    return wrong


def _compare_next() -> int | None:
    """Compare the next slice; return the number of wrong buckets, None if nothing is due or somebody else is at it."""
    run: VerificationRun | None = None
    try:
        with consistent_read(at_length=True) as now:
            if not rows("SELECT pg_try_advisory_xact_lock(%(key)s) AS is_ours", key=RUN_LOCK)[0]["is_ours"]:
                return None
            due = VerificationRun.objects.filter(not_before__lte=now, recomputes=False)
            run = due.select_related("store").order_by("pk").first()
            if run is None:
                return None
            last = slice_end(run)
            wrong = recount.differences(run.store, run.next_day, last)
        _record(run, now, last, wrong)
    except Exception as error:  # whatever it is, it must not keep the other stores from being compared
        if run is None:
            raise
        logger.exception("a slice of the figures of store %s could not be compared", run.store.slug)
        VerificationRun.objects.filter(pk=run.pk).update(not_before=timezone.now() + PAUSE, error=str(error)[:500])
        return 0
    return len(wrong)


def slice_end(run: VerificationRun) -> date:
    """Return the last day of the slice that begins with the run's next day."""
    found = rows(_SLICE_END, store=run.store_id, first=run.next_day, orders=SLICE_ORDERS)[0]["month"]
    return recount.whole_months(found, found).last if found else EVERY_DAY.last


def _record(run: VerificationRun, now: datetime, last: date, wrong: list[Json]) -> None:
    """Add the slice's result to the run; write a `Verification` of what is wrong, and of all days after the last slice.

    That one is as old as the first slice: what was found wrong since then is not settled by it.
    """
    days = DayRange(run.next_day, last)
    with transaction.atomic():
        advanced = VerificationRun.objects.filter(pk=run.pk, next_day=days.first).update(
            started_at=Coalesce("started_at", Value(now)),
            next_day=last + timedelta(days=1),
            wrong_buckets=F("wrong_buckets") + len(wrong),
            difference=F("difference") + total_difference(wrong),
            details=(run.details + readable(wrong))[:KEPT_DETAILS],
            error="",
        )
        if not advanced:  # somebody else compared it meanwhile
            return
        if wrong and days != EVERY_DAY:
            found = (len(wrong), total_difference(wrong), readable(wrong))
            record(run.store, days, *found, checked_at=now)
        if last == EVERY_DAY.last:
            run.refresh_from_db(from_queryset=VerificationRun.objects.select_related("store"))
            found = (run.wrong_buckets, run.difference, run.details)
            record(run.store, EVERY_DAY, *found, checked_at=run.started_at)
            run.delete()
