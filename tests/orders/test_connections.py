"""A store connected to Shopify: webhooks are stored, orders fetched and applied, whatever is lost, doubled or wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from customers.models import Customer, Store
from dashboard.metrics import recount
from dealport.kit import secrets
from orders.connections import events, health, schedule
from orders.models import (
    Connection,
    Order,
    Refund,
    SourceEvent,
    Transaction,
)
from orders.sources.single import StoreBusy
from tests.builders import a_store
from tests.orders.shopify_connection import CREDENTIALS, LATER, PLACED, WHOLE, send, states
from tests.shopify_orders import Life
from tests.shopify_server import Shopify, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store()


def test_a_webhook_is_stored_and_answered_then_its_order_is_fetched_and_applied_with_its_own_moments(
    connection: Connection, shop: Shopify, store: Store
) -> None:
    shop.put(WHOLE.node())
    answer = send(connection, "orders/updated", {"id": 820001})
    assert (answer.status_code, answer.json()["data"]) == (200, {"result": "stored"})
    assert (Order.objects.count(), shop.requests) == (0, [])

    assert schedule.apply_events(connection.pk) == 1

    order = Order.objects.get(store=store)
    assert (order.number, order.sales, order.status) == ("#820001", D("42.00"), "SHIPPED")
    assert Transaction.objects.get(order=order, kind="payment").settled_at == PLACED + timedelta(minutes=5)
    assert Refund.objects.get(order=order).settled_at == LATER
    assert list(order.items.order_by("pk").values_list("name", "refunded_quantity")) == [("Mug", 1), ("Pot", 0)]
    assert recount.differences(store) == []
    assert states() == [("applied", "", 1)]


def test_a_delivery_counts_once_and_many_events_of_one_order_cost_one_request(
    connection: Connection, shop: Shopify
) -> None:
    shop.put(WHOLE.node())
    assert send(connection, "orders/create", {"id": 820001}, delivery="d-1").json()["data"]["result"] == "stored"
    assert send(connection, "orders/create", {"id": 820001}, delivery="d-1").json()["data"]["result"] == "duplicate"
    send(connection, "orders/paid", {"id": 820001})
    send(connection, "refunds/create", {"id": 5, "order_id": 820001})
    assert schedule.apply_events(connection.pk) == 3
    assert [path for path in shop.requests if "graphql" in path] == ["/admin/api/2026-10/graphql.json"]
    assert Order.objects.get().sales == D("42.00")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.pop("X-Shopify-Hmac-Sha256"),
        lambda headers: headers.update({"X-Shopify-Hmac-Sha256": "AAAA"}),
        lambda headers: headers.update({"X-Shopify-Hmac-Sha256": "é"}),
        lambda headers: headers.update({"X-Shopify-Shop-Domain": "another.myshopify.com"}),
    ],
)
def test_what_is_not_signed_or_comes_from_another_shop_is_401_and_leaves_nothing(
    connection: Connection, spoil: Any
) -> None:
    request = signed("orders/create", {"id": 1})
    spoil(request["headers"])
    answer = Client().post(f"/api/v1/connections/{connection.public_id}/webhook", **request)
    assert answer.status_code == 401
    assert not SourceEvent.objects.exists()


def test_the_secret_of_another_store_and_a_disconnected_or_unknown_connection_are_401(
    connection: Connection, store: Store
) -> None:
    other = Connection.objects.create(
        store=a_store(), kind="shopify", address="b.myshopify.com", credentials=secrets.seal({"clientSecret": "other"})
    )
    assert send(connection, "orders/create", {"id": 1}, secret="other").status_code == 401
    assert send(other, "orders/create", {"id": 1}, secret="other").status_code == 200
    Connection.objects.update(state="disconnected")
    assert send(other, "orders/create", {"id": 2}, secret="other").status_code == 401
    assert send(other, "shop/redact", {"shop_id": 2}, secret="other").status_code == 200
    path = "/api/v1/connections/00000000-0000-4000-8000-000000000000/webhook"
    assert Client().post(path, **signed("orders/create", {"id": 1})).status_code == 401


def test_a_huge_body_is_413_a_large_one_is_taken_and_a_malformed_one_is_kept_and_parked(
    connection: Connection, settings: Settings
) -> None:
    large = {"id": 7, "note": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 10)}
    assert send(connection, "orders/create", large).status_code == 200
    assert send(connection, "orders/create", b"x" * (settings.DEALPORT_SOURCE_BODY_BYTES + 1)).status_code == 413
    for body in (b"{not json", b"[" * 100_000, b"\xff\x00", b'{"id": "1; drop"}', b"[]"):
        assert send(connection, "orders/create", body).status_code == 200
    assert send(connection, "themes/publish", {"id": 1}).status_code == 200
    assert [state for state, _, _ in states()] == ["waiting", *["parked"] * 5, "ignored"]


def test_older_states_that_arrive_late_change_nothing(connection: Connection, shop: Shopify, store: Store) -> None:
    shop.put(WHOLE.node())
    send(connection, "orders/updated", {"id": 820001})
    schedule.apply_events(connection.pk)
    shop.put(WHOLE.state(PLACED))
    send(connection, "orders/create", {"id": 820001})
    schedule.apply_events(connection.pk)
    assert Order.objects.get().sales == D("42.00")
    assert states()[1] == ("applied", "Older than what is here.", 1)


@pytest.mark.parametrize(
    ("fault", "state", "problem"),
    [
        ((500, {}), "active", "Shopify answers with an error of its own (500)."),
        ((429, {}), "active", "Shopify takes no more requests for a moment."),
        ((401, {}), "blocked", "Shopify refused access"),
        ((403, {}), "blocked", "Shopify refused access"),
        ((302, {}), "blocked", "Shopify refused the request (302)"),
    ],
)
def test_a_source_that_fails_is_named_and_not_asked_again_at_once_and_nothing_is_lost(
    connection: Connection, shop: Shopify, fault: Any, state: str, problem: str
) -> None:
    shop.put(WHOLE.node())
    shop.tokens.add("known")
    Connection.objects.update(
        token=secrets.seal({"token": "known"}), token_expires_at=timezone.now() + timedelta(hours=5)
    )
    shop.faults = [fault]
    send(connection, "orders/create", {"id": 820001})
    assert schedule.apply_events(connection.pk) == 0
    connection.refresh_from_db()
    assert connection.state == state
    assert connection.problem.startswith(problem)
    assert connection.retry_at > timezone.now() + timedelta(seconds=20)
    assert states() == [("waiting", "", 0)]
    schedule.apply_events(connection.pk)
    assert len(shop.requests) == 1
    Connection.objects.update(retry_at=timezone.now(), state="active")
    assert schedule.apply_events(connection.pk) == 1
    connection.refresh_from_db()
    assert (connection.problem, connection.failures) == ("", 0)


def test_waits_double_up_to_an_hour() -> None:
    waits = [health.backoff(failures).total_seconds() for failures in (1, 2, 3, 8, 60)]
    assert waits == [30, 60, 120, 3600, 3600]


def test_a_server_that_does_not_listen_and_another_api_version_are_named(connection: Connection, shop: Shopify) -> None:
    shop.version = "2027-01"
    send(connection, "orders/create", {"id": 820001})
    schedule.apply_events(connection.pk)
    connection.refresh_from_db()
    assert connection.state == "blocked"
    assert connection.problem == "Shopify answers in API version 2027-01, not 2026-10: set SHOPIFY_API_VERSION."
    Connection.objects.update(address="http://127.0.0.1:1", state="active", retry_at=timezone.now())
    schedule.apply_events(connection.pk)
    connection.refresh_from_db()
    assert connection.problem == "Shopify did not answer. It cannot be reached: the connection was refused."


def test_a_token_is_renewed_half_an_hour_before_its_end(connection: Connection, shop: Shopify) -> None:
    shop.put(WHOLE.node())
    for minutes, tokens in ((31, 1), (29, 2)):
        send(connection, "orders/updated", {"id": 820001})
        schedule.apply_events(connection.pk)
        assert shop.requests.count("/admin/oauth/access_token") == 1
        Connection.objects.update(token_expires_at=timezone.now() + timedelta(minutes=minutes))
        send(connection, "orders/updated", {"id": 820001})
        schedule.apply_events(connection.pk)
        assert shop.requests.count("/admin/oauth/access_token") == tokens
        shop.requests.clear()
        Connection.objects.update(token="")


def test_wrong_credentials_block_the_connection_with_what_to_do(connection: Connection, shop: Shopify) -> None:
    Connection.objects.update(credentials=secrets.seal({**CREDENTIALS, "clientSecret": "wrong"}))
    send(connection, "orders/create", {"id": 1}, secret="wrong")
    schedule.apply_events(connection.pk)
    connection.refresh_from_db()
    assert connection.state == "blocked"
    assert "Check the shop domain and the credentials" in connection.problem


def test_the_throttle_is_waited_for_and_a_query_that_is_too_costly_gets_smaller(
    connection: Connection, shop: Shopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orders.connections import shopify

    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        shop.bucket += seconds * shop.restore + 1

    monkeypatch.setattr(shopify.time, "sleep", sleep)
    monkeypatch.setattr(shopify, "FETCHED_AT_ONCE", 16)
    for number in range(30):
        shop.put(Life(str(1000 + number), PLACED, paid=((PLACED, D("12.00")),)).node())
        send(connection, "orders/create", {"id": 1000 + number})
    shop.bucket = 10.0
    assert schedule.apply_events(connection.pk) == 30
    assert Order.objects.count() == 30
    assert slept


def test_one_order_that_cannot_be_applied_stops_no_other_is_retried_and_parked_and_can_be_retried(
    connection: Connection, shop: Shopify, settings: Settings
) -> None:
    settings.DEALPORT_EVENT_TRIES = 2
    bad = WHOLE.node() | {"lineItems": [{**WHOLE.node()["lineItems"][0], "quantity": None}]}
    shop.put(bad)
    shop.put(Life("820002", PLACED).node())
    for key in (820001, 820002):
        send(connection, "orders/create", {"id": key})
    assert schedule.apply_events(connection.pk) == 1
    first = SourceEvent.objects.earliest("pk")
    assert (first.state, first.tries) == ("waiting", 1)
    assert first.next_try_at > timezone.now() + timedelta(seconds=10)
    assert schedule.apply_events(connection.pk) == 0
    SourceEvent.objects.update(next_try_at=timezone.now())
    schedule.apply_events(connection.pk)
    first.refresh_from_db()
    assert (first.state, first.tries, first.reason != "") == ("parked", 2, True)


def test_an_order_that_cannot_even_be_read_stops_no_other(connection: Connection, shop: Shopify) -> None:
    odd = WHOLE.node() | {"totalPriceSet": None, "createdAt": "yesterday", "processedAt": None}
    shop.put(odd)
    for key in ("820002", "820003"):
        shop.put(replace(WHOLE, key=key).node())
    for key in (820001, 820002, 820003):
        send(connection, "orders/create", {"id": key})
    assert schedule.apply_events(connection.pk) == 2
    assert Order.objects.count() == 2
    assert states()[0][:2] == ("waiting", "'yesterday' is not a time such as 2026-06-10T14:00:00Z.")


def test_new_orders_are_created_together_at_about_the_cost_of_one(
    connection: Connection, shop: Shopify, store: Store
) -> None:
    lives = [replace(WHOLE, key=str(820001 + number), email=f"{number % 5}@example.com") for number in range(20)]
    for one in lives:
        shop.put(one.node())
        send(connection, "orders/create", {"id": int(one.key)})
    with CaptureQueriesContext(database) as queries:
        assert schedule.apply_events(connection.pk) == 20
    assert len(queries) < 80
    assert Order.objects.filter(source_record__connection=connection).count() == 20
    assert Customer.objects.values_list("email", "total_orders").distinct().count() == 5
    assert recount.differences(store) == []


def test_one_of_many_new_orders_that_is_refused_keeps_no_other_back(connection: Connection, shop: Shopify) -> None:
    twice = (*WHOLE.refunds, (LATER, D("60.00"), ()))
    for number, refunds in enumerate([WHOLE.refunds, twice, WHOLE.refunds]):
        shop.put(replace(WHOLE, key=str(820001 + number), refunds=refunds).node())
        send(connection, "orders/create", {"id": 820001 + number})
    assert schedule.apply_events(connection.pk) == 2
    assert [state for state, _, _ in states()] == ["applied", "waiting", "applied"]
    assert states()[1][1].startswith("#820002: ")


def test_what_was_fetched_before_the_source_went_away_is_applied(connection: Connection, shop: Shopify) -> None:
    for number in range(8):
        shop.put(replace(WHOLE, key=str(820001 + number)).node())
        send(connection, "orders/create", {"id": 820001 + number})
    schedule.poll(connection.pk)  # takes a token and the scopes
    Connection.objects.update(retry_at=timezone.now())
    shop.fails_after(1)
    assert schedule.apply_events(connection.pk) == 0
    waiting = SourceEvent.objects.filter(state="waiting", tries=0)
    assert (Order.objects.count(), waiting.values("subject").distinct().count()) == (4, 4)


def test_an_order_in_another_currency_or_of_a_closed_store_is_parked_at_once(
    connection: Connection, shop: Shopify, store: Store
) -> None:
    shop.put(Life("1", PLACED, currency="EUR").node())
    shop.put(Life("2", PLACED).node())
    send(connection, "orders/create", {"id": 1})
    schedule.apply_events(connection.pk)
    Store.objects.update(is_active=False)
    send(connection, "orders/create", {"id": 2})
    schedule.apply_events(connection.pk)
    assert states() == [
        ("parked", "The order is in EUR; the store sells in GBP.", 1),
        ("parked", "This store is closed. Open it, then retry.", 1),
    ]


def test_while_a_file_is_imported_events_wait_and_no_try_is_counted(
    connection: Connection, shop: Shopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: Any, **kwargs: Any) -> None:
        raise StoreBusy

    monkeypatch.setattr(events, "apply_source_order", busy)
    shop.put(WHOLE.node())
    send(connection, "orders/create", {"id": 820001})
    assert schedule.apply_events(connection.pk) == 0
    event = SourceEvent.objects.get()
    assert (event.state, event.tries, event.next_try_at > timezone.now()) == ("waiting", 0, True)


def test_while_paused_webhooks_are_kept_and_nothing_is_asked(connection: Connection, shop: Shopify) -> None:
    Connection.objects.update(state="paused")
    assert send(connection, "orders/create", {"id": 820001}).status_code == 200
    assert schedule.apply_events(connection.pk) == 0
    assert (states(), shop.requests) == ([("waiting", "", 0)], [])


def test_two_workers_never_have_the_same_order(connection: Connection) -> None:
    for key in (1, 2):
        send(connection, "orders/create", {"id": key})
    first = events.claim(connection)
    send(connection, "orders/paid", {"id": 1})
    assert {one.subject for one in first} == {"order:1", "order:2"}
    assert events.claim(connection) == []


def test_an_order_the_source_no_longer_shows_is_read_from_the_body_where_that_is_an_order(
    connection: Connection, shop: Shopify
) -> None:
    body = json.loads((Path(__file__).parents[1] / "data/imports/shopify-orders-updated.json").read_text())
    body["currency"] = "GBP"
    send(connection, "orders/updated", body)
    send(connection, "orders/delete", {"id": 4})
    schedule.apply_events(connection.pk)
    assert Order.objects.get().sales == D("70.95")
    assert states() == [
        ("applied", "", 1),
        ("ignored", "The source no longer shows this order; what is here stays.", 1),
    ]
