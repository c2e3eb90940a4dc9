"""What monitoring sees of connections."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from orders.connections import backfill, telemetry
from orders.models import Connection, SourceEvent
from tests.builders import a_store

pytestmark = pytest.mark.django_db


def samples() -> dict[str, float]:
    found = {}
    for family in telemetry.collect():
        assert isinstance(family, GaugeMetricFamily)
        for sample in family.samples:
            found[" ".join([sample.name.removeprefix("dealport_"), *sample.labels.values()])] = sample.value
    return found


def test_metrics_tell_connections_by_state_and_how_long_events_wait() -> None:
    active, blocked = (
        Connection.objects.create(store=a_store(), kind="shopify", address=f"{state}.myshopify.com", state=state)
        for state in ("active", "blocked")
    )
    ago = timezone.now() - timedelta(minutes=10)
    for connection, state in ((active, "waiting"), (active, "parked"), (active, "applied"), (blocked, "waiting")):
        SourceEvent.objects.create(
            connection=connection,
            delivery_id=state,
            subject="order:1",
            topic="orders/create",
            state=state,
            received_at=ago,
        )
    found = samples()
    assert 600 <= found.pop("source_events_waiting_oldest_seconds") < 660
    assert {name: value for name, value in found.items() if value} == {
        "connections active": 1,
        "connections blocked": 1,
        "source_events waiting": 1,
        "source_events parked": 1,
    }


def test_a_backfill_that_goes_on_is_a_sign_of_life() -> None:
    assert backfill.seconds_since_progress() == float("inf")
    until = timezone.now() + backfill.LEASE - timedelta(seconds=20)
    Connection.objects.create(store=a_store(), kind="shopify", address="a.myshopify.com", backfill_until=until)
    assert 20 <= backfill.seconds_since_progress() < 40
