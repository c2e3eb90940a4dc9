"""Celery tasks of the dashboard: nudged after commits, swept by beat. All may run twice and at once."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from customers.models import Store
from dashboard.answers import highlights, snapshot
from dashboard.caching import invalidation
from dashboard.metrics import activity, folding, verification


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
    """Compare every bucket of every store, prune old results; return the number of wrong buckets."""
    verification.prune_verifications()
    return sum(verification.verify_store(store).wrong_buckets for store in Store.objects.order_by("pk"))


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
