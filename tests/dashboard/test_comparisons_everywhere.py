"""What the snapshot and the lists of shares were before: held against a plain addition of the orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Store, User
from dashboard.metrics import folding
from orders.actions import ItemRequest
from orders.models import Category, Product
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_product, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

LONDON_NOW = (2026, 3, 18, 14, 30, 59)
MOMENTS = [
    # around 10 days until March 18th, 14:30 in London, the 10 before, and the same 10 of the year before
    (2025, 3, 8, 23, 59), (2025, 3, 9, 0, 0), (2025, 3, 18, 14, 29), (2025, 3, 18, 14, 30),
    (2026, 2, 26, 23, 59), (2026, 2, 27, 0, 0), (2026, 3, 8, 13, 29), (2026, 3, 8, 13, 30),
    (2026, 3, 8, 14, 29), (2026, 3, 8, 14, 30), (2026, 3, 8, 23, 59),
    (2026, 3, 9, 0, 0), (2026, 3, 18, 14, 29),
]  # fmt: skip
DAYS = {"from": "2026-03-09"}
BEFORE = {
    "previous_period": ((2026, 2, 27), (2026, 3, 8, 14, 30)),
    "same_weekdays": ((2026, 2, 23), (2026, 3, 4, 14, 30)),
    "previous_year": ((2025, 3, 9), (2025, 3, 18, 14, 30)),
}
Sold = list[tuple[Store, datetime, D, Product, str]]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(*LONDON_NOW, tzinfo=UTC), tick=False):
        yield


def sell(store: Store) -> Sold:
    """Sell two products of two categories to two countries at MOMENTS, each with a customer who registers."""
    tea = Category.objects.create(store=store, name="Tea", slug="tea")
    black = Category.objects.create(store=store, name="Black", slug="black", parent=tea)
    products = [a_product(store, "1.00"), a_product(store, "3.00")]
    for product, category in zip(products, (tea, black), strict=True):
        Product.objects.filter(pk=product.pk).update(category=category)
    sold = []
    for number, when in enumerate(MOMENTS):
        at, product, country = local(store, *when), products[number % 2], ("GB", "NZ", "")[number % 3]
        address = {"shipping_address": {"country": country}} if country else {}
        an_order(store, items=[ItemRequest(product.pk, number + 1)], paid=True, at=at, **address)
        a_customer(store, at=at)
        sold.append((store, at, product.price * (number + 1), product, country))
    return sold


def within(sold: Sold, compare: str) -> Sold:
    first, (*day, hour, minute) = BEFORE[compare]
    hours = {"Europe/London": hour, "Atlantic/Azores": hour - 1}
    return [
        line
        for line in sold
        if local(line[0], *first) <= line[1] < local(line[0], *day, hours[line[0].timezone], minute)
    ]


def total(sold: Sold) -> D:
    return sum((line[2] for line in sold), D("0.00"))


def read(name: str, user: User, **query: str) -> Any:
    response = logged_in(user).get(f"/api/v1/dashboard/{name}", query)
    assert response.status_code == 200, response.content
    return json.loads(response.content, parse_float=D)["data"]


@pytest.fixture(scope="module")
@time_machine.travel(datetime(*LONDON_NOW, tzinfo=UTC), tick=False)
def built(module_rows: None) -> tuple[list[Store], Sold]:
    """Two stores of a currency, of which one is an hour behind, and one of another."""
    stores = [
        a_store(slug="ale"),
        a_store(slug="bun", timezone="Atlantic/Azores"),
        a_store(slug="cha", currency="EUR"),
    ]
    return stores, [line for store in stores for line in sell(store)]


@pytest.fixture(params=["unfolded", "folded"])
def stores(request: pytest.FixtureRequest, built: tuple[list[Store], Sold]) -> tuple[list[Store], Sold]:
    if request.param == "folded":
        folding.fold_all()
    return deepcopy(built)


def test_a_store_s_snapshot_says_what_every_figure_was_and_how_it_changed(stores: tuple[list[Store], Sold]) -> None:
    for compare in BEFORE:
        (store, *_), sold = stores
        mine = [line for line in sold if line[0] == store]
        expected, now = within(mine, compare), [line for line in mine if line[1] >= local(store, 2026, 3, 9)]

        found = read("metrics", a_user(User.Role.STAFF, store), compare=compare, **DAYS)["comparison"]

        (first, until), figures = BEFORE[compare], found["figures"]
        assert [found[name] for name in ("compare", "startDate", "endDate", "until")] == [
            compare,
            date(*first).isoformat(),
            date(*until[:3]).isoformat(),
            datetime(*until, tzinfo=store.zone).isoformat(),
        ]
        assert (figures["totalSales"], figures["totalOrders"], figures["completedOrders"]) == (
            total(expected),
            len(expected),
            len(expected),
        )
        assert figures["totalCustomers"] == sum(line[1] < local(store, *until) for line in mine)
        assert not {"creditsOutstanding", "activeSubscriptions", "monthlyRecurringRevenue"} & {*figures}
        then = total(expected)
        assert found["change"]["totalSales"] == (round((total(now) - then) * 100 / then, 2) if then else None)
        assert found["currencies"][0]["figures"]["totalSales"] == then


def test_all_stores_are_compared_by_currency_each_by_its_own_clock(stores: tuple[list[Store], Sold]) -> None:
    for compare in BEFORE:
        _, sold = stores
        found = read("metrics", a_user(User.Role.ADMIN), compare=compare, **DAYS)["comparison"]
        lines = {line["currency"]: line for line in found["currencies"]}
        assert set(lines) == {"EUR", "GBP"}
        for currency, line in lines.items():
            expected = within([one for one in sold if one[0].currency == currency], compare)
            assert line["figures"]["totalSales"] == total(expected)
            assert line["figures"]["completedOrders"] == len(expected)
        expected = within(sold, compare)
        assert (found["figures"]["totalOrders"], found["figures"]["totalSales"], found["until"]) == (
            len(expected),
            None,
            None,
        )
        assert (found["change"]["totalSales"], "averageOrderValue" in found["change"]) == (None, True)


def test_products_countries_and_categories_say_what_each_was(stores: tuple[list[Store], Sold]) -> None:
    for compare in BEFORE:
        (store, *_), sold = stores
        expected, user = within([line for line in sold if line[0] == store], compare), a_user(User.Role.STAFF, store)

        products = read("top-products", user, compare=compare, orderBy="units", **DAYS)
        assert len(products["products"]) == 2
        for line in products["products"]:
            of_one = [one for one in expected if one[3].pk == line["productId"]]
            units = sum(int(amount / product.price) for _, _, amount, product, _ in of_one)
            assert line["previous"] == {"totalSales": total(of_one), "totalOrders": len(of_one), "unitsSold": units}
            then = total(of_one)
            assert line["change"] == (round((line["totalSales"] - then) * 100 / then, 2) if then else None)

        countries = read("sales-by-country", user, compare=compare, **DAYS)
        for line in countries["countries"]:
            of_one = [one for one in expected if one[4] == (line["country"] or "")]
            assert line["previous"] == {"totalSales": total(of_one), "totalOrders": len(of_one)}

        categories = read("sales-by-category", user, compare=compare, **DAYS)
        by_name = {line["name"]: line["previous"] for line in categories["categories"]}
        black = total([one for one in expected if one[3].price == 3])
        assert by_name["Black"]["totalSales"] == by_name["Black"]["ownSales"] == black
        assert by_name["Tea"]["totalSales"] == total(expected)
        assert by_name["Tea"]["ownSales"] == total(expected) - black
        for answer in (products, countries, categories):
            assert answer["comparison"]["until"] == datetime(*BEFORE[compare][1], tzinfo=store.zone).isoformat()


def test_lists_of_all_stores_are_compared_too(stores: tuple[list[Store], Sold]) -> None:
    _, sold = stores
    expected, admin = within(sold, "previous_period"), a_user(User.Role.ADMIN)
    for of_one in read("top-products", admin, compare="previous_period", **DAYS)["currencies"]:
        for line in of_one["products"]:
            assert line["previous"]["totalSales"] == total([one for one in expected if one[3].pk == line["productId"]])
    for of_one in read("sales-by-country", admin, compare="previous_period", **DAYS)["currencies"]:
        mine = [one for one in expected if one[0].currency == of_one["currency"]]
        for line in of_one["countries"]:
            assert line["previous"]["totalSales"] == total([one for one in mine if one[4] == (line["country"] or "")])


@pytest.mark.parametrize("name", ["metrics", "top-products", "sales-by-country", "sales-by-category"])
def test_nothing_is_compared_where_it_is_not_asked_and_nonsense_is_refused(name: str) -> None:
    store = a_store()
    user = a_user(User.Role.STAFF, store)
    assert read(name, user)["comparison"] is None
    refused = logged_in(user).get(f"/api/v1/dashboard/{name}", {"compare": "luck"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["compare"])


@pytest.mark.parametrize(
    "path",
    [
        "/company/",
        "/api/v1/analytics/query?figures=totalSales,orders&by=country&compare=previous_period",
        "/api/v1/analytics/query?figures=netSales&by=product&period=monthly&compare=previous_year",
        "/api/v1/dashboard/explain/stores?metric=totalSales&period=monthly&compare=previous_period&currency=GBP&limit=1",
    ],
)
def test_what_is_compared_takes_as_many_statements_for_twenty_stores_as_for_two(path: str) -> None:
    zones = ("Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu")
    admin = logged_in(a_user(User.Role.SUPER_ADMIN))
    counts = []
    for stores in (2, 18):
        for number in range(stores):
            store = a_store(timezone=zones[number % 4])
            an_order(store, "1.00", paid=True, at=local(store, 2026, 2, 18, 9))
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(path).status_code == 200
        counts.append(len(captured))
    # the first request of a session takes two more of its own
    assert counts[1] <= counts[0]
