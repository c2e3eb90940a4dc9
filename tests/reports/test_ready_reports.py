"""Ready reports: each query of the gallery can be answered, and each page says what a recount says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import Store, User
from dashboard.metrics.folding import fold_all
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import Category, Coupon, Order, Product
from reports.explore.ready import GROUPS, Ready
from reports.ready import READERS
from tests.builders import a_product, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

EXPLORE = "/analytics/explore/"
MARCH = {"store": "tea", "from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 31, 20, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def tea() -> Store:
    return a_store(slug="tea", name="Tea", timezone="Pacific/Auckland", currency="NZD")


def client_of(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores))
    return client


def path(name: str) -> str:
    return f"/analytics/reports/{name}/"


def table(client: Client, name: str, **query: Any) -> list[list[str]]:
    """Return the cells of a report's table as they are read."""
    answer = client.get(path(name), {**MARCH, **query})
    assert answer.status_code == 200, answer.content
    (found,) = re.findall(r'<div class="explore-table".*?<table>(.*?)</table>', answer.content.decode(), re.S)
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).replace("\N{NO-BREAK SPACE}", " ")
            for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", found, re.S)
    ]


def test_the_gallery_leads_to_answers(tea: Store) -> None:
    an_order(tea, paid=True, at=local(tea, 2026, 3, 2, 9))
    client = client_of(User.Role.STAFF, tea)
    text = client.get("/analytics/").content.decode()
    reports = [report for group in GROUPS for report in group.reports]
    assert {report.page for report in reports if report.page} == set(READERS)
    for report in reports:
        assert f">{report.title}</a>" in text
        address = path(report.page) if report.page else f"/analytics/explore/?{report.query}"
        answer = client.get(address)
        assert answer.status_code == 200, (report.title, answer.content)
        assert "<h1>" in answer.content.decode()
    assert client.get("/analytics/reports/nothing/").status_code == 404
    assert client_of(User.Role.USER).get("/analytics/").status_code == 404


def numbers(cells: list[str]) -> list[D]:
    """Return the numbers that cells of a page begin with, without those of days and ranges."""
    found = [re.fullmatch(r"([−-]?)(?:NZ\$)?([\d,]+(?:\.\d+)?)%?( [+−–±].*)?", cell) for cell in cells]
    return [D(one[1].replace("−", "-") + one[2].replace(",", "")) for one in found if one]


