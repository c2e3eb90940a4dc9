"""Celery tasks of the dashboard: nudged after commits, swept by beat. All may run twice and at once."""

from __future__ import annotations

import logging

from celery import shared_task

from dashboard.answers import highlights, snapshot
from dashboard.answers.refreshing import refresh
from dashboard.caching import invalidation
from dashboard.metrics import activity, folding, recomputing, verification, verification_runs

log = logging.getLogger(__name__)


@shared_task
def fold_ledger() -> int:
    """Fold everything that waits; return the number of rows."""
    rows = folding.fold_all().rows
    if rows >= folding.VACUUM_ROWS:
        folding.vacuum_ledger()
    return rows


@shared_task
def verify_sample() -> int:
    """Compare recently changed days and a random month of some stores; return the number of wrong buckets."""
    return sum(result.wrong_buckets for result in verification.verify_sample())


@shared_task
def verify_everything() -> int:
    """Let every bucket of every store be compared, slice by slice; prune old results. Return how many stores."""
    verification.prune_verifications()
    return verification_runs.start_runs()


@shared_task
def verify_slices() -> int:
    """Recompute what an upgrade asked for, then compare slices, for a while; return the number of wrong buckets."""
    recomputing.recompute_slices()
    return verification_runs.compare_slices()


@shared_task
def settle_invalidations() -> int:
    """Repeat invalidations that Redis missed; return how many."""
    return invalidation.sweep()


@shared_task
def refresh_snapshots() -> dict[str, int]:
    """Compute ahead the snapshots of all stores together and of every store that has customers; and the best of all.

    Returns how many could be computed and how many failed; a failure is logged with its reason.
    """
    count = {"done": 0, "failed": 0}
    try:
        for refreshed in refresh(list(snapshot.scopes_to_refresh())):
            count["done" if refreshed.answer else "failed"] += 1
            if refreshed.answer is None:
                name = refreshed.scope.slug or "all stores"
                log.warning("the snapshot of %s could not be computed: %s", name, refreshed.reason)
    finally:
        highlights.best_together(refresh=True)
    return count


@shared_task
def prune_snapshots() -> int:
    """Delete expired snapshots, old minutes of activity; return how many rows."""
    return snapshot.prune_snapshots() + activity.prune_activity()


@shared_task
def flush_activity() -> int:
    """Write counted activity to the tables; return the number of counts."""
    return activity.flush()
