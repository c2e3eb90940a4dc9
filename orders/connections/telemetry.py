"""Metrics of connections, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from orders.models import Connection, SourceEvent


def collect() -> Iterator[object]:
    """Yield the connections by state, and what waits or is parked of those that are active."""
    states = GaugeMetricFamily("dealport_connections", "Connections with sources by state.", labels=["state"])
    counts = dict(Connection.objects.values_list("state").annotate(Count("pk")))
    for state in Connection.State:
        states.add_metric([state.value], counts.get(state.value, 0))
    yield states
    waiting, parked = (Q(state=state) for state in (SourceEvent.State.WAITING, SourceEvent.State.PARKED))
    found = SourceEvent.objects.filter(waiting | parked, connection__state=Connection.State.ACTIVE).aggregate(
        waiting=Count("pk", filter=waiting),
        parked=Count("pk", filter=parked),
        oldest=Min("received_at", filter=waiting),
    )
    events = GaugeMetricFamily("dealport_source_events", "Events of active connections not applied.", labels=["state"])
    for name in ("waiting", "parked"):
        events.add_metric([name], found[name])
    yield events
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    yield GaugeMetricFamily(
        "dealport_source_events_waiting_oldest_seconds", "Age of the oldest event that waits.", max(age, 0.0)
    )
