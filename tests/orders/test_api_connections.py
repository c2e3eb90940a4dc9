"""Connections over HTTP: made, changed, paused, synced, disconnected; credentials go in and never come out."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from customers import tokens
from customers.models import AuditEntry, Store, User
from dealport.kit import secrets
from orders.connections import events, schedule
from orders.models import Connection, SourceEvent
from tests.builders import a_store, a_user
from tests.shopify_server import shopify_server

pytestmark = pytest.mark.django_db

PATH = "/api/v1/connections"
NEW = {
    "kind": "shopify",
    "address": "https://Atelier.myshopify.com/",
    "credentials": {"clientId": "client", "clientSecret": "well-kept"},
    "syncFrom": "2026-01-01",
}


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def staff(store: Store) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.log_in(a_user(User.Role.STAFF, store)).access}"}


def call(method: str, path: str, who: dict[str, str], body: Any = None) -> Any:
    return Client().generic(method, path, json.dumps(body or {}), "application/json", headers=who)


def test_a_store_is_connected_and_no_answer_history_or_column_shows_the_secret(
    staff: dict[str, str], store: Store
) -> None:
    answer = call("POST", PATH, staff, NEW)
    assert answer.status_code == 201
    made = Connection.objects.get(store=store)
    data = answer.json()["data"]
    assert (data["address"], data["state"], data["backfill"]) == ("atelier.myshopify.com", "active", "requested")
    assert data["webhookUrl"].endswith(f"/api/v1/connections/{made.public_id}/webhook")
    history = call("GET", f"{PATH}/{made.pk}/history", staff)
    texts = [answer.content.decode(), history.content.decode(), call("GET", PATH, staff).content.decode()]
    texts += [str(Connection.objects.values().get()), str(AuditEntry.objects.values())]
    assert all("well-kept" not in text for text in texts)
    assert secrets.unseal(made.credentials)["clientSecret"] == "well-kept"
    assert history.json()["data"][0]["action"] == "connected"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "atelier.example.com"}, "address"),
        ({"address": "atelier.myshopify.com.example.com"}, "address"),
        ({"kind": "woocommerce", "address": "http://10.0.0.1"}, "address"),
        ({"kind": "woocommerce", "address": "https://user@example.com"}, "address"),
        ({"credentials": {"clientId": "client"}}, "credentials"),
        ({"kind": "woocommerce", "address": "https://93.184.215.14"}, "credentials"),
        ({"kind": "api", "address": "till", "syncFrom": None}, "credentials"),
        ({"credentials": {"clientId": "client", "clientSecret": "two words"}}, "credentials"),
        ({"syncFrom": "yesterday"}, "syncFrom"),
    ],
)
def test_what_cannot_be_connected_is_refused_by_name_and_leaves_nothing(
    staff: dict[str, str], settings: Settings, change: dict[str, Any], field: str
) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    answer = call("POST", PATH, staff, {**NEW, **change})
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Connection.objects.exists()


def test_an_address_is_connected_once_and_again_after_it_was_disconnected(staff: dict[str, str]) -> None:
    assert call("POST", PATH, staff, NEW).status_code == 201
    assert call("POST", PATH, staff, NEW).status_code == 409
    first = Connection.objects.get()
    assert call("DELETE", f"{PATH}/{first.pk}", staff).status_code == 204
    first.refresh_from_db()
    assert (first.state, secrets.unseal(first.credentials)) == ("disconnected", {"webhookSecret": "well-kept"})
    assert call("PATCH", f"{PATH}/{first.pk}", staff, {"isPaused": False}).status_code == 409
    assert call("POST", PATH, staff, NEW).status_code == 201


def test_pausing_keeps_webhooks_and_new_credentials_wake_a_blocked_connection(staff: dict[str, str]) -> None:
    call("POST", PATH, staff, NEW)
    made = Connection.objects.get()
    assert call("PATCH", f"{PATH}/{made.pk}", staff, {"isPaused": True}).json()["data"]["state"] == "paused"
    Connection.objects.update(state="blocked", problem="Shopify refused access.", failures=3)
    fresh = {"credentials": {"accessToken": "shpat_1", "clientSecret": "other"}}
    data = call("PATCH", f"{PATH}/{made.pk}", staff, fresh).json()["data"]
    assert (data["state"], data["problem"]) == ("active", "")


def test_the_first_look_says_what_the_connection_may_read_and_how_far_back(staff: dict[str, str]) -> None:
    call("POST", PATH, staff, NEW)
    made = Connection.objects.get()
    with shopify_server() as shop:
        shop.scopes.remove("read_all_orders")
        shop.tokens.add("shpat_1")
        Connection.objects.update(
            address=shop.url, credentials=secrets.seal({"accessToken": "shpat_1", "clientSecret": "1"})
        )
        schedule.poll(made.pk)
        data = call("GET", f"{PATH}/{made.pk}", staff).json()["data"]
        assert (data["scopes"], data["state"]) == (sorted(shop.scopes), "active")
        assert data["readsFrom"] is not None
        shop.scopes.remove("read_payment_terms")
        Connection.objects.update(scopes=[], next_poll_at=timezone.now())
        schedule.poll(made.pk)
    data = call("GET", f"{PATH}/{made.pk}", staff).json()["data"]
    assert (data["state"], data["problem"]) == (
        "blocked",
        "The app lacks the scope read_payment_terms. Add it in Shopify and install the app again.",
    )


def test_a_parked_event_is_retried_and_lists_show_backlog_and_lag(staff: dict[str, str]) -> None:
    call("POST", PATH, staff, NEW)
    made = Connection.objects.get()
    parked = SourceEvent.objects.create(
        connection=made,
        delivery_id="1",
        topic="orders/create",
        subject="order:1",
        state="parked",
        tries=8,
        reason="No.",
    )
    old = timezone.now() - timedelta(minutes=5)
    waiting = {"topic": "orders/paid", "subject": "order:2", "received_at": old}
    SourceEvent.objects.create(connection=made, delivery_id="2", next_try_at=timezone.now(), **waiting)
    data = call("GET", f"{PATH}/{made.pk}", staff).json()["data"]
    assert (data["waitingEvents"], data["parkedEvents"], data["lagSeconds"] >= 300) == (1, 1, True)
    listed = call("GET", f"/api/v1/connection-events?connectionId={made.pk}&state=parked", staff).json()["data"]
    assert [(one["id"], one["reason"]) for one in listed] == [(parked.pk, "No.")]
    assert "body" not in listed[0]
    answer = call("POST", f"/api/v1/connection-events/{parked.pk}/retry", staff)
    assert answer.json()["data"]["state"] == "waiting"
    assert call("POST", f"/api/v1/connection-events/{parked.pk}/retry", staff).status_code == 409
    assert {one.subject for one in events.claim(made)} == {"order:1", "order:2"}


def test_a_sync_from_a_day_is_requested_anew_and_not_for_the_future(staff: dict[str, str]) -> None:
    call("POST", PATH, staff, {**NEW, "syncFrom": None})
    made = Connection.objects.get()
    assert made.backfill == "none"
    answer = call("POST", f"{PATH}/{made.pk}/sync", staff, {"from": "2025-05-01"})
    assert (answer.status_code, answer.json()["data"]["syncFrom"]) == (202, "2025-05-01")
    made.refresh_from_db()
    assert (made.backfill, made.backfill_orders) == ("requested", 0)
    assert call("POST", f"{PATH}/{made.pk}/sync", staff, {"from": "2999-01-01"}).status_code == 400
