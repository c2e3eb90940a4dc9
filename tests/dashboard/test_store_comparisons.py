"""The store dashboard against what it is compared with: held against a plain addition of the orders."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from customers.models import Store, User
from dashboard.answers.store_dashboard import cached_dashboard
from dashboard.figures import StoreDashboard, store_dashboard
from dashboard.figures.along import steps
from dashboard.figures.comparisons import NONE, PREVIOUS_PERIOD, PREVIOUS_YEAR, SAME_WEEKDAYS
from dashboard.figures.periods import Period, month_period
from dashboard.metrics import folding
from orders.actions import ItemRequest, refund_order
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_product, a_store, a_user, an_order, local
from tests.dashboard.march import march_store

pytestmark = pytest.mark.django_db

Sold = list[tuple[datetime, D, str, int]]
"""Moment, price, country and product of each order."""


def busy(store: Store) -> Sold:
    """Sell two products to two countries around every boundary that the comparisons of 18 March 2026, 14:30 have."""
    products = [a_product(store, "1.00"), a_product(store, "3.00")]
    moments = [
        (2025, 3, 1, 0, 0), (2025, 3, 18, 14, 29), (2025, 3, 18, 14, 30), (2026, 1, 31, 23, 59), (2026, 2, 1, 0, 0),
        (2026, 2, 18, 0, 0), (2026, 2, 18, 14, 29), (2026, 2, 18, 14, 30), (2026, 2, 28, 23, 59), (2026, 3, 1, 0, 0),
        (2026, 3, 11, 14, 29), (2026, 3, 11, 14, 30), (2026, 3, 17, 13, 0), (2026, 3, 17, 14, 31),
        (2026, 3, 18, 14, 29),
    ]  # fmt: skip
    sold = []
    for number, when in enumerate(moments):
        at, product, country = local(store, *when), products[number % 2], ("GB", "NZ", "")[number % 3]
        address = {"shipping_address": {"country": country}} if country else {}
        an_order(store, items=[ItemRequest(product.pk, number + 1)], paid=True, at=at, **address)
        sold.append((at, product.price * (number + 1), country, product.pk))
        a_customer(store, at=at)
    return sold


def within(sold: Sold, first: datetime, until: datetime) -> Sold:
    return [line for line in sold if first <= line[0] < until]


CASES = [
    (month_period(2026, 3), PREVIOUS_PERIOD, (2026, 2, 1), (2026, 2, 18, 14, 30)),
    (month_period(2026, 3), PREVIOUS_YEAR, (2025, 3, 1), (2025, 3, 18, 14, 30)),
    (month_period(2026, 2), PREVIOUS_PERIOD, (2026, 1, 1), (2026, 2, 1)),
    (Period(date(2026, 3, 18), date(2026, 3, 18), "today"), SAME_WEEKDAYS, (2026, 3, 11), (2026, 3, 11, 14, 30)),
    (Period(date(2026, 3, 18), date(2026, 3, 18), "today"), PREVIOUS_PERIOD, (2026, 3, 17), (2026, 3, 17, 14, 30)),
    (Period(date(2026, 1, 1), date(2026, 12, 31), "yearly"), PREVIOUS_PERIOD, (2025, 1, 1), (2025, 3, 18, 14, 30)),
    (Period(date(2026, 1, 1), date(2026, 6, 1)), PREVIOUS_YEAR, (2025, 1, 1), (2025, 3, 18, 14, 30)),
]


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize(("period", "comparison", "first", "until"), CASES)
def test_every_part_of_what_was_before_is_the_sum_of_the_same_parts_orders(
    period: Period, comparison: str, first: tuple[int, ...], until: tuple[int, ...], is_folded: bool
) -> None:
    store = a_store(timezone="Pacific/Auckland")
    sold = busy(store)
    an_order(a_store(), "900.00", paid=True, at=local(store, 2026, 2, 10))
    if is_folded:
        folding.fold_all()
    now = local(store, 2026, 3, 18, 14, 30, 59)

    shown = store_dashboard(store, period, "placed", comparison, now)

    expected = within(sold, local(store, *first), local(store, *until))
    previous = shown.previous
    assert previous is not None
    assert (previous.summary.total_sales, previous.summary.total_orders) == (
        sum((line[1] for line in expected), D("0.00")),
        len(expected),
    )
    assert previous.summary.total_customers == len(within(sold, local(store, 2000, 1, 1), local(store, *until)))
    assert sum(one["sales"] for one in previous.along.values()) == previous.summary.total_sales
    for product in {product.product_id for product in shown.sales_by_product}:
        assert previous.products.get(product, 0) == sum(line[1] for line in expected if line[3] == product)
    for country in ("GB", "NZ", ""):
        assert previous.countries.get(country, 0) == sum(line[1] for line in expected if line[2] == country)


def test_a_running_day_is_shown_by_its_hours_beside_the_same_hours() -> None:
    store = a_store()
    for hour, price in ((0, "1.00"), (13, "2.00"), (14, "4.00")):
        an_order(store, price, paid=True, at=local(store, 2026, 3, 18, hour))
        an_order(store, price, price, paid=True, at=local(store, 2026, 3, 11, hour, 29))
    now = local(store, 2026, 3, 18, 14, 20)

    shown = store_dashboard(store, Period(date(2026, 3, 18), date(2026, 3, 18)), "placed", SAME_WEEKDAYS, now)

    assert [step.hour for step in steps(shown.period, shown.granularity, shown.now)] == [*range(15)]
    assert {key: str(found["sales"]) for key, found in shown.along.items()} == {
        "2026-03-18T00": "1.00",
        "2026-03-18T13": "2.00",
        "2026-03-18T14": "4.00",
    }
    assert shown.previous is not None
    assert {key: str(found["sales"]) for key, found in shown.previous.along.items() if found["sales"]} == {
        "2026-03-11T00": "2.00",
        "2026-03-11T13": "4.00",
    }


def test_on_the_other_basis_a_refund_is_part_of_its_own_day() -> None:
    store = a_store()
    order = an_order(store, "10.00", paid=True, at=local(store, 2026, 2, 3))
    refund_order(order=order, amount=D("4.00"), at=local(store, 2026, 2, 18, 14, 29), actor=None)
    refund_order(order=order, amount=D("1.00"), at=local(store, 2026, 2, 18, 14, 30), actor=None)
    now = local(store, 2026, 3, 18, 14, 30)

    booked = store_dashboard(store, month_period(2026, 3), "booked", PREVIOUS_PERIOD, now)
    placed = store_dashboard(store, month_period(2026, 2), "placed", NONE, now)

    assert booked.previous is not None
    assert booked.previous.summary.total_sales == D("6.00")
    assert (placed.previous, placed.summary.total_sales, placed.other_sales) == (None, D("5.00"), D("5.00"))


def lengths(shown: StoreDashboard) -> tuple[str, int]:
    return shown.granularity, len(steps(shown.period, shown.granularity, shown.now))


def test_the_chart_has_hours_days_weeks_or_months_of_what_has_begun() -> None:
    store = a_store()
    now = local(store, 2026, 3, 18, 9)

    def of(first: str, last: str) -> tuple[str, int]:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
        return lengths(store_dashboard(store, period, now=now))

    assert of("2026-03-17", "2026-03-17") == ("hourly", 24)
    assert of("2026-03-01", "2026-03-31") == ("daily", 18)
    assert of("2026-01-01", "2026-03-31") == ("weekly", 12)
    assert of("2026-01-01", "2026-12-31") == ("monthly", 3)
    assert of("2024-01-01", "2025-12-31") == ("monthly", 24)


def read(client: Client, **query: str) -> Any:
    response = client.get("/store/dashboard", query)
    assert response.status_code == 200
    return json.loads(response.content, parse_float=D)


def test_the_operation_compares_only_where_it_is_asked_to() -> None:
    march = march_store()
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert read(client, year="2026", month="3")["comparison"] is None
    found = read(client, year="2026", month="3", compare="previous_period")["comparison"]

    assert {name: found[name] for name in ("compare", "startDate", "endDate", "until")} == {
        "compare": "previous_period",
        "startDate": "2026-02-01",
        "endDate": "2026-02-28",
        "until": None,
    }
    assert (found["summary"]["totalSales"], found["change"]["totalSales"]) == (D("500.00"), D("-88.80"))
    assert (found["summary"]["totalRefundedOrders"], found["change"]["totalRefundedOrders"]) == (0, None)
    assert [(line["totalSales"], line["change"]) for line in found["salesByProduct"]] == [(D("0.00"), None)] * 2


def test_an_unknown_comparison_is_refused_with_those_there_are() -> None:
    response = logged_in(a_user(User.Role.STAFF, a_store())).get("/api/v1/store/dashboard", {"compare": "yesterday"})
    assert response.status_code == 400
    assert response.json()["errors"] == {
        "compare": ["Enter one of previous_period, same_weekdays, previous_year, none."]
    }


def test_a_compared_answer_of_a_running_period_ends_with_the_minute() -> None:
    store = a_store()
    today = datetime.now(store.zone).date()
    month = month_period(today.year, today.month)

    compared = cached_dashboard(store, month, "placed", PREVIOUS_PERIOD).entry
    alone = cached_dashboard(store, Period(today - timedelta(days=9), today - timedelta(days=2)), "placed").entry

    assert compared.expires_at - compared.computed_at <= timedelta(minutes=1)
    assert alone.expires_at - alone.computed_at > timedelta(minutes=1) or datetime.now(store.zone).hour == 23


def test_the_weeks_of_the_chart_are_compared_with_the_days_at_their_place() -> None:
    store = a_store()
    for day in range(1, 29):
        for year, month in ((2025, 3), (2025, 4), (2026, 1), (2026, 2), (2026, 3), (2026, 4)):
            an_order(store, f"{day}.00", paid=True, at=local(store, year, month, day, 12))
    # a Wednesday; a year before it is a Tuesday
    period = Period(date(2026, 3, 4), date(2026, 4, 28))
    for comparison in (PREVIOUS_PERIOD, SAME_WEEKDAYS, PREVIOUS_YEAR):
        data = cached_dashboard(store, period, "placed", comparison, is_page=True).data()
        found = data["comparison"]
        assert sum(step["previous"]["totalSales"] for step in data["steps"]) == found["summary"]["totalSales"], (
            comparison
        )
        starts = [date.fromisoformat(step["startDate"]) for step in data["steps"]]
        others = [date.fromisoformat(step["previous"]["startDate"]) for step in data["steps"]]
        assert data["granularity"] == "weekly"
        if comparison == PREVIOUS_YEAR:
            assert others == [day.replace(year=2025) for day in starts]
        else:
            assert [day - other for day, other in zip(starts, others, strict=True)] == [timedelta(days=56)] * len(
                starts
            )
