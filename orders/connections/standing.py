"""How a connection stands: what waits, what is parked, how far behind it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from orders.models import Connection, SourceEvent

State = SourceEvent.State
BEHIND = timedelta(minutes=10)
"""How long an event may wait."""


@dataclass(frozen=True)
class Standing:
    """`oldest` is when the oldest waiting event arrived. `lag` is how long what the source reported has waited here."""

    waiting: int = 0
    parked: int = 0
    oldest: datetime | None = None

    @property
    def lag(self) -> timedelta:
        """How long the oldest waiting event has waited; zero when nothing waits."""
        return timezone.now() - self.oldest if self.oldest else timedelta()


def standings(connections: Iterable[Connection]) -> dict[int, Standing]:
    """Return how each connection stands, by id; one statement."""
    events = SourceEvent.objects.filter(connection__in=list(connections), state__in=(State.WAITING, State.PARKED))
    waiting, parked = Q(state=State.WAITING), Q(state=State.PARKED)
    rows = events.values("connection").annotate(
        waiting=Count("pk", filter=waiting),
        parked=Count("pk", filter=parked),
        oldest=Min("received_at", filter=waiting),
    )
    return {row["connection"]: Standing(row["waiting"], row["parked"], row["oldest"]) for row in rows.order_by()}


def troubled(stores: Iterable[int] | None, now: datetime) -> QuerySet[Connection]:
    """Return connections (of these stores; None: of all) that are blocked, fail, are behind or have parked events."""
    events = SourceEvent.objects.filter(connection=OuterRef("pk"))  # two partial indexes
    waiting, parked = (
        events.filter(state=State.WAITING, received_at__lt=now - BEHIND),
        events.filter(state=State.PARKED),
    )
    rows = Connection.objects.exclude(state=Connection.State.DISCONNECTED)
    rows = rows if stores is None else rows.filter(store__in=list(stores))
    return rows.filter(Q(state=Connection.State.BLOCKED) | ~Q(problem="") | Exists(waiting) | Exists(parked))


def webhook_url(connection: Connection) -> str:
    """Return the address to enter at the source."""
    return settings.DEALPORT_URL.rstrip("/") + reverse("source-webhook", args=[connection.public_id])


def reads_from(connection: Connection) -> date | None:
    """Return the first day the connection can read orders of, None when there is no limit."""
    if connection.reads_days is None:
        return None
    today = timezone.localdate(timezone=connection.store.zone)
    return today - timedelta(days=connection.reads_days - 1)
