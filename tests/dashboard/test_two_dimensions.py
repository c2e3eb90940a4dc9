"""Figures by one dimension, narrowed to a value of another: from the orders, bounded, each cell proved."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any
from unittest import mock

import pytest
import simplejson
import time_machine
from django.test import Client

from customers.models import Customer, Store, User
from dashboard.figures import on_demand
from dashboard.metrics.folding import fold_all
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.actions.placing import OrderDetails
from orders.models import Category, Coupon, Product
from tests.builders import a_customer, a_product, a_store, a_user, local

FIGURES = "grossSales,discounts,returns,netSales,taxes,totalSales,unitsSold"
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
CUSTOM = {"period": "custom", "startDate": "2026-03-01", "endDate": "2026-03-31"}


ADMIN = Client()
"""Logged in by `built`."""


def ask(path: str = "analytics/query", **parameters: str) -> tuple[int, Any]:
    answer = ADMIN.get(f"/api/v1/{path}", {"store": "tea", **parameters})
    return answer.status_code, simplejson.loads(answer.content, use_decimal=True)


def data(path: str = "analytics/query", **parameters: str) -> Any:
    status, body = ask(path, **parameters)
    assert status == 200, body
    return body["data"]


def cells(**parameters: str) -> dict[str, list[D]]:
    found = data(**{"figures": FIGURES, **MARCH, **parameters})
    return {row["key"]: [*row["values"].values()] for row in found["rows"]}


@pytest.fixture
def tea(db: None, built: Store) -> Store:
    return copy(built)


@pytest.fixture(scope="module")
def built(module_rows: None) -> Store:
    """A store with orders of two products from two countries, paid whole or in parts, some refunded."""
    store = a_store(slug="tea", timezone="Pacific/Auckland")
    drinks = Category.objects.create(store=store, name="Drinks", slug="drinks")
    green, cup = a_product(store, "10.00", category=drinks), a_product(store, "4.00")
    Coupon.objects.create(store=store, code="TEN", value=D(10))
    ann = a_customer(store)
    for number, (country, coupon, channel) in enumerate(
        (("DE", "TEN", "web"), ("DE", "", "pos"), ("FR", "TEN", "web"), ("", "", ""), ("FR", "", "pos"))
    ):
        order = place_order(
            store=store,
            items=[ItemRequest(green.pk, number + 1), ItemRequest(cup.pk, 2)][: 1 + number % 2],
            coupon_code=coupon,
            customer=Customer.objects.get(pk=ann.pk) if number else None,
            shipping_address={"country": country},
            tax_amount=D("1.51"),
            shipping_fee=D("3.00"),
            details=OrderDetails(channel=channel),
            at=local(store, 2026, 3, 1 + number, 9 + number),
            actor=None,
        )
        at = local(store, 2026, 3, 11 + number, 13)
        mark_paid(order=order, amount=D("7.77") if number == 3 else None, at=at, actor=None)
        if number in (1, 3):
            refund_order(order=order, amount=D("2.22"), at=local(store, 2026, 3, 20, 9), actor=None)
    ADMIN.force_login(a_user(User.Role.ADMIN))
    return store


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize(
    ("by", "other"),
    [
        ("product", "country"),
        ("country", "product"),
        ("variant", "coupon"),
        ("hour", "channel"),
        ("category", "customerType"),
        ("coupon", "weekdayHour"),
        ("customerType", "category"),
    ],
)
def test_cells_over_all_values_of_the_other_dimension_are_those_of_the_rollup(
    tea: Store, by: str, other: str, basis: str, is_folded: bool
) -> None:
    if is_folded:
        fold_all()
    added: defaultdict[str, list[D]] = defaultdict(lambda: [D(0)] * 7)
    of_products = "product" in (by, other) or {by, other} & {"variant", "category"}
    for value in [*cells(by=other, basis=basis), ""]:
        for key, values in cells(by=by, filter=f"{other}:{value}", basis=basis).items():
            gross, discounts, returns, net, taxes, total, _ = values
            assert gross - discounts - returns == net
            assert not of_products or net + taxes == total
            added[key] = [sum(pair) for pair in zip(added[key], values, strict=True)]
    whole = cells(by=by, basis=basis)
    if other in ("product", "category"):
        # what the products of a country's orders sold is all but shipping
        added, whole = ({key: [*v[:5], v[6]] for key, v in part.items()} for part in (added, whole))
    assert {key: values for key, values in added.items() if any(values)} == {
        key: values for key, values in whole.items() if any(values)
    }


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_each_cell_opens_to_the_orders_that_add_up_to_it(tea: Store, basis: str) -> None:
    for by, other in (("product", "country:DE"), ("country", "category:"), ("channel", "coupon:TEN")):
        found = data(figures="netSales,totalSales,taxes", by=by, filter=other, basis=basis, **MARCH)
        assert found["rows"]
        for row in found["rows"]:
            for name, metric in (("netSales", "netSales"), ("totalSales", "totalSales"), ("taxes", "totalTax")):
                cell = {"filter": other, "andFilter": f"{by}:{row['key']}", "metric": metric, "basis": basis}
                opened = data("dashboard/explain", **cell, **CUSTOM)
                assert (opened["value"], opened["entriesTotal"]) == (row["values"][name], row["values"][name]), cell


def test_totals_are_those_of_the_filter_and_other_is_what_belongs_to_no_row(tea: Store) -> None:
    found = data(figures="totalSales,orders", by="product", filter="country:DE", **MARCH)
    whole = data(figures="totalSales,orders", filter="country:DE", **MARCH)
    assert found["totals"] == whole["totals"]
    rows = sum(row["values"]["totalSales"] for row in found["rows"])
    # shipping of the two orders
    assert found["other"]["values"] == {
        "totalSales": D("6.00") + whole["totals"]["values"]["totalSales"] - rows - 6,
        "orders": None,
    }
    assert found["other"]["values"]["totalSales"] < 6


def test_hours_of_a_country_and_the_same_part_of_another_day_are_known(tea: Store) -> None:
    day = {"from": "2026-03-05", "to": "2026-03-05"}
    hours = data(figures="orders", by="time", granularity="hourly", filter="country:FR", **day)
    assert {row["key"]: row["values"]["orders"] for row in hours["rows"] if row["values"]["orders"]} == {
        "2026-03-05T13": 1,
    }
    with time_machine.travel(datetime(2026, 3, 5, 21, tzinfo=UTC), tick=False):  # 10:00 of the 6th in Auckland
        asked = {"figures": "orders", "by": "channel", "filter": "country:FR", "compare": "previous_period"}
        (row,) = data(**asked, **{"from": "2026-03-05", "to": "2026-03-06"})["rows"]
        # the order of the 3rd at 11:00 counts, as the 3rd is whole; one of the 4th after 10:00 would not
        assert (row["values"], row["previous"]) == ({"orders": 1}, {"orders": 0})


def test_more_orders_than_are_read_at_once_are_refused_before_any_is_read(tea: Store) -> None:
    asked = {"figures": "orders", "by": "channel", "filter": "country:DE", **MARCH}
    with mock.patch.object(on_demand, "MOST_CHANGES", 5):
        assert ask(**asked)[0] == 200
    with (
        mock.patch.object(on_demand, "MOST_CHANGES", 4),
        mock.patch("dashboard.answers.analytics.page_query") as read,
    ):
        status, body = ask(**asked)
        assert (status, body["errors"]) == (
            400,
            {"filter": ["Enter fewer days. Two dimensions at once are read from the orders, at most 4 of them."]},
        )
        cell = {"metric": "totalOrders", "filter": "country:DE", "andFilter": "channel:web", **CUSTOM}
        assert ask("dashboard/explain", **cell)[0] == 400
        # one dimension is in the rollups, however many orders there are
        assert ask("dashboard/explain", metric="totalOrders", filter="country:DE", **CUSTOM)[0] == 200
        assert not read.called


def test_what_cannot_be_answered_is_refused_with_what_to_do(tea: Store) -> None:
    a_store()
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    several = client.get("/api/v1/analytics/query", {"figures": "orders", "by": "channel", "filter": "country:DE"})
    assert several.json()["errors"] == {
        "store": ["Enter a store: two dimensions at once are read from the orders of one store."]
    }
    parent = a_product(tea, "1.00", has_variants=True)
    for parameters, field in (
        ({"figures": "tips", "by": "country", "filter": "product:1"}, "by"),
        ({"figures": "orders", "by": "country", "filter": f"product:{parent.pk}"}, "filter"),
        ({"figures": "newCustomers", "by": "time", "filter": "country:DE"}, "by"),
    ):
        status, body = ask(**parameters)
        assert (status, [*body["errors"]]) == (400, [field]), body
    status, body = ask("dashboard/explain", metric="totalOrders", andFilter="country:DE", **CUSTOM)
    assert (status, [*body["errors"]]) == (400, ["filter"])
    same = {"metric": "totalOrders", "filter": "country:DE", "andFilter": "country:FR"}
    status, body = ask("dashboard/explain", **same, **CUSTOM)
    assert body["errors"] == {"andFilter": ["Enter another dimension than country."]}


PAIRS = [
    ("product", "country"),
    ("country", "product"),
    ("variant", "customerType"),
    ("channel", "coupon"),
    ("category", "hour"),
    ("weekdayHour", "placedBy"),
    ("paymentMethod", "country"),
]


@pytest.mark.parametrize("folded", ["unfolded", "half folded", "folded"])
@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_matrix_of_two_dimensions_has_the_cells_of_its_filters_and_other_is_the_rest(
    tea: Store, first: str, second: str, basis: str, folded: str
) -> None:
    if folded != "unfolded":
        fold_all()
    if folded == "half folded":
        order = place_order(
            store=tea,
            items=[ItemRequest(a_product(tea, "5.00").pk, 1)],
            shipping_address={"country": "NZ"},
            at=local(tea, 2026, 3, 9, 10),
            actor=None,
        )
        mark_paid(order=order, at=local(tea, 2026, 3, 9, 11), actor=None)
    found = data(figures=FIGURES, by=f"{first},{second}", basis=basis, **MARCH)
    assert found["by"] == [first, second]
    matrix = {(row["key"], row["secondKey"]): [*row["values"].values()] for row in found["rows"]}
    one_by_one = {
        (key, value): values
        for value in cells(by=second, basis=basis)
        for key, values in cells(by=first, filter=f"{second}:{value}", basis=basis).items()
    }
    assert matrix == one_by_one
    for gross, discounts, returns, net, *_ in matrix.values():
        assert gross - discounts - returns == net
    totals, other = found["totals"]["values"], found["other"]["values"]
    assert totals == data(figures=FIGURES, basis=basis, **MARCH)["totals"]["values"]
    assert [sum(column, D(0)) for column in zip(*matrix.values(), [*other.values()], strict=True)] == [*totals.values()]


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_every_cell_of_a_matrix_opens_to_the_orders_that_add_up_to_it(tea: Store, basis: str) -> None:
    for by in ("product,country", "channel,coupon", "customerType,category"):
        found = data(figures="netSales,totalSales", by=by, basis=basis, **MARCH)
        first, second = by.split(",")
        assert found["rows"]
        for row in found["rows"]:
            cell = {"filter": f"{first}:{row['key']}", "andFilter": f"{second}:{row['secondKey']}", "basis": basis}
            for metric, value in row["values"].items():
                opened = data("dashboard/explain", metric=metric, **cell, **CUSTOM)
                assert (opened["value"], opened["entriesTotal"]) == (value, value), cell


@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize(
    ("by", "filter_"),
    [("product,country", ""), ("country,variant", ""), ("category,hour", ""), ("channel,coupon", ""),
     ("product", "country:DE"), ("product", "country:"), ("category", "hour:11"), ("coupon", "channel:pos"),
     ("country", "product"), ("customerType", "country:DE")],
)  # fmt: skip
def test_other_of_an_answer_from_the_orders_opens_to_what_adds_up_to_it(
    tea: Store, by: str, filter_: str, basis: str
) -> None:
    if filter_ == "product":
        filter_ = f"product:{Product.objects.filter(store=tea).order_by('pk')[0].pk}"
    narrowed = {"filter": filter_} if filter_ else {}
    found = data(figures="netSales,totalSales,taxes,unitsSold", by=by, basis=basis, **narrowed, **MARCH)
    for name, value in found["other"]["values"].items():
        asked = {"metric": "totalTax" if name == "taxes" else name, "other": by, "limit": "100", "basis": basis}
        opened = data("dashboard/explain", **asked, **narrowed, **CUSTOM)
        assert (opened["value"], opened["entriesTotal"]) == (value, value), name
        assert sum(entry["amount"] for entry in opened["entries"]) == value, name


def test_other_that_is_not_of_an_answer_is_refused(tea: Store) -> None:
    for asked, field in (
        ({"other": "color"}, "other"),
        ({"other": "product,variant"}, "other"),
        ({"other": "product,country", "filter": "channel:web"}, "filter"),
        ({"other": "country", "filter": "country:DE"}, "filter"),
        ({"other": "country", "filter": "channel:web", "andFilter": "coupon:TEN"}, "andFilter"),
        ({"other": "product", "metric": "totalOrders"}, "other"),
        ({"other": "product", "metric": "tips"}, "other"),
    ):
        status, body = ask("dashboard/explain", **{"metric": "totalSales", **asked}, **CUSTOM)
        assert (status, [*body["errors"]]) == (400, [field]), asked
    with mock.patch.object(on_demand, "MOST_CHANGES", 4):
        status, body = ask("dashboard/explain", metric="totalSales", other="product,country", **CUSTOM)
    assert (status, [*body["errors"]]) == (400, ["other"])


def test_a_matrix_is_named_ordered_paged_and_compared(tea: Store) -> None:
    asked = {"figures": "netSales,orders", "by": "country,channel", **MARCH}
    whole = data(**asked)
    assert [(row["key"], row["secondKey"], row["secondLabel"]) for row in whole["rows"]] == [
        ("FR", "pos", "Point of sale"),
        ("FR", "web", "Online store"),
        ("DE", "pos", "Point of sale"),
        ("DE", "web", "Online store"),
    ]
    pages = [ask(**asked, page=str(number), limit="3")[1] for number in (1, 2)]
    assert [page["meta"]["total"] for page in pages] == [4, 4]
    assert pages[0]["data"]["rows"] + pages[1]["data"]["rows"] == whole["rows"]
    by_key = data(**asked, ordering="key")["rows"]
    assert [(row["key"], row["secondKey"]) for row in by_key] == sorted((r["key"], r["secondKey"]) for r in by_key)
    days = {"from": "2026-03-04", "to": "2026-03-06"}
    rows = data(**{**asked, **days}, compare="previous_period")["rows"]
    assert {(row["key"], row["secondKey"]): row["previous"]["orders"] for row in rows} == {("FR", "pos"): 0}
    days = {"from": "2026-03-05", "to": "2026-03-05"}
    (row,) = data(**{**asked, **days, "by": "customerType,country"}, compare="previous_period")["rows"]
    assert (row["values"]["orders"], row["previous"]["orders"]) == (1, 0)


def test_a_matrix_of_too_many_orders_or_of_several_stores_is_refused(tea: Store) -> None:
    asked = {"figures": "orders", "by": "channel,country", **MARCH}
    with mock.patch.object(on_demand, "MOST_CHANGES", 4):
        status, body = ask(**asked)
    assert (status, [*body["errors"]]) == (400, ["by"])
    assert body["errors"]["by"] == [
        "Enter fewer days. Two dimensions at once are read from the orders, at most 4 of them."
    ]
    a_store()
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    assert [*client.get("/api/v1/analytics/query", asked).json()["errors"]] == ["store"]
