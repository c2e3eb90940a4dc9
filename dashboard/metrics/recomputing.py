"""Computing all buckets of stores anew, as an upgrade that adds a measure needs: slice by slice, orders going on.

A migration asks for it with a `VerificationRun` that `recomputes`. Each slice is one transaction under the fold lock
that writes the buckets and how far it got, so an interruption loses its slice alone. A store that is done is compared
like any other.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dashboard.figures.reading import rows
from dashboard.metrics import recount
from dashboard.metrics.verification_runs import PAUSE, RUN_LOCK, SECONDS, slice_end
from dashboard.models import VerificationRun
from dealport.kit.day_range import EVERY_DAY, DayRange
from orders.first_orders import mark_placed
from orders.parts import write_missing
from orders.source_details import take_over

logger = logging.getLogger(__name__)


def recompute_slices(seconds: float = SECONDS) -> int:
    """Recompute slices until nothing is due or the time is over; return how many buckets were wrong.

    Returns at once while another process compares or recomputes a slice.
    """
    deadline = time.monotonic() + seconds
    wrong = 0
    while (corrected := _recompute_next()) is not None:
        wrong += corrected
        if time.monotonic() >= deadline:
            break
    return wrong


def _recompute_next() -> int | None:
    """Recompute the next slice; return how many buckets were wrong, None if nothing is due or somebody else is at it.

    A store whose slice fails waits an hour, with the reason in its row.
    """
    run: VerificationRun | None = None
    try:
        with transaction.atomic():
            if not rows("SELECT pg_try_advisory_xact_lock(%(key)s) AS is_ours", key=RUN_LOCK)[0]["is_ours"]:
                return None
            due = VerificationRun.objects.filter(recomputes=True, not_before__lte=timezone.now())
            run = due.select_related("store").order_by("pk").first()
            return None if run is None else _recompute(run)
    except Exception as error:  # whatever it is, it must not keep the other stores from being recomputed
        if run is None:
            raise
        logger.exception("a slice of the figures of store %s could not be recomputed", run.store.slug)
        VerificationRun.objects.filter(pk=run.pk).update(not_before=timezone.now() + PAUSE, error=str(error)[:500])
        return 0


def _recompute(run: VerificationRun) -> int:
    """Write the buckets of the run's next slice; after the last one the store is to be compared."""
    last = slice_end(run)
    take_over(run.store, DayRange(run.next_day, last))
    write_missing(run.store, DayRange(run.next_day, last))
    mark_placed(run.store, DayRange(run.next_day, last))
    wrong = recount.correct(run.store, run.next_day, last)
    is_done = last == EVERY_DAY.last
    run.next_day = EVERY_DAY.first if is_done else last + timedelta(days=1)
    run.recomputes, run.error = not is_done, ""
    run.save(update_fields=["next_day", "recomputes", "error"])
    logger.info("the figures of store %s are recomputed up to %s", run.store.slug, last)
    return wrong
