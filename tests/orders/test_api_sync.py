"""POST /orders/sync: any system brings its orders, again and again, each judged by itself."""

from __future__ import annotations

import copy
import json
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from customers.models import AuditEntry, Customer, Store, User
from customers.tokens import access_token
from dashboard.metrics import recount
from orders.api import examples
from orders.connections import schedule
from orders.connections.receiving import signature
from orders.models import Connection, Order, SourceEvent, SourceRecord
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db

ORDER: dict[str, Any] = examples.SYNC_ORDER


def signed_in(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token(user)}"}


@pytest.fixture
def store() -> Store:
    return a_store(currency="EUR", timezone="Europe/Rome")


@pytest.fixture
def ada(store: Store) -> dict[str, str]:
    return signed_in(a_user(User.Role.STAFF, store))


def stated(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER), **changes}


def send(headers: dict[str, str], *orders: Any, **more: Any) -> Any:
    body = {"source": "erp", "orders": list(orders), **more}
    return Client().post("/api/v1/orders/sync", json.dumps(body), "application/json", headers=headers)


def results(answer: Any) -> list[tuple[str, float]]:
    assert answer.status_code == 200, answer.content
    return [(one["result"], one["amount"]) for one in answer.json()["data"]["results"]]


def test_an_order_is_created_updated_and_then_left_alone(store: Store, ada: dict[str, str]) -> None:
    first = stated(refunds=[], updatedAt="2026-03-15T09:00:00Z")
    assert results(send(ada, first)) == [("new", 92.02)]
    assert results(send(ada, stated())) == [("updated", -43.56)]
    assert results(send(ada, stated(), first)) == [("unchanged", 0.0), ("older", 43.56)]
    order = Order.objects.get(store=store)
    assert (order.status, order.payment_status, order.sales) == ("SHIPPED", "PARTIALLY_REFUNDED", D("48.46"))
    assert (order.number, order.channel, order.country) == ("#1001", "api", "IT")
    assert [event.actor_label for event in order.events.all()] == ["erp"] * 4
    assert Customer.objects.get(store=store).email == "ada@example.com"
    assert recount.differences(store) == []


def test_an_order_that_came_this_way_is_changed_at_its_source(store: Store, ada: dict[str, str]) -> None:
    send(ada, stated())
    order = Order.objects.get(store=store)
    path = f"/api/v1/orders/{order.pk}/refunds"
    answer = Client().post(path, {"amount": 1}, "application/json", headers=ada)
    assert answer.status_code == 409
    expected = "This order is kept in erp. Change it there: https://erp.example.com/orders/A-1001."
    assert answer.json()["message"] == expected
    assert AuditEntry.objects.filter(store=store, action="connected").count() == 1


def test_what_is_wrong_with_one_order_is_named_and_keeps_no_other_back(store: Store, ada: dict[str, str]) -> None:
    wrong = {
        "B-1": stated(externalId="B-1", placedAt="yesterday"),
        "B-2": stated(externalId="B-2", lines=[{"name": "Mug", "unitPrice": 4, "quantity": 0}]),
        "B-3": stated(externalId="B-3", currency="GBP"),
        "B-4": stated(externalId="B-4", total=3),
        "B-5": stated(externalId="B-5", refunds=[{"at": "2026-03-15T10:00:00Z", "amount": 500}]),
        "B-6": stated(externalId="B-6", placedAt="2031-01-01T00:00:00Z"),
        "B-7": stated(externalId="B-7", tax="NaN"),
        "B-8": stated(externalId="B-8", discount=1000),
        "": 17,
    }
    answer = send(ada, *wrong.values(), stated())
    found = answer.json()["data"]["results"]
    assert [one["result"] for one in found] == ["refused"] * 9 + ["new"]
    assert [one["externalId"] for one in found] == [*wrong, "A-1001"]
    reasons = {one["externalId"]: one["reason"] for one in found}
    assert reasons["B-1"].startswith("placedAt: Enter an ISO 8601 time with offset")
    assert reasons["B-2"] == "lines.0.quantity: Enter a quantity other than 0, or leave the line out."
    assert reasons["B-3"] == "currency: This store sells in EUR."
    assert reasons["B-4"] == "total: Unknown field."
    assert reasons["B-5"] == "#1001: at most 92.02 is left to refund."
    assert reasons["B-6"] == "placedAt: Enter a moment that has passed."
    assert reasons["B-8"] == "discount: Enter from 8.00, the discounts of the lines, to 80.00, the goods."
    assert Order.objects.filter(store=store).count() == 1


