"""A period that is cut off at a minute, opened to what adds up to it: by the rule of comparisons, the sum proved."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
import simplejson
import time_machine
from django.test import Client

from customers.models import Store, User
from dashboard.api.explain import open_figure
from dashboard.figures import EXPLAINED
from dashboard.figures.comparisons import PREVIOUS_PERIOD, compared_with
from dashboard.figures.figure import Kind
from dashboard.figures.periods import Period, month_period
from dashboard.metrics import folding
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import Product
from tests.builders import a_customer, a_product, a_store, a_user, local

pytestmark = pytest.mark.django_db

MINUTE = (2026, 3, 18, 14, 30)


def sold(store: Store, *when: int, price: str = "10.00", country: str = "DE") -> Any:
    """Sell one item, paid when it is ordered, to a customer of that moment."""
    at = local(store, *when)
    a_customer(store, at=at)
    details = {"shipping_fee": D("3.00"), "shipping_address": {"country": country}}
    order = place_order(store=store, items=[ItemRequest(a_product(store, price).pk, 1)], at=at, actor=None, **details)
    mark_paid(order=order, at=at, actor=None)
    return order


def busy(store: Store) -> None:
    """February up to and after what 14:30 on the 18th of March is compared with, on both bases."""
    early = sold(store, 2026, 2, 3, 9)
    sold(store, 2026, 2, 18, 14, 29, price="20.00", country="FR")
    sold(store, 2026, 2, 18, 14, 30, price="40.00")
    sold(store, 2026, 2, 18, 23, price="80.00", country="FR")
    sold(store, 2026, 1, 31, 23, price="160.00")
    refund_order(order=early, amount=D("1.00"), at=local(store, 2026, 2, 18, 14, 29), actor=None)
    refund_order(order=early, amount=D("2.00"), at=local(store, 2026, 2, 18, 14, 30), actor=None)


def of_before(store: Store) -> tuple[Period, datetime]:
    """Return the days that March is compared with, and where they are cut off."""
    compared = compared_with(month_period(2026, 3), PREVIOUS_PERIOD, local(store, *MINUTE).astimezone(store.zone))
    assert compared.until is not None
    return Period(compared.days.first, compared.days.last), compared.until


@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize("is_folded", [False, True])
def test_the_entries_of_every_figure_add_up_to_it_up_to_the_minute(basis: str, is_folded: bool) -> None:
    store = a_store(timezone="Pacific/Auckland")
    busy(store)
    busy(a_store(timezone="Pacific/Auckland"))
    if is_folded:
        folding.fold_all()
    period, until = of_before(store)
    assert (period.first, period.last) == (date(2026, 2, 1), date(2026, 2, 18))
    opened = {
        name: open_figure(store, name, period, basis, page=1, limit=100, until=until)
        for name, figure in EXPLAINED.items()
        if basis in figure.entries and not figure.is_of_now
    }
    for name, found in opened.items():
        assert found.explanation.total == sum((entry.amount for entry in found.explanation.entries), D(0)), name
        if found.definition.kind not in (Kind.RATIO, Kind.PERCENT):
            assert found.value == found.explanation.total, name
    refunded = D("3.00") if basis == "placed" else D("1.00")
    assert opened["totalSales"].value == D("13.00") + D("23.00") - refunded
    assert (opened["totalOrders"].value, opened["newCustomers"].value) == (2, 0)
    # with the one of January
    assert opened["totalCustomers"].value == 3


@pytest.mark.parametrize("cell", ["country:FR", "hour:14", "product", "weekdayHour:3-14", "customerType:guest"])
def test_a_cell_of_a_dimension_opens_up_to_the_minute(cell: str) -> None:
    store = a_store()
    busy(store)
    period, until = of_before(store)
    if cell == "product":
        cell = f"product:{Product.objects.get(store=store, price='20.00').pk}"

    def total(*only: str) -> D:
        found = open_figure(store, "totalSales", period, "placed", page=1, only=only, until=until)
        assert found.value == found.explanation.total
        return found.value

    found = {"country:FR": "23.00", "hour:14": "23.00", "weekdayHour:3-14": "23.00", "customerType:guest": "33.00"}
    assert total(cell) == D(found.get(cell, "20.00"))
    if cell == "country:FR":
        assert (total(cell, "hour:14"), total(cell, "hour:9")) == (D("23.00"), D("0.00"))


def ask(client: Client, path: str, **parameters: Any) -> tuple[int, Any]:
    answer = client.get(f"/api/v1/{path}", parameters)
    return answer.status_code, simplejson.loads(answer.content, use_decimal=True)


@pytest.fixture
def tea() -> Store:
    store = a_store(slug="tea", timezone="Europe/Berlin")
    busy(store)
    return store


@pytest.fixture
def staff(tea: Store) -> Client:
    client = Client()
    client.force_login(a_user(User.Role.STAFF, tea))
    return client


FEBRUARY = {"period": "custom", "startDate": "2026-02-01", "endDate": "2026-02-18"}


def test_the_api_takes_a_moment_of_the_last_day_and_says_which_it_was(staff: Client) -> None:
    asked = {"metric": "totalSales", **FEBRUARY}
    for until in ("2026-02-18T14:30+01:00", "2026-02-18T13:30:00Z"):
        status, body = ask(staff, "dashboard/explain", **asked, until=until)
        assert (status, body["data"]["until"]) == (200, "2026-02-18T14:30:00+01:00")
        assert body["data"]["value"] == body["data"]["entriesTotal"] == D("33.00")
    whole = ask(staff, "dashboard/explain", **asked)[1]["data"]
    assert (whole["until"], whole["value"]) == (None, D("159.00"))


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"until": "2026-02-18T14:30"}, "Enter an ISO 8601 time with offset, from"),
        ({"until": "noon"}, "Enter an ISO 8601 time with offset, from"),
        ({"until": "2026-02-17T22:59Z"}, "Enter a moment of the period's last day, 2026-02-18 in Europe/Berlin."),
        ({"until": "2026-02-18T23:00Z"}, "Enter a moment of the period's last day, 2026-02-18 in Europe/Berlin."),
        ({"until": "2026-02-18T14:30Z", "other": "country"}, "Leave it out: what belongs to no value"),
        ({"until": "2026-02-18T14:30Z", "metric": "creditsOutstanding"}, "Leave it out: creditsOutstanding is a"),
    ],
)
def test_another_moment_is_refused(staff: Client, asked: dict[str, str], text: str) -> None:
    status, body = ask(staff, "dashboard/explain", **{"metric": "totalSales", **FEBRUARY, **asked})
    assert (status, list(body["errors"])) == (400, ["until"])
    assert body["errors"]["until"][0].startswith(text)
    answer = staff.get("/dashboard/tea/explain/", {"metric": "totalSales", **FEBRUARY, **asked})
    assert answer.status_code == 400


def links_of(client: Client, **query: str) -> list[tuple[str, str]]:
    """Return where the values of before lead, and as what they are shown."""
    text = client.get("/analytics/explore/", {"compare": "previous_period", **query}).content.decode()
    # buckets that are to come are compared with no day
    assert query["by"] == "time" or not re.findall("</a><small>[^<]", text)
    return [(unescape(link), shown) for link, shown in re.findall(r'<small><a href="([^"]+)">([^<]+)</a>', text)]


@pytest.mark.parametrize(
    "query",
    [
        {"by": "country"},
        {"by": "country", "basis": "booked"},
        {"by": "time", "granularity": "daily"},
        {"by": "time", "granularity": "weekly"},
        {"by": "time", "granularity": "hourly", "period": "today"},
        {"by": "product,country", "figures": "totalSales"},
    ],
)
def test_explore_opens_what_was_before_up_to_the_minute(staff: Client, tea: Store, query: dict[str, str]) -> None:
    for country in ("DE", "FR"):
        for hour in (13, 14):
            sold(tea, 2026, 3, 17, hour, country=country)
            sold(tea, 2026, 3, 18, hour, country=country)
    with time_machine.travel(local(tea, *MINUTE), tick=False):
        links = links_of(staff, **{"store": "tea", "figures": "totalSales,orders", "period": "monthly", **query})
        assert any("until=2026-" in link for link, _ in links)
        for link, shown in links:
            page = staff.get(link).content.decode()
            assert f": {shown}</h1>" in page, (link, shown)
            total = re.findall(r", total ([^<]+)</small>", page)[0]
            assert total == shown or '<p class="fine">Nothing in this period' in page, (link, shown, total)
            assert (", until 14:30" in page) == ("until=" in link)


def test_several_stores_are_each_cut_off_by_their_own_clock(tea: Store) -> None:
    far = a_store(slug="far", timezone="Pacific/Auckland")
    busy(far)
    client = Client()
    client.force_login(a_user(User.Role.STAFF, tea, far))
    sold(tea, 2026, 3, 17, 9)
    with time_machine.travel(local(tea, *MINUTE), tick=False):
        links = links_of(client, figures="totalSales,orders", by="country", period="monthly")
        assert links
        for link, shown in links:
            text = client.get(link).content.decode()
            assert f": {shown}</h1>" in text, (link, shown)
            parts = re.findall(
                r'<th scope="row"><a href="([^"]+)">[^<]+</a> <small>([^<]+)</small></th>'
                r'<td class="number">([^<]+)<',
                text,
            )
            for part, _days, part_shown in parts:
                assert f": {part_shown}</h1>" in client.get(unescape(part)).content.decode()
            cuts = {days for _, days, _ in parts}
            assert cuts == {"Feb 1 – 19, 2026, until 02:30", "Feb 1 – 18, 2026, until 14:30"}
        status, body = ask(
            client,
            "dashboard/explain/stores",
            metric="totalSales",
            period="monthly",
            compare="previous_period",
            asOf="2026-03-18T13:30Z",
        )
        data = body["data"]
        assert (status, {part["until"] for part in data["stores"]}) == (
            200,
            {"2026-02-19T02:30:00+13:00", "2026-02-18T14:30:00+01:00"},
        )
        assert data["value"] == sum(part["value"] for part in data["stores"]) == D("159.00") + D("33.00")
        assert all(part["value"] == part["entriesTotal"] for part in data["stores"])
        for asked, field in (
            ({"asOf": "2026-03-18T13:30Z"}, "asOf"),
            ({"compare": "never"}, "compare"),
            ({"compare": "previous_year", "other": "country"}, "compare"),
        ):
            status, body = ask(client, "dashboard/explain/stores", metric="totalSales", period="monthly", **asked)
            assert (status, list(body["errors"])) == (400, [field])
