"""Figures that open, as JSON and as pages."""

from __future__ import annotations

import html
import re
from copy import deepcopy
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from customers.models import Store, User
from dashboard.figures import EXPLAINED, Document, shown_in
from orders.actions import refund_order
from tests.builders import a_store, a_user, an_order, local
from tests.dashboard.test_figures import a_busy_march

pytestmark = pytest.mark.django_db
API = "/api/v1/dashboard"


@pytest.fixture(scope="module")
def built(module_rows: None) -> Store:
    store = a_store(slug="tea")
    a_busy_march(store)
    return store


@pytest.fixture
def store(built: Store) -> Store:
    return deepcopy(built)


def as_(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("metric", EXPLAINED)
def test_every_figure_of_the_api_opens_to_what_adds_up_to_it(store: Any, metric: str) -> None:
    client = as_(a_user(User.Role.STAFF, store))
    answer = client.get(f"{API}/explain?metric={metric}&year=2026&month=3&limit=100")
    assert answer.status_code == 200, answer.content
    data = answer.json()["data"]
    total = round(sum(D(str(entry["amount"])) for entry in data["entries"]), 2)
    assert D(str(data["entriesTotal"])) == total
    if metric not in ("averageTicket", "marginPercent"):
        assert D(str(data["value"])) == total
    assert data["pagination"]["total"] == len(data["entries"])
    assert data["definition"] and data["basisDefinition"]


def test_entries_are_paged(store: Any) -> None:
    client = as_(a_user(User.Role.STAFF, store))
    query = f"{API}/explain?metric=totalOrders&year=2026&month=3&limit=2"
    pages = [client.get(f"{query}&page={page}").json()["data"] for page in (1, 2, 3)]
    assert [len(page["entries"]) for page in pages] == [2, 2, 1]
    assert pages[0]["pagination"] == {"page": 1, "limit": 2, "total": 5, "totalPages": 3}
    assert len({entry["orderId"] for page in pages for entry in page["entries"]}) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("explain", "metric"),
        ("explain?metric=profit", "metric"),
        ("explain?metric=pendingOrders&basis=booked", "basis"),
        ("explain?metric=totalSales&page=0", "page"),
        ("explain?metric=totalSales&page=2", "page"),
        ("explain?metric=totalSales&limit=101", "limit"),
        ("explain?metric=totalSales&limit=1e2", "limit"),
        ("explain?metric=totalSales&nope=1", "nope"),
        ("explain?metric=totalSales&period=custom", "startDate"),
        ("changed-past", "since"),
        ("changed-past?since=2026-04-01", "since"),
        ("changed-past?since=2026-04-01T00:00:00", "since"),
        ("changed-past?since=2026-13-01T00:00:00Z", "since"),
        ("month-as-of?month=3&asOf=2026-04-01T00:00:00Z", "year"),
        ("month-as-of?year=2026&month=3", "asOf"),
        ("month-as-of?year=2026&month=13&asOf=2026-04-01T00:00:00Z", "month"),
    ],
)
def test_a_bad_parameter_is_named(store: Any, query: str, field: str) -> None:
    answer = as_(a_user(User.Role.STAFF, store)).get(f"{API}/{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize(
    "path",
    [
        "explain?metric=totalSales&",
        "changed-past?since=2026-04-01T00:00:00Z&",
        "month-as-of?year=2026&month=3&asOf=2026-04-01T00:00:00Z&",
    ],
)
def test_other_stores_are_not_there(store: Any, path: str) -> None:
    a_store(slug="foreign")
    client = as_(a_user(User.Role.STAFF, store))
    for key in ("foreign", "missing"):
        assert client.get(f"{API}/{path}store={key}").status_code == 404
    assert APIClient().get(f"{API}/{path}store=tea").status_code == 401
    for page in ("explain/?metric=totalSales", "changed/"):
        assert logged_in(a_user(User.Role.STAFF, store)).get(f"/dashboard/foreign/{page}").status_code == 404


def test_what_moved_since_is_told_as_json() -> None:
    store = a_store(slug="coffee")
    order = an_order(store, "60.00", paid=True, at=local(store, 2026, 3, 10, 12))
    refund_order(order=order, amount=D("10.00"), at=local(store, 2026, 4, 2, 9), actor=None)
    client = as_(a_user(User.Role.STAFF, store))
    data = client.get(f"{API}/changed-past?since=2026-04-01T00:00:00Z").json()["data"]
    assert data["changes"] == [
        {
            "at": "2026-04-02T09:00:00+01:00",
            "month": "2026-03",
            "orderId": order.pk,
            "orderNumber": order.number,
            "event": "refunded",
            "actor": "",
            "totalSales": -10.0,
            "totalCompletedOrders": 0,
            "totalExpiredOrders": 0,
            "totalRefundedOrders": 0,
        }
    ]
    known = client.get(f"{API}/month-as-of?year=2026&month=3&asOf=2026-04-01T00:00:00Z").json()["data"]
    assert known["summary"] == {
        "totalSales": 60.0,
        "totalOrders": 1,
        "totalCompletedOrders": 1,
        "totalExpiredOrders": 0,
        "totalRefundedOrders": 0,
    }


def test_each_tile_leads_to_a_page_that_shows_the_same_figure(store: Any) -> None:
    client = logged_in(a_user(User.Role.STAFF, store))
    page = client.get("/dashboard/tea/?year=2026&month=3&basis=booked").content.decode()
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+/explain/[^"]+)" title="Breakdown"', page)]
    values = re.findall(r'title="Breakdown">([^<]+)</a>', page)
    assert len(links) == len(shown_in(Document.SUMMARY))
    for link, value in zip(links, values, strict=True):
        opened = client.get(link)
        assert opened.status_code == 200
        assert f": {value}</h1>" in opened.content.decode()


def test_pages_say_what_is_wrong_and_lead_on(store: Any) -> None:
    client = logged_in(a_user(User.Role.STAFF, store))
    wrong = client.get("/dashboard/tea/explain/?metric=profit")
    assert (wrong.status_code, "<code>metric</code>" in wrong.content.decode()) == (400, True)
    assert client.get("/dashboard/tea/changed/?day=tomorrow").status_code == 400
    empty = client.get("/dashboard/tea/explain/?metric=totalSales&year=2020&month=1").content.decode()
    assert "Nothing in this period counts towards it." in empty
    moved = client.get("/dashboard/tea/changed/?day=2026-04-01").content.decode()
    assert "2 changes" in moved and "Mar 2026" in moved
    assert "No closed month has changed." in client.get("/dashboard/tea/changed/?day=2026-11-01").content.decode()
    assert Client().get("/dashboard/tea/explain/?metric=totalSales").status_code == 302


@pytest.mark.parametrize("orders", [1, 30])
def test_a_page_costs_the_same_number_of_queries_whatever_it_shows(
    orders: int, django_assert_max_num_queries: Any
) -> None:
    store = a_store(slug="coffee")
    for _ in range(orders):
        an_order(store, paid=True)
    client = logged_in(a_user(User.Role.STAFF, store))
    with django_assert_max_num_queries(12):
        assert client.get("/dashboard/coffee/explain/?metric=totalSales").status_code == 200
