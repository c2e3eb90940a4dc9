"""Beat jobs of the orders app."""

from __future__ import annotations

from celery import shared_task

from orders import product_views, uploads
from orders.actions import expire_unpaid
from orders.connections import schedule
from orders.uploads.running import TIME_LIMIT


@shared_task
def expire_unpaid_orders() -> int:
    """Expire orders unpaid for 24 hours (DEALPORT_UNPAID_EXPIRY_HOURS). May run twice at once."""
    return expire_unpaid()


@shared_task
def write_product_views() -> int:
    """Add the views that Redis counted to the products. Two at once share them."""
    return product_views.write_views()


@shared_task
def apply_source_events(connection_id: int) -> int:
    """Apply the webhooks of one connection that wait. Two at once share them."""
    return schedule.apply_events(connection_id)


@shared_task
def sweep_connections() -> int:
    """Start what is due of all connections: waiting webhooks, polls, backfills."""
    return schedule.sweep()


@shared_task
def poll_source(connection_id: int) -> int:
    """Ask what changed in one connection's source since the last look, if that is due."""
    return schedule.poll(connection_id)


@shared_task
def backfill_source(connection_id: int) -> int:
    """Go on with the orders from before of one connection."""
    return schedule.run_backfill(connection_id)


@shared_task
def reconcile_sources() -> int:
    """Start the comparison of all connections with their sources."""
    return schedule.reconcile_all()


@shared_task
def reconcile_source(connection_id: int) -> int:
    """Compare the days of one connection with its source; list and repair what differs."""
    return schedule.reconcile(connection_id)


@shared_task
def empty_source_events() -> int:
    """Empty the bodies of old webhooks."""
    return schedule.empty_bodies()


@shared_task(time_limit=TIME_LIMIT)
def run_upload(pk: int) -> None:
    """Check or apply an upload. Runs in the queue of exports, so that long files hold up nothing else."""
    uploads.run_upload(pk)


@shared_task
def sweep_uploads() -> int:
    """Tell workers again of uploads that wait; return how many."""
    return uploads.sweep()


@shared_task
def clean_uploads() -> int:
    """Delete the files of old uploads, and those that no upload names; return how many."""
    return uploads.clean()
