"""Explore: the page says what the API says, each cell opens, files hold what is shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal as D
from html import unescape
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client

from customers.models import Store, User
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.actions.placing import OrderDetails
from tests.builders import a_product, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

PATH = "/analytics/explore/"
MARCH: dict[str, Any] = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 2, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def tea() -> Store:
    """A store with orders of March from two countries, one of them refunded in part, and some of February."""
    store = a_store(slug="tea", name="Tea & Co")
    green, cup = a_product(store, "10.00", name="Green <tea>"), a_product(store, "4.00", name="=Cup")
    for month, day, country, quantity in ((2, 3, "DE", 1), (3, 2, "DE", 3), (3, 9, "FR", 1), (3, 9, "", 1)):
        at = local(store, 2026, month, day, 13)
        order = place_order(
            store=store,
            items=[ItemRequest(green.pk, quantity), ItemRequest(cup.pk, 1)],
            shipping_fee=D("3.00"),
            shipping_address={"country": country},
            details=OrderDetails(channel="web"),
            at=at,
            actor=None,
        )
        mark_paid(order=order, at=at, actor=None)
        if country == "FR":
            refund_order(order=order, amount=D("5.00"), at=local(store, 2026, 3, 20, 9), actor=None)
    return store


def client_of(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores))
    return client


def page(client: Client, status: int = 200, **query: Any) -> str:
    answer = client.get(PATH, query)
    assert answer.status_code == status, answer.content
    return str(answer.content.decode())


def table(text: str) -> list[list[str]]:
    """Return the cells of the table of figures as they are read."""
    (found,) = re.findall(r'<div class="explore-table".*?<table>(.*?)</table>', text, re.S)
    rows = re.findall(r"<tr.*?>(.*?)</tr>", found, re.S)
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).replace("\N{NO-BREAK SPACE}", " ").split())
            for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)
        ]
        for row in rows
    ]


BY_COUNTRY: dict[str, Any] = {"store": "tea", "figures": "totalSales,orders", "by": "country", **MARCH}


def test_rows_totals_other_and_changes_are_those_of_the_api_in_words(tea: Store) -> None:
    text = page(client_of(User.Role.STAFF, tea), compare="previous_period", **BY_COUNTRY)
    assert table(text) == [
        ["Country", "Total sales ↓", "Orders"],
        ["Germany", "£37.00 £17.00 +117.6%", "1 1 ±0"],
        ["France", "£12.00 £0.00 –", "1 0 –"],
        ["Other", "£17.00", "1"],
        ["Total", "£66.00 £17.00 +288.2%", "3 1 +200.0%"],
    ]
    assert "Total sales, Orders by country" in text
    assert "Mar 1 – 31, 2026" in text


def test_every_cell_opens_to_entries_that_add_up_to_it(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    for query in (
        BY_COUNTRY,
        {**BY_COUNTRY, "by": "time", "granularity": "weekly", "filter": "country:DE"},
        {**BY_COUNTRY, "by": "product"},
        {**BY_COUNTRY, "by": "weekdayHour"},
        {**BY_COUNTRY, "figures": "totalSales", "by": "product", "filter": "country:DE"},
        {**BY_COUNTRY, "figures": "totalSales", "by": "product,country"},
    ):
        text = page(client, **query)
        links = re.findall(r'<td class="number"><a href="([^"]+)">([^<]+)</a>', text)
        assert len(links) >= 4
        for address, shown in links:
            opened = client.get(unescape(address))
            assert opened.status_code == 200, address
            title = re.findall(r"<h1>(.*?)</h1>", opened.content.decode())[0]
            # orders that are not counted open to the sales they are behind
            assert title.endswith(f": {shown}") or (shown == "–" and "Total sales" in title), (address, title, shown)
        # none of them is left without a link, `other` and the total neither
        assert not re.findall(r'<td class="number">[^<]', text)


def test_what_a_cell_was_before_opens_to_the_entries_of_the_days_it_is_compared_with(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    quarter = {"from": "2026-01-01", "to": "2026-03-31"}
    number = 0
    for query in (
        {**BY_COUNTRY, "compare": "previous_year"},
        {**BY_COUNTRY, "by": "product"},
        {**BY_COUNTRY, "by": "time", "granularity": "weekly"},
        {**BY_COUNTRY, "by": "time", "granularity": "monthly", **quarter},
        {**BY_COUNTRY, "figures": "totalSales", "by": "product,country"},
    ):
        text = page(client, **{"compare": "previous_period", **query})
        links = re.findall(r'<small><a href="([^"]+)">([^<]+)</a>', text)
        # the days are over: each has one but the last week of March, which no day of February is compared with
        unopened = [found.strip() for found in re.findall("</a><small>([^<]+)", text)]
        assert links and unopened == (["£0.00", "0"] if query.get("granularity") == "weekly" else [])
        for address, shown in links:
            opened = client.get(unescape(address)).content.decode()
            title = re.findall(r"<h1>(.*?)</h1>", opened)[0]
            assert title.endswith(f": {shown}") or (shown == "–" and "Total sales" in title), (address, title)
            number += shown not in ("–", "0", "£0.00")
    assert number >= 5


def test_every_day_that_is_compared_with_opens_and_the_one_that_is_cut_off_up_to_the_minute(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    query = {**BY_COUNTRY, "by": "time", "granularity": "daily", "compare": "previous_period"}
    with time_machine.travel(local(tea, 2026, 3, 18, 14, 30), tick=False):
        rows = re.findall(r"<tr.*?>(.*?)</tr>", page(client, **query), re.S)
    opened = {number for number, row in enumerate(rows) if '<small><a href="' in row}
    cut = {number for number, row in enumerate(rows) if "until=2026-02-18T14:30%2B00:00" in row}
    # the heads, 17 days that are over, today, those to come, which are compared with none, and the total
    assert opened == {*range(1, 19), len(rows) - 1}
    assert cut == {18, len(rows) - 1}


def test_the_form_leads_to_one_address_that_says_all_and_keeps_what_it_shows(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    sent = {
        "store": "tea", "figures": ["netSales", "orders"], "by": "product", "granularity": "", "period": "last30",
        "from": "2026-01-01", "to": "2026-01-31", "compare": "", "basis": "booked", "filter": "", "ordering": "",
    }  # fmt: skip
    answer = client.get(PATH, sent)
    assert answer.status_code == 302
    address = answer["Location"]
    assert address == f"{PATH}?store=tea&figures=netSales,orders&by=product&period=last30&basis=booked"
    text = client.get(address).content.decode()
    assert 'value="netSales" checked' in text
    assert '<option value="booked" selected>Transaction date' in text
    assert 'href="?store=tea&amp;figures=netSales,orders&amp;by=product&amp;period=last30&amp;basis=booked"' in text
    assert client.get("/api/v1/analytics/query?" + address.partition("?")[2]).status_code == 200


def test_a_bare_address_shows_the_last_days_beside_those_before(tea: Store) -> None:
    text = page(client_of(User.Role.STAFF, tea))
    assert "Total sales, Orders, Average order value by day" in text
    assert len(table(text)) == 32
    assert table(text)[-2][0] == "Thu, Apr 2, 2026 so far"
    assert '<svg viewBox="0 0 1000 200"' in text
    assert text.count("<rect") == 30


def test_heads_sort_by_link_and_say_how_it_is_sorted(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    text = page(client, **BY_COUNTRY)
    assert 'aria-sort="descending"><a href="?store=tea&amp;figures=totalSales,orders&amp;by=country' in text
    smallest_first = page(client, ordering="totalSales", **BY_COUNTRY)
    assert [row[0] for row in table(smallest_first)[1:3]] == ["France", "Germany"]
    assert 'aria-sort="ascending"' in smallest_first


def test_all_rows_can_be_paged_through(tea: Store) -> None:
    for number in range(60):
        an_order(tea, f"{number + 1}.00", paid=True, at=local(tea, 2026, 3, 5, 10))
    client = client_of(User.Role.STAFF, tea)
    query = {"store": "tea", "figures": "netSales", "by": "product", **MARCH}
    first, second = page(client, **query), page(client, page=2, **query)
    assert (len(table(first)), len(table(second))) == (50 + 3, 12 + 3)
    assert "Page 1 of 2" in first
    assert 'rel="next"' in first
    assert "There is no such page." in page(client, 400, page=3, **query)
    daily = page(client, store="tea", figures="netSales", by="time", **{**MARCH, "from": "2026-01-01", "page": "2"})
    assert table(daily)[1][0] == "Fri, Feb 20, 2026"
    assert len(table(daily)) == 40 + 2


def test_what_is_wrong_is_said_at_its_picker_and_a_foreign_store_is_not_there(tea: Store) -> None:
    a_store(slug="foreign")
    client = client_of(User.Role.STAFF, tea)
    text = page(client, 400, store="tea", figures="newCustomers", by="product")
    assert "newCustomers is not known by product. It is known by time alone." in text
    assert page(client, 404, store="foreign", figures="orders").count("There is no such store.") == 2
    assert "Enter some of" in page(client, 400, store="tea", by="time")
    assert "Unknown parameter" in page(client, 400, store="tea", figures="orders", colour="red")
    assert Client().get(PATH).status_code == 302
    assert client_of(User.Role.USER).get(PATH).status_code == 404


def test_files_hold_what_the_page_shows_and_nothing_in_them_is_a_formula(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    query = {**BY_COUNTRY, "by": "product", "figures": "netSales,unitsSold", "compare": "previous_period"}
    answer = client.get(f"{PATH}file.csv", query)
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert [[*row[:2], *row[3:]] for row in rows] == [
        ["row", "currency", "label", "netSales", "unitsSold", "previousNetSales", "previousUnitsSold"],
        ["value", "GBP", "Green <tea>", "47.05", "5", "10.00", "1"],
        ["value", "GBP", "'=Cup", "10.83", "3", "4.00", "1"],
        ["other", "GBP", "", "0.00", "0", "", ""],
        ["total", "GBP", "", "57.88", "8", "14.00", "2"],
    ]
    shown = table(page(client, **query))
    assert [row[1].split()[0] for row in shown[1:]] == [f"£{row[4]}" for row in rows[1:]]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{PATH}file.xlsx", query).content))
    cells = [list(row) for row in book["Data"].iter_rows(values_only=True)]
    assert [list(row[3:5]) for row in cells[1:3]] == [["Green <tea>", 47.05], ["=Cup", 10.83]]
    assert len(cells) == len(rows)
    assert client.get(f"{PATH}file.csv", {**query, "store": "nowhere"}).status_code == 404
    assert client.get(f"{PATH}file.csv", {**query, "by": "colour"}).status_code == 400


def test_two_dimensions_have_a_row_for_each_pair_that_opens_and_files_and_exports_have_both(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    sent = {"store": "tea", "figures": "netSales,unitsSold", "by": "product", "thenBy": "country", **MARCH}
    led = client.get(PATH, sent)
    assert led.status_code == 302
    query = {name: value for name, value in sent.items() if name != "thenBy"} | {"by": "product,country"}
    address = led["Location"]
    assert "by=product,country" in address
    text = client.get(address).content.decode()
    assert '<option value="product" selected>' in text
    assert '<option value="country" selected>' in text
    shown = table(text)
    assert [row[:2] for row in shown[1:6]] == [
        ["Green <tea>", "Germany"],
        ["Green <tea>", "France"],
        ["=Cup", "Germany"],
        ["=Cup", "France"],
        ["Other", "£14.00"],
    ]
    link = re.findall(r'href="([^"]*andFilter[^"]*)"', text)
    opened = client.get(unescape(link[0])).content.decode()
    assert shown[1][2] in opened
    rows = list(csv.reader(io.StringIO(client.get(f"{PATH}file.csv", query).content.decode())))
    assert rows[0] == ["row", "currency", "key", "label", "secondKey", "secondLabel", "netSales", "unitsSold"]
    assert [f"£{row[6]}" for row in rows[1:]] == [row[-2] for row in shown[1:]]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{PATH}file.xlsx", query).content))
    assert [row[4] for row in book["Data"].iter_rows(values_only=True)][:3] == ["secondKey", "DE", "FR"]
    for label in ("Export all rows", "Schedule"):
        (address,) = re.findall(rf'<a href="([^"]+)">{label}</a>', text)
        form = client.get(unescape(address)).content.decode()
        assert '<option value="product" selected>' in form
        assert '<option value="country" selected>' in form
    assert "cannot be combined" in page(client, 400, **{**query, "by": "product,variant"})


def test_stores_of_two_currencies_have_a_table_each(tea: Store) -> None:
    koffie = a_store(slug="koffie", currency="EUR")
    an_order(koffie, "7.00", paid=True, at=local(koffie, 2026, 3, 5, 10))
    text = page(client_of(User.Role.STAFF, tea, koffie), figures="totalSales", by="country", **MARCH)
    assert re.findall(r'<h2 id="table-\d">(\w+)', text) == ["EUR", "GBP"]
    assert "€7.00" in text
    assert "amounts of different currencies are never added" in text


def test_a_query_is_taken_along_to_its_export_and_its_schedule(tea: Store) -> None:
    client = client_of(User.Role.STAFF, tea)
    text = page(client, store="tea", figures="netSales,orders", by="country", period="last7", basis="booked")
    for label in ("Export all rows", "Schedule"):
        (address,) = re.findall(rf'<a href="([^"]+)">{label}</a>', text)
        form = client.get(unescape(address))
        shown = form.content.decode()
        assert form.status_code == 200, address
        assert '<option value="country" selected>Country</option>' in shown
        assert '<option value="booked" selected>' in shown
        assert re.findall(r'name="column" value="(\w+)" checked', shown)[-2:] == ["netSales", "orders"]
    assert '<option value="last_7_days" selected>' in shown
