"""On every page a value of before opens to its days, up to the minute they are cut off at, and says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.test import Client

from customers.models import Store, User
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a href="([^"]*explain/[^"]*(?:until=|asOf=|period=custom)[^"]*)"(?: title="([^"]*)")?>([^<]*)</a>')
NUMBER = re.compile(r"(?:[£€]-?)?[\d,]+(?:\.\d\d)?")


NOW = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
"""A Wednesday, the same time in London."""


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
@time_machine.travel(NOW, tick=False)
def built(module_rows: None) -> Store:
    """A store that sold just before and just after each minute that this one is compared with."""
    store = a_store(slug="tea")
    fill(store)
    return store


@pytest.fixture
def tea(built: Store) -> Store:
    return deepcopy(built)


def fill(store: Store) -> None:
    """Sell around each minute that 14:30 of the 18th of March is compared with, and before it."""
    price = 1
    for month, day in ((2, 2), (2, 16), (2, 17), (2, 18), (3, 9), (3, 10), (3, 11), (3, 17), (3, 18)):
        for hour, minute in ((0, 0), (9, 0), (14, 29), (14, 30), (23, 0)):
            if (month, day, hour * 60 + minute) < (3, 18, 14 * 60 + 30):
                at = local(store, 2026, month, day, hour, minute)
                address = {"country": "DE" if price % 2 else "FR"}
                an_order(store, f"{price}.50", paid=True, at=at, shipping_address=address)
                a_customer(store, at=at)
                price *= 2 if price < 500_000 else 1


def links(client: Client, path: str) -> list[tuple[str, str]]:
    """Return where values of before lead, each with its number: the text, or the title of a change in percent."""
    answer = client.get(path)
    assert answer.status_code == 200
    found = []
    for address, title, text in LINK.findall(answer.content.decode()):
        number = NUMBER.search(title) or NUMBER.search(text)
        assert number, (address, title, text)
        found.append((unescape(address), number[0]))
    return found


def check(client: Client, path: str, least: int) -> None:
    """Open each value of before of a page: what opens has its number, and something of each page is not 0."""
    found = links(client, path)
    assert len(found) >= least, path
    for address, shown in found:
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert re.findall(r"<h1>(.*?)</h1>", text)[0].endswith(f": {shown}"), (path, address, shown)
    assert any(shown not in ("0", "£0.00") for _, shown in found)


@pytest.mark.parametrize(
    ("path", "least"),
    [
        # eleven tiles, the days, countries
        ("/dashboard/tea/", 30),
        ("/dashboard/tea/?basis=booked&compare=previous_year&period=last30", 11),
        ("/dashboard/tea/?period=today&compare=same_weekdays", 20),
        # tiles and the week, now and before
        ("/dashboard/tea/snapshot/", 22),
        ("/home/", 6),
        ("/reports/series/?store=tea&from=2026-03-01&to=2026-03-31&compare=previous_period", 19),
        ("/reports/series/?store=tea&compare=previous_period&granularity=weekly&basis=booked", 4),
    ],
)
def test_what_was_before_opens_on_the_pages_of_a_store(tea: Store, path: str, least: int) -> None:
    client = logged_in(a_user(User.Role.STAFF, tea))
    if "previous_year" in path:
        an_order(tea, "9.00", paid=True, at=local(tea, 2025, 3, 18, 14, 29))
    check(client, path, least)


def test_what_was_before_opens_on_the_pages_of_all_stores(tea: Store) -> None:
    fill(a_store(slug="far", timezone="Pacific/Auckland"))
    fill(a_store(slug="koffie", currency="EUR"))
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    # tiles; sales, completed orders and their average by currency; the week's orders and sales, now and before
    check(client, "/company/", 2 + 2 * 3 + 2 * 4)
    check(client, "/home/", 12)
    check(client, "/dashboard/?compare=previous_period", 36)
    check(client, "/reports/series/?from=2026-03-01&to=2026-03-31&compare=previous_period&granularity=weekly", 8)


def test_a_figure_of_all_stores_before_opens_to_each_store_s_part(tea: Store) -> None:
    fill(a_store(slug="far", timezone="Pacific/Auckland"))
    fill(a_store(slug="koffie", currency="EUR"))
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    for figure in ("metric=totalSales&currency=GBP", "metric=totalCompletedOrders&currency=GBP"):
        for days in ("compare=previous_period", "days=week", "days=week&compare=same_weekdays"):
            text = client.get(f"/company/explain/?{figure}&{days}&asOf=2026-03-18T14:30Z").content.decode()
            parts = re.findall(r'<th scope="row"><a href="([^"]+)">[^<]+</a></th><td class="number">([^<]+)</td>', text)
            assert len(parts) == 2, days  # the third sells in another currency
            for address, shown in parts:
                assert "until=" in address
                assert f": {shown}</h1>" in client.get(unescape(address)).content.decode()
