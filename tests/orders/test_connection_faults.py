"""Whatever goes wrong at either source or with what it sends: a clear state, nothing lost, nobody asked in a loop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from orders.connections import actions, schedule
from orders.models import Order, SourceEvent
from tests.builders import a_user
from tests.orders.connected import ORDER, Source, connected
from tests.shopify_server import CLIENT_SECRET, Shopify
from tests.woocommerce_server import KEY, SECRET, WEBHOOK_SECRET

pytestmark = pytest.mark.django_db


def events() -> list[tuple[str, int]]:
    return list(SourceEvent.objects.order_by("pk").values_list("state", "tries"))


def test_a_wrong_signature_and_that_of_another_store_are_401_and_leave_nothing(source: Source) -> None:
    other = connected(
        source.connection.kind, "https://other.example.com", {"webhookSecret": "other", "clientSecret": "x"}
    )
    assert source.send({"id": 7}, secret="wrong").status_code == 401
    assert source.send({"id": 7}, secret="other").status_code == 401
    assert source.send({"id": 7}, to=other).status_code == 401
    assert not SourceEvent.objects.exists()


@pytest.mark.parametrize("body", [b"{not json", b"[" * 100_000, b"\xff\x00", b""])
def test_a_body_is_not_read_before_its_signature_is_right(source: Source, body: bytes) -> None:
    assert source.send(body, secret="wrong").status_code == 401
    assert not SourceEvent.objects.exists()


def test_a_webhook_costs_the_same_however_many_wait(source: Source) -> None:
    counts = []
    for number in range(60):
        with CaptureQueriesContext(connection) as queries:
            assert source.send({"id": number + 1}, delivery=f"delivery-{number}").status_code == 200
        counts.append(len(queries))
    assert SourceEvent.objects.filter(state="waiting").count() == 60
    assert counts[1] == counts[-1] <= 8


def test_sources_are_looked_at_every_quarter_of_an_hour_and_compared_at_night(settings: Settings) -> None:
    night = settings.CELERY_BEAT_SCHEDULE["reconcile with the sources"]
    assert settings.DEALPORT_POLL_MINUTES == 15
    assert night["task"] == "orders.tasks.reconcile_sources"
    assert (night["schedule"].hour, night["schedule"].minute) == ({3}, {40})


def test_a_delivery_that_is_replayed_counts_once(source: Source) -> None:
    results = [source.send({"id": 7}, delivery="one").json()["data"]["result"] for _ in range(2)]
    assert (results, events()) == (["stored", "duplicate"], [("waiting", 0)])


def test_a_huge_body_is_413_and_a_malformed_one_is_kept_and_parked(source: Source, settings: Settings) -> None:
    settings.DEALPORT_SOURCE_BODY_BYTES = 1_000
    assert source.send({"id": 7, "note": "x" * 1_000}).status_code == 413
    assert source.send({"id": "no number"}).status_code == 200
    assert events() == [("parked", 0)]


@pytest.mark.parametrize(
    ("status", "is_blocked"), [(429, False), (500, False), (503, False), (401, True), (403, True), (404, True)]
)
def test_a_source_that_refuses_is_named_not_asked_again_before_its_time_and_then_brought_up_to_date(
    source: Source, status: int, is_blocked: bool
) -> None:
    source.show(ORDER)
    source.send({"id": 7})
    source.server.faults = [(status, {})] if isinstance(source.server, Shopify) else [status]  # type: ignore[assignment,list-item]
    assert schedule.apply_events(source.connection.pk) == 0
    current, problem = source.standing()
    assert current == ("blocked" if is_blocked else "active")
    assert problem.endswith(".")
    assert source.connection.retry_at > timezone.now() + timedelta(seconds=20)
    for _ in range(3):
        assert schedule.sweep() == 0
        schedule.apply_events(source.connection.pk)
        schedule.poll(source.connection.pk)
    assert (len(source.server.requests), events()) == (1, [("waiting", 0)])
    source.may_ask()
    assert schedule.apply_events(source.connection.pk) == 1
    assert (source.standing(), Order.objects.get().sales) == (("active", ""), D("12.00"))


@pytest.mark.parametrize("status", [429, 503])
def test_the_source_says_when_to_ask_again(source: Source, status: int) -> None:
    source.server.retry_after = "600"
    source.server.faults = [(status, {})] if isinstance(source.server, Shopify) else [status]  # type: ignore[assignment,list-item]
    source.may_ask()
    assert schedule.poll(source.connection.pk) == 0
    source.connection.refresh_from_db()
    wait = (source.connection.retry_at - timezone.now()).total_seconds()
    assert 590 < wait <= 600
    assert source.connection.next_poll_at == source.connection.retry_at


def test_an_order_that_cannot_be_read_keeps_no_other_back_and_is_parked_with_its_reason(
    source: Source, settings: Settings
) -> None:
    settings.DEALPORT_EVENT_TRIES = 1
    for key in ("7", "8", "9"):
        source.show(replace(ORDER, key=key))
        source.send({"id": int(key)}, delivery=key)
    if isinstance(source.server, Shopify):
        source.server.orders["8"]["processedAt"] = "yesterday"
    else:
        source.server.orders[8]["date_created_gmt"] = "yesterday"
    assert schedule.apply_events(source.connection.pk) == 3
    assert set(Order.objects.values_list("source_record__external_id", flat=True)) == {"7", "9"}
    parked = SourceEvent.objects.get(state="parked")
    reason = "'yesterday' is not a time such as 2026-06-10T14:00:00Z."
    assert (parked.subject, parked.reason) == ("order:8", reason)


def test_a_revoked_token_blocks_the_connection_and_new_credentials_bring_everything(source: Source) -> None:
    source.show(ORDER)
    source.send({"id": 7}, delivery="first")
    assert schedule.apply_events(source.connection.pk) == 1
    good: dict[str, str]
    if isinstance(source.server, Shopify):
        source.server.tokens = {"renewed"}
        good = {"accessToken": "renewed", "clientSecret": CLIENT_SECRET}
    else:
        revoked = {"consumerKey": "ck_revoked", "consumerSecret": SECRET, "webhookSecret": WEBHOOK_SECRET}
        actions.update_connection(connection=source.connection, changes={"credentials": revoked}, actor=a_user())
        good = {"consumerKey": KEY, "consumerSecret": SECRET, "webhookSecret": WEBHOOK_SECRET}
    source.server.requests.clear()
    source.show(replace(ORDER, refunds=((ORDER.placed + timedelta(days=1), D("5.00"), ()),)))
    source.send({"id": 7})
    assert schedule.apply_events(source.connection.pk) == 0
    state, problem = source.standing()
    assert (state, "refused access" in problem and "Enter" in problem) == ("blocked", True), problem
    for _ in range(3):
        schedule.sweep()
        schedule.apply_events(source.connection.pk)
        schedule.poll(source.connection.pk)
    assert (len(source.server.requests), events()) == (1, [("applied", 1), ("waiting", 0)])
    actions.update_connection(connection=source.connection, changes={"credentials": good}, actor=a_user())
    assert schedule.apply_events(source.connection.pk) == 1
    assert (source.standing(), Order.objects.get().sales) == (("active", ""), D("7.00"))
