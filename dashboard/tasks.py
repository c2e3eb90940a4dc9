"""Celery tasks of the dashboard: nudged after commits, swept by beat. All may run twice and at once."""

from __future__ import annotations

from celery import shared_task

from customers.models import Store
from dashboard import folding, verification


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
