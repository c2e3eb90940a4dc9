"""A store connected to WooCommerce: webhooks, poll, orders from before, refunds with their own moments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from customers.models import Store, User
from dashboard.figures import daily_sales
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dealport.kit import secrets
from orders.connections import schedule
from orders.models import Connection, Order, Refund, SourceDifference, SourceEvent
from tests.builders import a_store, a_user
from tests.woocommerce_server import KEY, SECRET, WEBHOOK_SECRET, WooCommerce, order, refund, signed, woocommerce_server

pytestmark = pytest.mark.django_db

AT = "2026-11-20T09:00:00"


@pytest.fixture
def site() -> Iterator[WooCommerce]:
    with woocommerce_server() as server:
        yield server


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def connection(store: Store, site: WooCommerce) -> Connection:
    credentials = {"consumerKey": KEY, "consumerSecret": SECRET, "webhookSecret": WEBHOOK_SECRET}
    return Connection.objects.create(
        store=store,
        kind="woocommerce",
        address=site.url,
        credentials=secrets.seal(credentials),
        sync_from=date(2026, 11, 1),
        created_at=datetime(2026, 11, 19, tzinfo=UTC),
    )


def send(connection: Connection, topic: str, content: Any, **options: Any) -> Any:
    return Client().post(f"/api/v1/connections/{connection.public_id}/webhook", **signed(topic, content, **options))


def test_a_site_without_this_version_of_the_api_is_named_and_not_asked_in_a_loop(
    connection: Connection, site: WooCommerce
) -> None:
    site.orders[7] = order(7, AT)
    Connection.objects.update(address=f"{site.url}/shop")
    send(connection, "order.updated", {"id": 7})
    for _ in range(3):
        assert schedule.apply_events(connection.pk) == 0
    connection.refresh_from_db()
    said = "There is no WooCommerce REST API (v3) at this address. Check it, and the permalinks."
    assert (connection.state, connection.problem, len(site.requests)) == ("blocked", said, 1)
    assert SourceEvent.objects.get().state == "waiting"
    Connection.objects.update(address=site.url, state="active", retry_at=timezone.now())
    assert (schedule.apply_events(connection.pk), Order.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"id": 7, "date_created": AT, "total": "1.00"}, id="WP REST API Integration v1"),
        pytest.param({"order": {"id": 7, "created_at": f"{AT}Z", "total": "1.00"}}, id="Legacy API v3"),
    ],
)
def test_a_webhook_of_another_api_version_brings_the_order_as_the_api_states_it(
    connection: Connection, site: WooCommerce, body: dict[str, Any]
) -> None:
    site.orders[7] = order(7, AT)
    send(connection, "order.updated", body)
    assert schedule.apply_events(connection.pk) == 1
    assert Order.objects.get().total_amount == D(site.orders[7]["total"])


def test_an_order_that_only_a_webhook_of_another_api_version_states_is_parked_with_what_it_lacks(
    connection: Connection, settings: Settings
) -> None:
    settings.DEALPORT_EVENT_TRIES = 1
    body = {name: value for name, value in order(7, AT).items() if not name.endswith("_gmt")}
    send(connection, "order.updated", body)
    assert schedule.apply_events(connection.pk) == 1
    parked = SourceEvent.objects.get()
    assert (parked.state, parked.reason) == ("parked", "The source states no 'date_created_gmt'.")


def test_a_webhook_is_stored_and_its_order_fetched_with_the_refunds_of_their_own_resource(
    connection: Connection, site: WooCommerce, store: Store
) -> None:
    site.orders[7] = order(7, AT)
    site.refunds[7] = [refund(site.orders[7], 70, "2026-11-22T10:00:00", "12.00", 1)]
    assert send(connection, "order.updated", {"id": 7}).json()["data"] == {"result": "stored"}
    assert send(connection, "order.updated", {"id": 7}).json()["data"] == {"result": "duplicate"}
    assert schedule.apply_events(connection.pk) == 1
    assert Order.objects.get().sales == D("12.00")
    assert Refund.objects.get().settled_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert Order.objects.get().items.get().refunded_quantity == 1
    assert recount.differences(store) == []


def test_saving_a_webhook_pings_unsigned_and_everything_else_must_be_signed(connection: Connection) -> None:
    path = f"/api/v1/connections/{connection.public_id}/webhook"
    ping = Client().post(path, "webhook_id=5", content_type="application/x-www-form-urlencoded")
    assert (ping.status_code, ping.json()["data"]) == (200, {"result": "ping"})
    assert send(connection, "order.updated", {"id": 7}, secret="wrong").status_code == 401
    assert Client().post(path, '{"id": 7}', content_type="application/json").status_code == 401
    assert not SourceEvent.objects.exists()


def test_the_poll_goes_on_where_it_was_and_leaves_carts_that_became_no_order(
    connection: Connection, site: WooCommerce
) -> None:
    for key in range(1, 131):
        site.orders[key] = order(key, f"2026-11-20T{key // 60 + 8:02}:{key % 60:02}:00")
    site.orders[200] = order(200, AT, status="checkout-draft")
    assert schedule.poll(connection.pk) == 130
    schedule.apply_events(connection.pk)
    assert Order.objects.count() == 130
    Connection.objects.update(next_poll_at=timezone.now())
    assert schedule.poll(connection.pk) == 0
    site.orders[3]["status"], site.orders[3]["date_modified_gmt"] = "completed", "2026-11-21T08:00:00"
    site.orders[3]["date_completed_gmt"] = "2026-11-21T08:00:00"
    Connection.objects.update(next_poll_at=timezone.now())
    assert schedule.poll(connection.pk) == 1
    schedule.apply_events(connection.pk)
    assert Order.objects.get(number="3").status == "SHIPPED"


def test_orders_from_before_come_page_by_page_and_reconciliation_finds_what_is_missing(
    connection: Connection, site: WooCommerce, store: Store, settings: Settings
) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3000
    site.orders = {key: order(key, f"2026-11-0{key}T09:00:00") for key in range(1, 6)}
    site.orders[9] = order(9, "2026-10-31T23:59:59")
    Connection.objects.update(backfill="requested")
    assert schedule.run_backfill(connection.pk) == 5
    schedule.apply_events(connection.pk)
    assert set(Order.objects.values_list("number", flat=True)) == set("12345")
    assert schedule.reconcile(connection.pk) == 0
    site.orders[6] = order(6, "2026-11-03T23:59:59")
    site.refunds[2] = [refund(site.orders[2], 20, "2026-11-10T10:00:00", "12.00", 1)]
    assert schedule.reconcile(connection.pk) == 2
    found = SourceDifference.objects.order_by("day").values_list("day", "source_amount", "amount", "is_repaired")
    assert list(found) == [
        (date(2026, 11, 2), D("12.00"), D("24.00"), True),
        (date(2026, 11, 3), D("48.00"), D("24.00"), True),
    ]
    assert schedule.reconcile(connection.pk) == 0
    assert recount.differences(store) == []


@pytest.mark.parametrize("is_noted", [True, False], ids=["which changes the order", "which nothing tells of"])
def test_a_refund_deleted_at_the_site_is_taken_back_on_the_day_it_was_booked(
    connection: Connection, site: WooCommerce, store: Store, settings: Settings, is_noted: bool
) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3000
    site.orders[7] = order(7, AT)
    site.refunds[7] = [
        refund(site.orders[7], 70, "2026-11-22T10:00:00", "12.00", 1),
        refund(site.orders[7], 71, "2026-11-23T10:00:00", "2.00", 0),
    ]
    schedule.poll(connection.pk)
    schedule.apply_events(connection.pk)
    assert Order.objects.get().sales == D("10.00")
    del site.refunds[7][0], site.orders[7]["refunds"][0]
    if is_noted:
        site.orders[7]["date_modified_gmt"] = "2026-11-24T10:00:00"
        send(connection, "order.updated", {"id": 7})
        schedule.apply_events(connection.pk)
    assert schedule.reconcile(connection.pk) == int(not is_noted)
    assert schedule.reconcile(connection.pk) == 0
    one = Order.objects.get()
    assert (one.sales, one.payment_status, one.items.get().refunded_quantity) == (D("22.00"), "PARTIALLY_REFUNDED", 0)
    assert list(Refund.objects.values_list("amount", "gateway_transaction_id")) == [(D("2.00"), "71")]
    money = one.transactions.filter(kind="refund").order_by("created_at", "status").values_list("status", "amount")
    assert list(money) == [("canceled", D("12.00")), ("approved", D("2.00")), ("canceled", D("2.00"))]
    days = daily_sales(store, Period(date(2026, 11, 20), date(2026, 11, 23)), "booked")
    assert [day.total_sales for day in days] == [D("24.00"), D("0.00"), D("0.00"), D("-2.00")]
    assert one.events.filter(kind="reopened").latest("pk").note == "refund of 12.00 deleted at the source"
    assert recount.differences(store) == []


@pytest.mark.parametrize(
    ("fault", "state", "problem"),
    [
        (503, "active", "The WooCommerce site answers with an error (503)."),
        (429, "active", "The WooCommerce site answers with an error (429)."),
        (
            "<h1>Briefly unavailable for scheduled maintenance.</h1>",
            "active",
            "The WooCommerce site answered with a page instead of data, as it does during maintenance. If that does "
            "not pass, check the address and the permalinks.",
        ),
        (401, "blocked", "WooCommerce refused access. Enter a consumer key and secret that may read orders."),
        (301, "blocked", "The site sends requests to another address. Enter the address it redirects to."),
        (404, "blocked", "There is no WooCommerce REST API (v3) at this address. Check it, and the permalinks."),
    ],
)
def test_what_the_site_refuses_is_said_and_nothing_is_lost(
    connection: Connection, site: WooCommerce, fault: int | str, state: str, problem: str
) -> None:
    site.orders[7], site.faults = order(7, AT), [fault]
    send(connection, "order.created", {"id": 7})
    schedule.apply_events(connection.pk)
    connection.refresh_from_db()
    assert (connection.state, connection.problem) == (state, problem)
    assert (SourceEvent.objects.get().state, len(site.requests)) == ("waiting", 1)
    Connection.objects.update(state="active", retry_at=timezone.now())
    assert schedule.apply_events(connection.pk) == 1


def test_tax_that_prices_include_stays_in_gross_and_net_sales_and_is_a_figure_of_its_own(
    connection: Connection, site: WooCommerce, store: Store
) -> None:
    files = Path(__file__).parents[1] / "data" / "imports"
    one = json.loads((files / "woocommerce-order.json").read_text())
    back = json.loads((files / "woocommerce-order-refunds.json").read_text())
    Connection.objects.update(sync_from=date(2026, 6, 1))
    site.put({**one, "currency": "GBP", "prices_include_tax": True}, back)
    send(connection, "order.updated", {"id": one["id"]})
    assert schedule.apply_events(connection.pk) == 1
    placed = Order.objects.get()
    assert (placed.total_amount, placed.tax_amount, placed.included_tax) == (D("122.10"), 0, D("11.10"))
    assert (placed.subtotal, placed.discount, placed.shipping_fee) == (D("121.00"), D("12.10"), D("13.20"))
    assert [(item.unit_price, item.refunded_amount) for item in placed.items.order_by("pk")] == [
        (D("49.50"), D("44.55")),
        (D("22.00"), D("0.00")),
    ]
    client = APIClient()
    client.force_authenticate(a_user(User.Role.STAFF, store))
    figures = "grossSales,discounts,returns,netSales,shipping,taxes,taxIncluded,totalSales"
    for basis in ("placed", "booked"):
        query = {"figures": figures, "from": "2026-06-01", "to": "2026-07-31", "basis": basis}
        totals = client.get("/api/v1/analytics/query", query).json()["data"]["totals"]["values"]
        # 11.10 of 122.10 were included, and 70.95 are kept
        assert list(totals.values()) == [121.0, 12.1, 44.55, 64.35, 6.6, 0.0, 6.45, 70.95], basis
    assert recount.differences(store) == []
