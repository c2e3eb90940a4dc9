"""What is due of which connection: started by the sweep, carried out by tasks, each claimed by one worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dealport.kit.redis import publish
from dealport.kit.secrets import UnreadableSecret
from orders.connections import backfill, events, health, polling, privacy, reconciling
from orders.connections.problems import AccessRefused, SourceProblem
from orders.connections.receiving import PRIVACY
from orders.models import Connection, SourceEvent

Backfill = Connection.Backfill
ASKED = Q(kind__in=(Connection.Kind.SHOPIFY, Connection.Kind.WOOCOMMERCE))
"""Systems that can be asked; others only report."""
SWEPT_AGAIN = 30
"""Seconds after which a message of the sweep is not worth doing: what is still due has been sent again."""


def sweep() -> int:
    """Send a task for everything that is due; what is lost on the way is due again at the next sweep."""
    from orders import tasks

    now = timezone.now()
    waiting = SourceEvent.objects.filter(
        connection=OuterRef("pk"), state=SourceEvent.State.WAITING, next_try_at__lte=now
    )
    active = Connection.objects.filter(state=Connection.State.ACTIVE, retry_at__lte=now)
    ready = active.filter(ASKED)
    due = [
        (tasks.apply_source_events, active.filter(Exists(waiting))),
        # whatever became of the connection
        (tasks.apply_source_events, Connection.objects.filter(Exists(waiting.filter(subject__startswith=PRIVACY)))),
        (tasks.poll_source, ready.filter(next_poll_at__lte=now)),
        (tasks.backfill_source, ready.filter(backfill__in=(Backfill.REQUESTED, Backfill.RUNNING))),
    ]
    count = 0
    for task, connections in due:
        for pk in connections.order_by("pk").values_list("pk", flat=True):
            publish(lambda task=task, pk=pk: task.apply_async((pk,), expires=SWEPT_AGAIN))  # type: ignore[misc]
            count += 1
    return count


def apply_events(connection_id: int) -> int:
    """Apply what waits of a connection; return how many events were settled."""
    connection = Connection.objects.select_related("store").filter(pk=connection_id).first()
    return events.apply_due(connection) if connection else 0


def poll(connection_id: int) -> int:
    """Ask what changed, if that is due; return how many orders are to be fetched."""
    now = timezone.now()
    due = Connection.objects.filter(ASKED, pk=connection_id, state=Connection.State.ACTIVE, retry_at__lte=now)
    if not due.filter(next_poll_at__lte=now).update(
        next_poll_at=now + timedelta(minutes=settings.DEALPORT_POLL_MINUTES)
    ):
        return 0
    return _asking(connection_id, polling.poll)


def run_backfill(connection_id: int) -> int:
    """Go on with the orders from before; return how many were brought."""
    return _asking(connection_id, backfill.go_on)


def reconcile_all() -> int:
    """Send a task for every active connection; return how many."""
    from orders import tasks

    active = Connection.objects.filter(ASKED, state=Connection.State.ACTIVE).order_by("pk").values_list("pk", flat=True)
    for pk in active:
        publish(lambda pk=pk: tasks.reconcile_source.delay(pk))  # type: ignore[misc]
    return len(active)


def reconcile(connection_id: int) -> int:
    """Compare the days of a connection with its source; return how many differed."""
    return _asking(connection_id, reconciling.reconcile)


def empty_bodies() -> int:
    """Empty the bodies of webhooks settled more than DEALPORT_EVENT_KEEP_DAYS ago."""
    return privacy.empty_old_bodies(timezone.now() - timedelta(days=settings.DEALPORT_EVENT_KEEP_DAYS))


def _asking(connection_id: int, work: Callable[[Connection], int]) -> int:
    """Do what asks the source, and keep what becomes of it on the connection."""
    connection = Connection.objects.select_related("store").get(pk=connection_id)
    if not health.can_ask(connection):
        return 0
    try:
        result = work(connection)
    except SourceProblem as problem:
        health.note_failure(connection, problem)
    except UnreadableSecret as error:
        health.note_failure(connection, AccessRefused(str(error)))
    else:
        health.note_success(connection)
        return result
    # asked again as soon as it may be, not at the next regular moment
    Connection.objects.filter(Q(next_poll_at__gt=connection.retry_at), pk=connection.pk).update(
        next_poll_at=connection.retry_at
    )
    return 0