@pytest.mark.parametrize("report", [report for group in GROUPS for report in group.reports], ids=lambda one: one.title)
def test_every_report_has_a_chart_a_table_and_files_that_equal_the_page_and_says_where_nothing_is(
    tea: Store, report: Ready
) -> None:
    client = client_of(User.Role.STAFF, tea)
    page, query = (
        (path(report.page), "store=tea&from=2026-03-01&to=2026-04-01")
        if report.page
        else (EXPLORE, f"{report.query}&store=tea")
    )
    empty = client.get(f"{page}?{query}").content.decode()
    assert "Nothing happened" in empty or "There is nothing to show" in empty
    category = Category.objects.create(store=tea, name="Drinks", slug="drinks")
    for name in ("Green", "Cup"):
        a_product(tea, "10.00", name=name, stock=40, category=category)
    Coupon.objects.create(store=tea, code="TEN", value=D(10))
    trade(tea, 3, 4)
    for day, paid in ((20, True), (21, False)):
        at = local(tea, 2026, 3, day, 9)
        order = an_order(tea, "10.00", "4.00", at=at, shipping_address={"country": "NZ"}, payment_method="INVOICE")
        if paid:
            mark_paid(order=order, at=at, actor=None)
    text = client.get(f"{page}?{query}").content.decode()
    assert "<svg" in text or 'class="heat' in text or '<ol class="bars"' in text
    (found,) = re.findall(r'<div class="explore-table".*?<table>(.*?)</table>', text, re.S)
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", found, re.S)[1:]
    shown = [[plain(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", line, re.S)] for line in lines]
    rows = rows_of(client.get(f"{page}file.csv?{query}"))[1:]
    assert len(rows) == len(shown) > 0
    assert client.get(f"{page}file.xlsx?{query}").status_code == 200
    for cells, row in zip(shown, rows, strict=True):
        kept = [D(value) for value in row if re.fullmatch(r"-?\d+(\.\d+)?", value)]
        # each number of the page is one of the file; files have more: keys, what was before
        for value in numbers(cells[1:]):
            decimals = -int(value.as_tuple().exponent)
            assert any(one.quantize(D(1).scaleb(-decimals), ROUND_HALF_UP) == value for one in kept), (cells, row)


def plain(cell: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())


def test_unpaid_orders_are_counted_by_their_age_in_the_store_s_days(tea: Store) -> None:
    # it is the 1st of April in Auckland
    for month, day, paid in ((3, 31, "0"), (3, 30, "2.00"), (3, 20, "0"), (1, 1, "0")):
        order = an_order(tea, "10.00", payment_method="INVOICE", at=local(tea, 2026, month, day, 12))
        if D(paid):
            mark_paid(order=order, amount=D(paid), at=local(tea, 2026, 3, 31, 1), actor=None)
    an_order(tea, "99.00", paid=True, at=local(tea, 2026, 3, 30, 12))
    an_order(a_store(), "99.00")
    Order.objects.filter(store=tea, total_amount=10, order_day=date(2026, 1, 1)).update(due_on=date(2026, 2, 1))
    assert table(client_of(User.Role.STAFF, tea), "unpaid-orders") == [
        ["Age", "Orders", "Outstanding", "Past due date", "Oldest"],
        ["Less than 2 days", "1", "NZ$10.00", "0", "2026-03-31"],
        ["2 to 7 days", "1", "NZ$8.00", "0", "2026-03-30"],
        ["8 to 30 days", "1", "NZ$10.00", "0", "2026-03-20"],
        ["31 to 60 days", "0", "NZ$0.00", "0", ""],
        ["61 to 90 days", "1", "NZ$10.00", "1", "2026-01-01"],
        ["More than 90 days", "0", "NZ$0.00", "0", ""],
        ["All", "4", "NZ$38.00", "1", "2026-01-01"],
    ]


def test_refunds_are_added_up_by_reason_on_the_day_they_took_effect(tea: Store) -> None:
    for reason, amount, day in (("Damaged", "3.00", 5), ("Damaged ", "2.00", 6), ("", "5.00", 7), ("Late", "1.00", 1)):
        order = an_order(tea, "10.00", paid=True, at=local(tea, 2026, 2, 20, 9))
        month = 4 if reason == "Late" else 3
        refund_order(order=order, amount=D(amount), reason=reason, at=local(tea, 2026, month, day, 0, 30), actor=None)
    client = client_of(User.Role.STAFF, tea)
    assert table(client, "refund-reasons") == [
        ["Reason", "Refunds", "Amount", "Share"],
        ["Damaged", "2", "NZ$5.00", "50.0%"],
        ["No reason given", "1", "NZ$5.00", "50.0%"],
        ["All", "3", "NZ$10.00", "100.0%"],
    ]
    # reasons are text about customers: files mask it, as exports do
    assert rows_of(client.get(f"{path('refund-reasons')}file.csv", MARCH))[1] == ["***", "2", "5.00", "50.00"]
    super_admin = client_of(User.Role.SUPER_ADMIN)
    assert rows_of(super_admin.get(f"{path('refund-reasons')}file.csv", MARCH))[1][0] == "Damaged"


def rows_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_orders_are_spread_over_ranges_of_their_totals(tea: Store) -> None:
    for price in ("5.00", "9.99", "10.00", "25.00", "95.00", "2000.00"):
        an_order(tea, price, paid=True, at=local(tea, 2026, 3, 1, 0, 5))
    an_order(tea, "5.00", at=local(tea, 2026, 3, 1, 0, 5))
    an_order(tea, "5.00", paid=True, at=local(tea, 2026, 2, 28, 23, 55))
    found = table(client_of(User.Role.STAFF, tea), "order-values")
    assert found[1][:2] == ["NZ$0.00 to under NZ$200.00", "5"]
    assert found[-2] == ["NZ$2,000.00 to under NZ$2,200.00", "1", "16.7%", "NZ$2,000.00"]
    assert found[-1] == ["All", "6", "100.0%", "NZ$2,144.99"]


def test_returns_stock_and_pairs_are_those_of_the_orders(tea: Store) -> None:
    green, cup, dead = (
        a_product(tea, "10.00", name="Green", stock=40),
        a_product(tea, "4.00", name="Cup", stock=12),
        a_product(tea, "3.00", name="Dead", stock=7),
    )
    for day, quantity in ((2, 4), (3, 2), (9, 4)):
        at = local(tea, 2026, 3, day, 13)
        items = [ItemRequest(green.pk, quantity), *([ItemRequest(cup.pk, 2)] if day < 9 else [])]
        order = place_order(store=tea, items=items, at=at, actor=None)
        mark_paid(order=order, at=at, actor=None)
        if day == 9:
            refund_order(order=order, at=local(tea, 2026, 3, 20, 9), actor=None)
    client = client_of(User.Role.STAFF, tea)
    assert table(client, "return-rate")[1:] == [
        ["Green", green.sku, "10", "4", "40.0%", "NZ$60.00"],
        ["Cup", cup.sku, "4", "0", "0.0%", "NZ$16.00"],
        ["All", "", "14", "4", "28.6%", "NZ$76.00"],
    ]
    assert table(client, "inventory") == [
        ["Product", "SKU", "Stock", "Sold", "Days of cover", "Sell-through", "Value at price", "State"],
        ["Cup", cup.sku, "8", "4", "62", "33.3%", "NZ$32.00", "Low stock"],
        ["Green", green.sku, "30", "10", "93", "25.0%", "NZ$300.00", ""],
        ["Dead", dead.sku, "7", "0", "–", "0.0%", "NZ$21.00", "Dead stock"],
        ["All", "", "45", "14", "–", "23.7%", "–", "1 dead"],
    ]
    assert table(client, "bought-together")[1:] == [["Green", "Cup", "2", "66.7%", "100.0%"]]
    assert rows_of(client.get(f"{path('bought-together')}file.csv", MARCH))[1] == [
        "Green",
        "Cup",
        "2",
        "66.67",
        "100.00",
    ]


def test_what_is_wrong_is_said_and_a_foreign_store_is_not_there(tea: Store) -> None:
    a_store(slug="foreign")
    client = client_of(User.Role.STAFF, tea)
    for name in READERS:
        assert client.get(path(name), {"store": "foreign"}).status_code == 404
        assert client.get(f"{path(name)}file.csv", {"store": "foreign"}).status_code == 404
        wrong = client.get(path(name), {"from": "2026-03-02", "to": "2026-03-01"})
        assert (wrong.status_code, "Enter a day that is not before from." in wrong.content.decode()) == (400, True)
        assert "There is nothing to show" in client.get(path(name)).content.decode()


def trade(store: Store, month: int, quantity: int, reason: str = "Damaged") -> None:
    """Sell two products on the first of a month at 8 and at 10 o'clock; some of it comes back an hour later."""
    products = {product.name: product for product in Product.objects.filter(store=store)}
    for hour, pieces in ((8, quantity), (10, 1)):
        at = local(store, 2026, month, 1, hour)
        items = [ItemRequest(products["Green"].pk, pieces), ItemRequest(products["Cup"].pk, 1)]
        order = place_order(store=store, items=items, at=at, actor=None)
        mark_paid(order=order, at=at, actor=None)
        item = order.items.get(product=products["Green"])
        refund_order(order=order, lines={item.pk: 1}, reason=reason, at=at, actor=None)


@pytest.mark.parametrize("is_folded", [False, True])
def test_each_report_of_a_period_is_compared_a_running_one_with_the_same_part(tea: Store, is_folded: bool) -> None:
    a_product(tea, "10.00", name="Green", stock=40)
    a_product(tea, "4.00", name="Cup", stock=40)
    trade(tea, 2, 1)
    trade(tea, 3, 4)
    client = client_of(User.Role.STAFF, tea)
    order = place_order(
        store=tea,
        items=[ItemRequest(Product.objects.get(store=tea, name="Green").pk, 2)],
        at=local(tea, 2026, 4, 1, 7),
        actor=None,
    )
    mark_paid(order=order, at=local(tea, 2026, 4, 1, 7), actor=None)
    if is_folded:
        fold_all()
    march = {"compare": "previous_period"}
    # whole months: February had two orders of 14.00, March one of 44.00 and one of 14.00
    assert [row[-2:] for row in table(client, "return-rate", **march)] == [
        ["Return rate before", "Change"],
        ["100.0%", "−60.0%"],
        ["0.0%", "–"],
        ["50.0%", "−42.9%"],
    ]
    assert [row[-2:] for row in table(client, "refund-reasons", **march)] == [
        ["Amount before", "Change"],
        ["NZ$20.00", "±0"],
        ["NZ$20.00", "±0"],
    ]
    assert [row[-2:] for row in table(client, "inventory", **march)] == [
        ["Sold before", "Change"],
        ["2", "+150.0%"],
        ["2", "±0"],
        ["4", "+75.0%"],
    ]
    assert [row[-2:] for row in table(client, "bought-together", **march)] == [
        ["Orders before", "Change"],
        ["2", "±0"],
    ]
    assert table(client, "order-values", **march)[-1][-2:] == ["2", "±0"]
    # it is the 1st of April, 9:00 in Auckland: of March the order of 8 o'clock is compared with
    running = {"from": "", "to": "", "period": "monthly", **march}
    assert table(client, "return-rate", **running)[1] == [
        "Green",
        Product.objects.get(name="Green").sku,
        "2",
        "0",
        "0.0%",
        "NZ$20.00",
        "25.0%",
        "−100.0%",
    ]
    assert [row[-2:] for row in table(client, "order-values", **running)][-1] == ["1", "±0"]
    inventory = table(client, "inventory", **running)
    assert {row[0]: row[-2] for row in inventory[1:]} == {"Green": "4", "Cup": "1", "All": "5"}
    file = rows_of(client.get(f"{path('inventory')}file.csv", {**MARCH, **running}))
    assert (file[0][-1], [row[-1] for row in file[1:]]) == ("previousUnitsSold", [row[-2] for row in inventory[1:]])


def test_an_unknown_comparison_of_a_report_is_refused_and_none_adds_no_columns(tea: Store) -> None:
    an_order(tea, "5.00", paid=True, at=local(tea, 2026, 3, 1, 8))
    client = client_of(User.Role.STAFF, tea)
    assert client.get(path("order-values"), {**MARCH, "compare": "luck"}).status_code == 400
    assert table(client, "order-values", compare="none") == table(client, "order-values")
