"""Cells of answers over several stores open to what each store adds, and that to its orders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
import simplejson
import time_machine
from django.test import Client

from customers.models import Store, User
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from tests.builders import a_product, a_store, a_user, local

FIGURES = {"netSales": "netSales", "totalSales": "totalSales", "orders": "totalOrders"}


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    """The 3rd of April in Auckland, the 2nd in Los Angeles."""
    with time_machine.travel(datetime(2026, 4, 2, 20, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def staff(db: None) -> Client:
    """Who works in three stores, two of them of one currency in zones far apart; a fourth store is not theirs."""
    stores = [
        a_store(slug="far", timezone="Pacific/Auckland"),
        a_store(slug="near", timezone="America/Los_Angeles"),
        a_store(slug="koffie", currency="EUR"),
    ]
    for number, store in enumerate([*stores, a_store(slug="foreign")]):
        tea = a_product(store, "10.00")
        # the first of the 30 days that are not named is the 5th in Auckland, the 4th in Los Angeles
        for month, day, country in ((3, 4, "DE"), (3, 5, "DE"), (3, 20, ""), (4, 2, "FR")):
            order = place_order(
                store=store,
                items=[ItemRequest(tea.pk, day + number)],
                shipping_fee=D("3.00"),
                shipping_address={"country": country},
                at=local(store, 2026, month, day, 9),
                actor=None,
            )
            mark_paid(order=order, at=local(store, 2026, month, day, 9), actor=None)
        refund_order(order=order, amount=D("2.00"), at=local(store, 2026, 4, 2, 10), actor=None)
    return client_of(*stores)


def client_of(*stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(User.Role.STAFF, *stores))
    return client


def ask(client: Client, path: str, **parameters: Any) -> tuple[int, Any]:
    answer = client.get(f"/api/v1/{path}", parameters)
    return answer.status_code, simplejson.loads(answer.content, use_decimal=True)


def data(client: Client, path: str, **parameters: Any) -> Any:
    status, body = ask(client, path, **parameters)
    assert status == 200, body
    return body["data"]


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_parts_of_stores_add_up_to_each_cell_and_open_to_their_orders(staff: Client, basis: str) -> None:
    for by in ("country", "hour", "product"):
        figures = {name: metric for name, metric in FIGURES.items() if by != "product" or name != "orders"}
        found = data(staff, "analytics/query", figures=",".join(figures), by=by, basis=basis)
        assert [block["currency"] for block in found["currencies"]] == ["EUR", "GBP"]
        for block in found["currencies"]:
            cells = [({"filter": f"{by}:{row['key']}"}, row["values"]) for row in block["rows"]]
            cells += [({}, block["totals"]["values"]), ({"other": by}, block["other"]["values"])]
            for only, values in cells:
                for name, metric in figures.items():
                    cell = {"metric": metric, "basis": basis, **only}
                    opened = data(staff, "dashboard/explain/stores", currency=block["currency"], **cell)
                    parts = opened["stores"]
                    assert opened["value"] == sum(part["value"] for part in parts) == values[name], (name, only)
                    for part in parts:
                        assert part["value"] == part["entriesTotal"], (name, only)


def test_a_part_is_the_figure_of_its_store_and_pages_hold_them_all(staff: Client) -> None:
    cell = {"metric": "totalSales", "filter": "country:DE"}
    pages = [data(staff, "dashboard/explain/stores", currency="GBP", limit=1, page=page, **cell) for page in (1, 2)]
    parts = [part for page in pages for part in page["stores"]]
    assert {(part["store"], part["startDate"], part["endDate"]) for part in parts} == {
        ("far", "2026-03-05", "2026-04-03"),
        ("near", "2026-03-04", "2026-04-02"),
    }
    assert [page["pagination"]["total"] for page in pages] == [2, 2]
    assert sum(part["value"] for part in parts) == pages[0]["value"] == D("53.00") + D("53.00") + D("63.00")
    for part in parts:
        days = {"period": "custom", "startDate": part["startDate"], "endDate": part["endDate"]}
        opened = data(staff, "dashboard/explain", store=part["store"], **cell, **days)
        assert (opened["value"], opened["entriesTotal"]) == (part["value"], part["value"])


def test_every_cell_of_a_page_over_several_stores_opens_down_to_orders(staff: Client) -> None:
    for query in (
        {"figures": "totalSales,orders", "by": "country"},
        {"figures": "totalSales", "by": "time", "granularity": "daily", "period": "last30"},
        {"figures": "totalSales", "by": "time", "granularity": "hourly", "from": "2026-04-02", "to": "2026-04-02"},
    ):
        text = staff.get("/analytics/explore/", query).content.decode()
        links = re.findall(r'<td class="number"><a href="([^"]+)">([^<]+)</a>', text)
        assert links
        assert not re.findall(r'<td class="number">[^<–]', text)
        for address, shown in links:
            if shown[1:] == "0.00":
                continue
            opened = staff.get(unescape(address))
            assert opened.status_code == 200, address
            page = opened.content.decode()
            assert re.findall(r"<h1>(.*?)</h1>", page)[0].endswith(f": {shown}"), address
        parts = r'<th scope="row"><a href="([^"]+)">[^<]+</a> <small>[^<]+ 2026</small></th><td class="number">([^<]+)<'
        rows = re.findall(parts, page)
        assert rows
        for address, shown in rows:
            assert f": {shown}</h1>" in staff.get(unescape(address)).content.decode()


def test_what_does_not_fit_is_refused(staff: Client) -> None:
    for asked, field in (
        ({}, "currency"),
        ({"currency": "USD"}, "currency"),
        ({"currency": "GBP", "metric": "creditsOutstanding"}, "metric"),
        ({"currency": "GBP", "filter": "country:DE", "andFilter": "channel:web"}, "filter"),
        ({"currency": "GBP", "from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"currency": "GBP", "color": "red"}, "color"),
    ):
        status, body = ask(staff, "dashboard/explain/stores", **{"metric": "totalSales", **asked})
        assert (status, [*body["errors"]]) == (400, [field]), body
    page = staff.get("/explain/", {"metric": "totalSales"})
    assert page.status_code == 400
    assert "Enter one of EUR, GBP." in page.content.decode()
