"""Each value of a ready report opens to what it counts, of the days before too, and says the same there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal as D
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Store, User
from dashboard.metrics.folding import fold_all
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import Order, Product, Refund
from reports.ready import OPENED, READERS
from tests.builders import a_product, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<td class="number"><a href="([^"]+)">([^<]*)</a></td>')
TOTALS = re.compile(r"</h1>.*?<h2[^>]*>(?:Orders|Refunds) <small>(.*?), total (.*?)</small></h2>", re.S)
MARCH = "store=tea&from=2026-03-01&to=2026-03-31&compare=previous_period"
RUNNING = "store=tea&period=monthly&compare=previous_period"


NOW = datetime(2026, 3, 31, 20, tzinfo=UTC)
"""The 1st of April, 9:00 in Auckland."""


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tea(built: Store) -> Store:
    return deepcopy(built)


@pytest.fixture(scope="module")
@time_machine.travel(NOW, tick=False)
def built(module_rows: None) -> Store:
    """A store that sold two products in February, March and today, took some back, and waits for money."""
    store = a_store(slug="tea", name="Tea", timezone="Pacific/Auckland", currency="NZD")
    green, cup = a_product(store, "10.00", name="Green", stock=400), a_product(store, "4.00", name="Cup", stock=400)
    days = ((2, 1), (2, 27), (3, 1), (3, 2), (3, 31), (4, 1))
    for number, (month, day) in enumerate(days):
        for hour, reason in ((8, "Damaged "), (23, "")):
            at = local(store, 2026, month, day, hour)
            if at > datetime.now(UTC):
                continue
            items = [ItemRequest(green.pk, number + 1), ItemRequest(cup.pk, 2)]
            order = place_order(store=store, items=items, at=at, actor=None)
            mark_paid(order=order, at=at, actor=None)
            item = order.items.get(product=green)
            refund_order(order=order, lines={item.pk: 1}, reason=reason, at=at, actor=None)
        order = an_order(store, f"{number + 3}.00", payment_method="INVOICE", at=local(store, 2026, month, day, 1))
        mark_paid(order=order, amount=D("1.00"), at=order.placed_at, actor=None)
    Order.objects.filter(store=store, completed_at=None, order_day__lt=date(2026, 3, 2)).update(due_on=date(2026, 3, 3))
    other = a_store(slug="other", currency="NZD")
    refund_order(order=an_order(other, "10.00", paid=True), reason="Damaged", actor=None)
    return store


def staff(store: Store) -> Client:
    client = Client()
    client.force_login(a_user(User.Role.STAFF, store))
    return client


def opened(client: Client, address: str) -> tuple[set[str], str]:
    """Return the numbers that a page behind a value names as its sum, and its text."""
    answer = client.get(unescape(address))
    assert answer.status_code == 200, (address, answer.content)
    text = unescape(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    if "/explain/" in address:
        return {re.findall(r"<h1>.*: (.*?)</h1>", text)[0]}, text
    return set(TOTALS.findall(text)[0]), text


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize("query", [MARCH, RUNNING], ids=["whole", "running"])
@pytest.mark.parametrize("name", READERS)
def test_each_value_opens_to_what_adds_up_to_it(tea: Store, name: str, query: str, is_folded: bool) -> None:
    if is_folded:
        fold_all()
    client = staff(tea)
    links = LINK.findall(client.get(f"/analytics/reports/{name}/?{query}").content.decode())
    assert len(links) >= 2
    for address, text in links:
        shown = unescape(text).replace("\N{NO-BREAK SPACE}", " ")
        sums, page = opened(client, address)
        if not shown.endswith("%"):
            assert shown in sums, (address, shown)
        if "/row/" in address:
            amounts = re.findall(r'<td class="number">NZ\$([\d.,]+)</td>', page)
            assert f"NZ${sum(map(D, amounts), D(0))}" in sums
            assert str(len(amounts)) in sums
    assert any("until" in address for address, _ in links) == (query == RUNNING and name != "unpaid-orders")


def test_rows_say_in_words_what_they_are_and_lead_back(tea: Store) -> None:
    client = staff(tea)
    green, cup = Product.objects.filter(store=tea).order_by("pk")[:2]
    refund = Refund.objects.filter(store=tea, reason__startswith="Damaged").first()
    assert refund is not None
    titles = {
        "order-values": {"row=0-200": "NZ$0.00 to under NZ$200.00", "row=5-": "NZ$5.00 and more", "": "All"},
        "unpaid-orders": {"row=0": "Less than 2 days", "row=5&part=overdue": "More than 90 days", "": "All"},
        "refund-reasons": {f"row={refund.pk}": "Damaged", "": "All"},
        "bought-together": dict.fromkeys((f"row={green.pk}-{cup.pk}", f"row=0{green.pk}-{cup.pk}"), "Green + Cup"),
    }
    assert set(titles) == set(OPENED)
    for name, rows in titles.items():
        for row, title in rows.items():
            text = client.get(f"/analytics/reports/{name}/row/?store=tea&{row}").content.decode()
            assert f"<h1>{title}</h1>" in unescape(text).replace("\N{NO-BREAK SPACE}", " ")
            assert f'href="/analytics/reports/{name}/?store=tea' in text
            assert 'aria-current="page">Reports</a>' in text


def test_what_is_not_there_is_refused(tea: Store) -> None:
    client = staff(tea)
    foreign = Refund.objects.exclude(store=tea).get()
    for name, row in (
        ("order-values", "1"), ("order-values", "-5"), ("unpaid-orders", "6"), ("unpaid-orders", "x"),
        ("refund-reasons", str(foreign.pk)), ("refund-reasons", "Damaged"), ("bought-together", "1-999"),
        ("bought-together", ""),
    ):  # fmt: skip
        answer = client.get(f"/analytics/reports/{name}/row/", {"store": "tea", **({"row": row} if row else {})})
        assert (answer.status_code, "There is no such row" in answer.content.decode()) == (400, True), (name, row)
    for query, wrong in (
        ("part=overdue", "only unpaid orders have a due date"),
        ("until=2026-01-01T10:00Z", "last day"),
        ("page=2", "There is no such page"),
        ("row=%s" % ("1" * 51), "50"),
    ):
        answer = client.get(f"/analytics/reports/order-values/row/?store=tea&{query}")
        assert (answer.status_code, wrong in answer.content.decode()) == (400, True), query
    assert client.get("/analytics/reports/order-values/row/?store=other").status_code == 404
    assert client.get("/analytics/reports/inventory/row/?store=tea").status_code == 404


def test_a_page_of_many_orders_takes_as_many_statements_as_one_of_few(tea: Store) -> None:
    client, counts = staff(tea), []
    client.get(f"/analytics/reports/order-values/row/?{MARCH}")
    for number in (1, 60):
        for _ in range(number):
            an_order(tea, "5.00", paid=True, at=local(tea, 2026, 3, 5, 9))
        with CaptureQueriesContext(connection) as queries:
            text = client.get(f"/analytics/reports/order-values/row/?{MARCH}&row=0-20").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 2" in text
