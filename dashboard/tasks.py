"""Celery tasks of the dashboard: nudged after commits, swept by beat. All may run twice and at once."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from dashboard.answers import highlights, snapshot
from dashboard.caching import invalidation
from dashboard.metrics import activity, folding, verification, verification_runs


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
    """Compare slices of what is to be compared, for a while; return the number of wrong buckets."""
    return verification_runs.compare_slices()


@shared_task
def settle_invalidations() -> int:
    """Tell Redis what it could not be told when it happened; return how many invalidations."""
    return invalidation.sweep()


@shared_task
def refresh_snapshots() -> None:
    """Compute ahead the snapshots of all stores together and of every store that has customers; and the best of all."""
    try:
        call_command("refresh_dashboard_cache")
    finally:
        highlights.best_together(refresh=True)


@shared_task
def prune_snapshots() -> int:
    """Delete expired snapshots, old minutes of activity; return how many rows."""
    return snapshot.prune_snapshots() + activity.prune_activity()


@shared_task
def flush_activity() -> int:
    """Write counted activity to the tables; return the number of counts."""
    return activity.flush()
