from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.actions import add_credits, create_or_update_subscription
from customers.models import Store, User
from dashboard.caching import redis_link
from dashboard.metrics import activity, folding
from dashboard.metrics.verification import verify_store
from dashboard.models import DailyActivity, StoreDailySales
from tests.builders import a_customer, a_store, a_user, an_order
from tests.dashboard.test_pages_store import logged_in, text_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/dashboard/"
NOON = datetime(2026, 3, 25, 12, 0, 30, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def cards(client: Client, page: str = "1") -> dict[str, str]:
    """Return the HTML of each listed store's card by its name."""
    html = client.get(PAGE, {"page": page}).content.decode()
    items = re.findall(
        r"<li class=\"store\">(.*?)</li>\n", html.replace("<li><span>", "").replace("</li></ol>", ""), re.DOTALL
    )
    return {unescape(re.search(r"<h2><a [^>]*>(.*?)</a>", item)[1]): item for item in items}  # type: ignore[index]


def tiles(html: str) -> dict[str, str]:
    """Return label and value of each tile."""
    found = re.findall(r"<dt>(.*?)</dt><dd><a [^>]*>(.*?)</a></dd>", html)
    return {unescape(label): unescape(value) for label, value in found}


def links(html: str, word: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]+)"', html) if word in link]


def a_busy_store(**fields: str) -> Store:
    """Create a store with something in every part of its snapshot."""
    store = a_store(**fields)
    customer = a_customer(store)
    add_credits(customer=customer, amount=D("7.50"), reason="hello", actor=None)
    create_or_update_subscription(
        customer=customer,
        plan="Pro",
        status="active",
        current_period_end=timezone.now(),
        monthly_amount=D("9.00"),
        actor=None,
    )
    at = NOON - timedelta(minutes=1)
    an_order(store, "10.00", "20.50", paid=True, at=at, shipping_address={"country": "DE"})
    an_order(store, "99.00", at=at)
    an_order(store, "61.00", paid=True, at=at - timedelta(days=7))
    an_order(store, "500.00", paid=True, at=NOON - timedelta(days=7))
    an_order(store, "5.00", paid=True, at=timezone.now() - timedelta(days=31))
    today = timezone.now().astimezone(store.zone).date()
    DailyActivity.objects.create(store=store, day=today, user_id=1, page_views=3)
    return store


@pytest.mark.parametrize("is_folded", [False, True])
def test_each_store_shows_its_own_snapshot_in_its_own_currency(is_folded: bool) -> None:
    a_busy_store(name="Pounds", slug="pounds")
    reais = a_store(name="Reais", currency="BRL", timezone="America/Sao_Paulo")
    a_store(name="Fresh")
    an_order(reais, "1234.00", paid=True)
    if is_folded:
        folding.fold_all()

    shown = cards(logged_in(a_user(User.Role.ADMIN)))

    assert list(shown) == ["Fresh", "Pounds", "Reais"]
    assert tiles(shown["Pounds"]) == {
        "Total sales": "£591.50", "Tax": "£0.00", "Orders": "4", "Completed": "3", "Pending": "1", "Canceled": "0",
        "Expired": "0", "Refunded": "0", "Average order value": "£197.17", "Customers": "1", "New customers": "0",
        "Active subscriptions": "1", "MRR": "£9.00", "Store credit owed": "£7.50",
    }  # fmt: skip
    assert (tiles(shown["Reais"])["Total sales"], tiles(shown["Fresh"])["Total sales"]) == ("R$1,234.00", "£0.00")
    text = text_of(shown["Pounds"])
    for part in (
        "This week £30.50 from 2 orders Same part of last week: £61.00 , −50.0%",
        "Germany £30.50",
        "Today 1 active user, 3 page views",
    ):
        assert part in text
    assert re.search(r"Top products Product \d+ £500.00 Product \d+ £61.00 Product \d+ £20.50 Countries", text)
    assert "No product was sold. Countries Nothing was sold." in text_of(shown["Fresh"])


def test_each_tile_opens_what_adds_up_to_it() -> None:
    a_busy_store(name="Pounds", slug="pounds")
    a_store()
    client = logged_in(a_user(User.Role.ADMIN))
    card = cards(client)["Pounds"]

    *opened, week, week_before = links(card, "/explain/")
    assert len(opened) == 14 and "metric=totalSales" in week and "metric=totalSales" in week_before
    for link, (label, value) in zip(opened, tiles(card).items(), strict=True):
        assert f"<h1>{label}: {value}</h1>" in client.get(link).content.decode(), link
    assert {"/dashboard/pounds/snapshot/", "/dashboard/pounds/"} <= set(links(card, "/dashboard/pounds/"))


