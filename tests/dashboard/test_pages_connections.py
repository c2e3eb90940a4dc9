"""The pages of connections: connect, look how it stands, pause, sync, retry, disconnect."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Store, User
from dealport.kit import secrets
from dealport.servers.use import ROOT
from orders.models import Connection, PrivacyRequest, SourceDifference, SourceEvent
from tests.builders import a_customer, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

SENT = {
    "address": "fresh.myshopify.com",
    "clientId": "client-1",
    "clientSecret": "well-kept",
    "sync_from": "2026-01-01",
}


@pytest.fixture
def store() -> Store:
    return a_store(slug="fresh")


@pytest.fixture
def staff(store: Store) -> Client:
    client = Client()
    client.force_login(a_user(User.Role.STAFF, store))
    return client


@pytest.fixture
def made(store: Store) -> Connection:
    return Connection.objects.create(
        store=store, kind="shopify", address="fresh.myshopify.com", credentials=secrets.seal({"clientSecret": "1"})
    )


def act(client: Client, connection: Connection, **data: Any) -> str:
    answer = client.post(f"/connections/{connection.pk}/", data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_staff_connect_their_store_and_see_the_address_for_webhooks(staff: Client, store: Store) -> None:
    form = staff.get("/connections/new/shopify/?store=fresh").content.decode()
    assert "read_all_orders" in form
    page = staff.post("/connections/new/shopify/", {"store": "fresh", **SENT}, follow=True).content.decode()
    made = Connection.objects.get(store=store)
    assert f"/api/v1/connections/{made.public_id}/webhook" in page
    assert "well-kept" not in page
    assert (made.sync_from, made.backfill) == (date(2026, 1, 1), "requested")
    assert "fresh.myshopify.com" in staff.get("/connections/").content.decode()


@pytest.mark.parametrize(
    ("kind", "topics"),
    [
        (
            "shopify",
            "orders/create orders/updated orders/delete refunds/create products/update customers/update "
            "app/uninstalled",
        ),
        ("woocommerce", "Order_created Order_updated Order_deleted Product_updated Customer_updated"),
    ],
)
def test_the_page_and_the_docs_name_the_same_topics_as_the_source_calls_them(
    staff: Client, made: Connection, kind: str, topics: str
) -> None:
    Connection.objects.update(kind=kind)
    page = staff.get(f"/connections/{made.pk}/").content.decode()
    title = {"shopify": "Shopify", "woocommerce": "WooCommerce"}[kind]
    docs = " ".join((ROOT / "docs/connections.md").read_text().partition(f"## {title}\n")[2].split("\n## ")[0].split())
    mark = "`" if kind == "shopify" else "*"
    names = [topic.replace("_", " ") for topic in topics.split()]
    assert [name for name in names if name not in page] == []
    assert [name for name in names if f"{mark}{name}{mark}" not in docs] == []
    assert kind == "shopify" or "WP REST API Integration v3" in page


def test_sixty_days_are_said_before_the_orders_are_brought_and_what_is_compared(
    staff: Client, made: Connection
) -> None:
    form = staff.get("/connections/new/shopify/?store=fresh").content.decode()
    assert "Without the scope read_all_orders, Shopify shows an app the orders of the last 60 days." in form
    assert "For older ones import an export file." in form
    assert "read_all_orders" not in staff.get("/connections/new/woocommerce/?store=fresh").content.decode()
    Connection.objects.update(scopes=["read_orders"], backfill="requested", sync_from=date(2020, 1, 1))
    assert "All orders" in staff.get(f"/connections/{made.pk}/").content.decode()
    Connection.objects.update(reads_days=60)
    first = timezone.localdate(timezone=made.store.zone) - timedelta(days=59)
    page = staff.get(f"/connections/{made.pk}/").content.decode()
    assert f"Orders from {first:%b} {first.day}, {first.year} on: the app lacks the scope read_all_orders." in page
    assert "Reconciliation covers these days alone; import an export file for older orders." in page
    assert staff.get(f"/api/v1/connections/{made.pk}").json()["data"]["readsFrom"] == first.isoformat()


def test_a_form_that_is_refused_says_why_saves_nothing_and_never_shows_the_secret(staff: Client) -> None:
    other = a_store(slug="another")
    for change, text in (
        ({"address": "fresh.example.com"}, "Enter the shop&#x27;s domain at Shopify"),
        ({"clientSecret": ""}, "Enter the client ID and the client secret, or an access token"),
        ({"store": other.slug}, "Select a valid choice"),
        ({"sync_from": "soon"}, "Enter a valid date"),
    ):
        answer = staff.post("/connections/new/shopify/", {"store": "fresh", **SENT, **change})
        assert answer.status_code == 400
        assert text in answer.content.decode()
        assert "well-kept" not in answer.content.decode()
    assert not Connection.objects.exists()


def test_the_buttons_pause_resume_sync_and_disconnect(staff: Client, made: Connection) -> None:
    assert "Paused. Webhooks are kept until you resume." in act(staff, made, action="pause")
    assert "Resume" in act(staff, made, action="nonsense")
    act(staff, made, action="resume")
    assert "Enter a day, such as 2026-01-31." in act(staff, made, action="sync", **{"from": "soon"})
    act(staff, made, action="sync", **{"from": "2026-02-01"})
    made.refresh_from_db()
    assert (made.state, made.sync_from, made.backfill) == ("active", date(2026, 2, 1), "requested")
    assert "Disconnected. The orders stay" in act(staff, made, action="disconnect")
    assert "This connection has ended" in act(staff, made, action="pause")


def test_problems_parked_events_and_differences_are_shown_and_a_parked_event_is_retried(
    staff: Client, made: Connection
) -> None:
    Connection.objects.update(state="blocked", problem="Shopify refused access.", reads_days=60, scopes=["read_orders"])
    event = SourceEvent.objects.create(
        connection=made, delivery_id="1", topic="orders/create", subject="order:7", state="parked", reason="The total."
    )
    SourceDifference.objects.create(
        connection=made,
        day=date(2026, 11, 20),
        source_orders=41,
        source_amount="2204.50",
        orders=40,
        amount="2154.50",
        fetched=1,
        is_repaired=True,
        found_at=timezone.now(),
    )
    page = staff.get(f"/connections/{made.pk}/").content.decode()
    for text in ("Shopify refused access.", "order:7", "The total.", "Nov 20, 2026", "2,204.50", "read_all_orders"):
        assert text in page
    act(staff, made, action="retry", event=event.pk)
    event.refresh_from_db()
    assert event.state == "waiting"


def test_a_data_request_is_listed_and_the_owner_downloads_what_is_known_of_the_person(
    staff: Client, made: Connection, store: Store
) -> None:
    customer = a_customer(store, email="pat@example.com", name="Pat Lee")
    order = an_order(store, customer=customer)
    an_order(store, customer=a_customer(store, email="other@example.com"))
    asked = PrivacyRequest.objects.create(connection=made, kind="customers/data_request", customer=customer)
    erased = PrivacyRequest.objects.create(connection=made, kind="customers/redact", erased=2, done_at=timezone.now())
    page = staff.get(f"/connections/{made.pk}/").content.decode()
    assert "Send the data to the customer within 30 days." in page and "2 erased" in page
    answer = staff.post(f"/connections/{made.pk}/privacy/{asked.pk}/")
    data = answer.json()
    assert [one["email"] for one in data["customers"]] == ["pat@example.com"]
    assert [one["number"] for one in data["orders"]] == [order.number]
    asked.refresh_from_db()
    assert asked.done_at is not None
    assert staff.post(f"/connections/{made.pk}/privacy/{erased.pk}/").status_code == 404


def test_connections_of_other_stores_are_not_there(made: Connection) -> None:
    stranger = Client()
    stranger.force_login(a_user(User.Role.STAFF, a_store()))
    assert stranger.get(f"/connections/{made.pk}/").status_code == 404
    assert stranger.post(f"/connections/{made.pk}/", {"action": "disconnect"}).status_code == 404
    assert made.address not in stranger.get("/connections/").content.decode()
    made.refresh_from_db()
    assert made.state == "active"