def test_an_email_address_that_is_none_stays_a_note(store: Store, ada: dict[str, str]) -> None:
    assert results(send(ada, stated(email="ada at example"))) == [("new", 48.46)]
    order = Order.objects.get(store=store)
    assert order.notes == "Email was 'ada at example', which is no email address."
    assert order.customer is None


def test_limits_count_per_order_and_for_the_request(store: Store, ada: dict[str, str]) -> None:
    def refused(*orders: Any) -> tuple[int, str]:
        answer = send(ada, *orders)
        return answer.status_code, answer.json()["message"]

    many = [stated(externalId=str(number), notes="x" * 1_500) for number in range(250)]
    for one in many[1:]:
        one["lines"] = []
    assert send(ada, *many).status_code == 200, "more values in all than other requests may have"
    assert refused(*many, stated()) == (400, "A request takes at most 250 orders.")
    assert refused(stated(tags=["x"] * 20_001)) == (400, "The body has more than 20000 values.")
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    assert refused(deep) == (400, "The body is nested too deeply.")
    assert send(ada, *[stated(notes="x" * 40_000)] * 250).status_code == 413
    assert refused()[0] == 400


def test_a_name_of_a_source_that_the_store_follows_itself_is_refused(store: Store, ada: dict[str, str]) -> None:
    Connection.objects.create(store=store, kind="shopify", address="ada.myshopify.com")
    answer = send(ada, stated(), source="shopify")
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert send(ada, stated(), source="My ERP").status_code == 400


def test_another_store_has_the_same_ids_for_itself(store: Store, ada: dict[str, str]) -> None:
    other = a_store(currency="EUR")
    assert send(ada, stated(), store=other.slug).status_code in (400, 404)
    admin = signed_in(a_user(User.Role.ADMIN))
    assert results(send(admin, stated(), store=store.slug)) == [("new", 48.46)]
    assert results(send(admin, stated(), store=other.slug)) == [("new", 48.46)]
    assert SourceRecord.objects.filter(external_id="A-1001").count() == 2
    Store.objects.filter(pk=store.pk).update(is_active=False)
    assert send(admin, stated(), store=store.slug).status_code == 409


def test_the_same_orders_may_come_as_a_signed_webhook(store: Store, ada: dict[str, str]) -> None:
    wanted = {"kind": "api", "address": "erp", "credentials": {"webhookSecret": "s3cret"}}
    made = Client().post("/api/v1/connections", wanted, "application/json", headers=ada)
    assert made.status_code == 201, made.content
    path = made.json()["data"]["webhookUrl"].partition("/api/")[2]
    body = json.dumps({"orders": [stated(), stated(externalId="B-1", placedAt="yesterday")]}).encode()

    def deliver(signed: str) -> Any:
        headers = {"X-DealPort-Signature": signed, "X-DealPort-Delivery-ID": "d-1"}
        return Client().post(f"/api/{path}", body, "application/json", headers=headers)

    assert deliver(signature("wrong", body)).status_code == 401
    assert not SourceEvent.objects.exists()
    assert deliver(signature("s3cret", body)).json()["data"] == {"result": "stored"}
    assert deliver(signature("s3cret", body)).json()["data"] == {"result": "duplicate"}
    assert schedule.sweep() == 1
    connection = Connection.objects.get()
    schedule.apply_events(connection.pk)
    event = SourceEvent.objects.get()
    assert (event.state, event.topic) == ("parked", "orders/sync")
    assert event.reason.startswith("1 of 2 orders were refused. The first one: placedAt: Enter an ISO 8601 time")
    order = Order.objects.get(store=store)
    assert (order.sales, order.source_record.connection) == (D("48.46"), connection)
    assert results(send(ada, stated())) == [("unchanged", 0.0)]
    Connection.objects.update(state="paused")
    assert send(ada, stated()).status_code == 409
