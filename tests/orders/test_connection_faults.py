"""Whatever goes wrong at either source or with what it sends: a clear state, nothing lost, nobody asked in a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dealport.kit import secrets
from orders.connections import schedule
from orders.models import Connection, Order, SourceEvent
from tests import shopify_server as shopify_module
from tests import woocommerce_server as woocommerce_module
from tests.builders import a_store
from tests.shopify_orders import Life
from tests.shopify_server import CLIENT_SECRET, Shopify, shopify_server
from tests.woocommerce_orders import state
from tests.woocommerce_server import KEY, SECRET, WEBHOOK_SECRET, WooCommerce, woocommerce_server

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORDER = Life("7", PLACED, paid=((PLACED, D("12.00")),), email="pat@example.com")


@dataclass
class Source:
    """One system: its server, our connection to it, and how its webhooks are signed."""

    server: Shopify | WooCommerce
    connection: Connection
    secret: str
    sign: Callable[..., Any]
    show: Callable[[Life], None]

    def send(self, content: Any, *, secret: str = "", delivery: str = "1", to: Connection | None = None) -> Any:
        topic = "orders/updated" if isinstance(self.server, Shopify) else "order.updated"
        request = self.sign(topic, content, secret=secret or self.secret, delivery=delivery)
        return Client().post(f"/api/v1/connections/{(to or self.connection).public_id}/webhook", **request)

    def standing(self) -> tuple[str, str]:
        self.connection.refresh_from_db()
        return self.connection.state, self.connection.problem

    def may_ask(self) -> None:
        now = timezone.now()
        Connection.objects.filter(pk=self.connection.pk).update(state="active", retry_at=now, next_poll_at=now)


def connected(kind: str, address: str, credentials: dict[str, str], **values: Any) -> Connection:
    return Connection.objects.create(
        store=a_store(),
        kind=kind,
        address=address,
        credentials=secrets.seal(credentials),
        sync_from=PLACED.date(),
        created_at=PLACED - timedelta(days=1),
        next_poll_at=timezone.now() + timedelta(hours=1),
        **values,
    )


@pytest.fixture(params=["shopify", "woocommerce"])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    if request.param == "shopify":
        with shopify_server() as shop:
            shop.tokens.add("known")
            credentials = {"accessToken": "known", "clientSecret": CLIENT_SECRET}
            connection = connected("shopify", shop.url, credentials)
            sign = shopify_module.signed
            yield Source(shop, connection, CLIENT_SECRET, sign, lambda one: shop.put(one.node()))
    else:
        with woocommerce_server() as site:
            credentials = {"consumerKey": KEY, "consumerSecret": SECRET, "webhookSecret": WEBHOOK_SECRET}
            connection = connected("woocommerce", site.url, credentials)
            sign = woocommerce_module.signed
            yield Source(site, connection, WEBHOOK_SECRET, sign, lambda one: site.put(*state(one, one.moments()[-1])))


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
    assert (parked.subject, parked.reason) == ("order:8", "Invalid isoformat string: 'yesterday'.")