def test_a_card_says_of_when_it_is_how_it_was_come_by_and_how_it_was_checked() -> None:
    store, other = a_busy_store(name="Pounds"), a_store(name="Other")
    folding.fold_all()
    client = logged_in(a_user(User.Role.ADMIN))
    first = text_of(cards(client)["Pounds"])
    again = text_of(cards(client)["Pounds"])
    StoreDailySales.objects.filter(store_id=store.pk, basis="placed").update(sales=D("1.00"))
    verify_store(store)
    verify_store(other)
    shown = cards(client)
    html = client.get(PAGE).content.decode()

    assert re.search(r"As of \d\d:\d\d:\d\d \w+ ?, up to date", first) and "up to date" in again
    assert "Not verified against the orders yet" in first
    assert re.search(r"✕ Verified against orders at .*: difference £\S+ in \d+ bucket", text_of(shown["Pounds"]))
    assert "✓ Verified against orders at" in text_of(shown["Other"])
    assert "1 store differs from the orders" in text_of(html)


def test_a_month_without_orders_leads_to_the_newest_ones() -> None:
    idle, fresh = a_store(name="Idle"), a_store(name="Fresh")
    an_order(idle, "5.00", paid=True, at=timezone.now().replace(year=2025, month=2, day=3))

    shown = cards(logged_in(a_user(User.Role.ADMIN)))

    assert "Newest orders: February 2025" in text_of(shown["Idle"])
    assert "No orders yet" in text_of(shown["Fresh"]) and "No orders yet" not in text_of(shown["Idle"])
    assert fresh.name in shown


def test_staff_see_their_stores_alone() -> None:
    one, two, foreign = a_store(name="One"), a_store(name="Two"), a_store(name="Foreign")

    client = logged_in(a_user(User.Role.STAFF, one, two))

    assert list(cards(client)) == ["One", "Two"]
    html = client.get(PAGE).content.decode()
    assert foreign.name not in html and 'href="/company/"' not in html


def test_who_has_one_store_goes_straight_to_it() -> None:
    store = a_store(slug="only")
    a_store()

    response = logged_in(a_user(User.Role.STAFF, store)).get(PAGE)

    assert (response.status_code, response["Location"]) == (302, "/dashboard/only/")


def test_an_account_without_a_store_is_told_whom_to_ask() -> None:
    a_store()

    response = logged_in(a_user(User.Role.USER, email="new@example.com")).get(PAGE)

    assert response.status_code == 200
    assert "No store has been assigned to new@example.com" in text_of(response.content.decode())


def test_anonymous_visitors_are_asked_to_log_in() -> None:
    response = Client().get(PAGE)

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/dashboard/")


class Cost:
    """Statements and round trips to Redis of a page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trips = 0
        send, here = redis_link._ask, threading.get_ident()

        def counting(*arguments: object) -> list[object]:
            self.trips += threading.get_ident() == here
            return send(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(redis_link, "_ask", counting)
        monkeypatch.setattr(activity.BUFFER, "add", lambda *_: None)  # it is sent when a second is over

    def of(self, client: Client) -> tuple[int, int]:
        self.trips = 0
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured), self.trips


def test_statements_and_round_trips_do_not_grow_with_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, client = Cost(monkeypatch), logged_in(a_user(User.Role.ADMIN))
    found = {}
    for count in (2, 22):
        while Store.objects.count() < count:
            an_order(a_store(), paid=True)
        client.get(PAGE)
        an_order(Store.objects.all()[0])
        # what is counted is told to Redis now and then, by whoever comes along
        cold, warm = cost.of(client), min(cost.of(client) for _ in range(3))
        found[count] = cold, warm

    assert found[2] == found[22]
    assert found[2][1] == (7, 7)


def test_many_stores_come_in_pages() -> None:
    for number in range(25):
        a_store(name=f"Store {number:02}")
    client = logged_in(a_user(User.Role.ADMIN))

    assert len(cards(client)) == 24
    assert list(cards(client, "2")) == ["Store 24"]
