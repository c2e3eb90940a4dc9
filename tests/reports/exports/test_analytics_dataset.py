"""The dataset of analytics queries: its files say what the query answers, for every way to split it."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Store, User
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, dimensions_of
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.actions.placing import OrderDetails
from orders.models import Category, Coupon
from reports.scheduling import create_schedule
from tests.builders import a_product, a_store, a_user, local
from tests.exports import exported, lines_of

pytestmark = pytest.mark.django_db(transaction=True)

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def tea() -> Store:
    store = a_store(slug="tea")
    drinks = Category.objects.create(store=store, name="Drinks", slug="drinks")
    green, cup = a_product(store, "10.00", name="Green", category=drinks), a_product(store, "4.00", name="Cup")
    Coupon.objects.create(store=store, code="TEN", value=D(10))
    for day, country, coupon in ((2, "DE", "TEN"), (9, "FR", ""), (9, "", "")):
        at = local(store, 2026, 3, day, 13)
        order = place_order(
            store=store,
            items=[ItemRequest(green.pk, day), ItemRequest(cup.pk, 1)],
            coupon_code=coupon,
            shipping_fee=D("3.00"),
            shipping_address={"country": country},
            payment_method="CREDIT_CARD",
            details=OrderDetails(channel="web"),
            at=at,
            actor=None,
        )
        mark_paid(order=order, at=at, actor=None)
        if country == "FR":
            refund_order(order=order, amount=D("5.00"), at=local(store, 2026, 4, 2, 9), actor=None)
    return store


def answer(user: User, **query: Any) -> dict[str, Any]:
    client = APIClient()
    client.force_authenticate(user)
    found = client.get("/api/v1/analytics/query", {"store": "tea", "limit": 500, **query})
    assert found.status_code == 200, found.content
    data: dict[str, Any] = found.json()["data"]
    return data


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_files_have_the_rows_of_the_query_in_its_order(tea: Store, basis: str) -> None:
    owner = a_user(User.Role.ADMIN)
    for by in ("time", *DIMENSIONS, "time,country"):
        dimension = by.split(",")[-1]
        known = [
            name
            for name, figure in QUERYABLE.items()
            if (dimension == "time" or dimension in dimensions_of(figure)) and basis in figure.bases
        ][:12]
        ordering = "key" if by == "time" else "-totalSales"
        data = answer(owner, figures=",".join(known), by=by, basis=basis, ordering=ordering, **MARCH)
        job = exported(
            owner,
            "analytics",
            filters={"store": "tea", "by": by, "basis": basis, **MARCH},
            columns=["time", "key", *known],
        )
        assert job.status == "succeeded", job.error
        assert job.receipt["agreesWithDashboard"] in (True, None), (by, job.receipt["controlTotals"])
        rows = [row for row in lines_of(job) if row["key"] or by == "time"]
        assert [row["time"] or None for row in rows] == [row["time"] for row in data["rows"]]
        for row, told in zip(rows, data["rows"], strict=True):
            assert row["key"] == (told["key"] if dimension != "time" else "")
            for name in known:
                value = told["values"][name]
                assert (D(row[name]) if row[name] else None) == (None if value is None else D(str(value))), (by, name)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("split", [{"by": "product", "thenBy": "country"}, {"by": "product", "filter": "country:DE"}])
def test_files_of_two_dimensions_are_the_query_s_and_agree_with_the_dashboard(
    tea: Store, split: dict[str, str], format: str
) -> None:
    owner = a_user(User.Role.ADMIN)
    figures = ["netSales", "totalSales", "unitsSold", "orders"]
    asked = {name: value for name, value in split.items() if name != "thenBy"}
    asked["by"] = ",".join(value for name, value in split.items() if name != "filter")
    data = answer(owner, figures=",".join(figures), ordering="-totalSales", **asked, **MARCH)
    columns = ["key", "secondKey", "secondLabel", *figures]
    job = exported(owner, "analytics", filters={"store": "tea", **split, **MARCH}, columns=columns, format=format)
    assert job.status == "succeeded", job.error
    assert job.receipt["agreesWithDashboard"] in (True, None)
    if format == "csv":
        rows = [row for row in lines_of(job) if row["key"] and (row["secondKey"] or "thenBy" not in split)]
        assert [(row["key"], row["secondKey"] or None) for row in rows] == [
            (row["key"], row["secondKey"]) for row in data["rows"]
        ]
        for row, told in zip(rows, data["rows"], strict=True):
            assert [D(row[name]) for name in figures] == [D(str(told["values"][name])) for name in figures]


def test_a_filter_that_does_not_fit_is_refused_when_it_is_asked_for_and_the_query_can_be_scheduled(tea: Store) -> None:
    owner = a_user(User.Role.ADMIN)
    client = APIClient()
    client.force_authenticate(owner)
    for filters, field in (
        ({"by": "product", "filter": "country:DE", "store": ""}, "filters.store"),
        ({"by": "product", "thenBy": "variant"}, "filters.thenBy"),
        ({"by": "time", "thenBy": "country"}, "filters.thenBy"),
        ({"thenBy": "country"}, "filters.thenBy"),
        ({"by": "product", "thenBy": "channel", "filter": "country:DE"}, "filters.filter"),
        ({"filter": "colour:red"}, "filters.filter"),
        ({"by": "colour"}, "filters.by"),
        ({"by": "product", "ordering": "-tips"}, "filters.ordering"),
    ):
        sent = {"type": "analytics", "filters": filters, "format": "csv"}
        refused = client.post("/api/v1/admin/reports/export", sent, format="json")
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    schedule = create_schedule(
        values={
            "name": "Countries, weekly",
            "dataset": "analytics",
            "format": "xlsx",
            "cron": "0 6 * * 1",
            "filters": {"store": "tea", "by": "country", "period": "last_week"},
            "columns": ["key", "totalSales"],
            "recipients": [owner.email],
        },
        actor=owner,
    )
    assert schedule.next_run_at
