"""`GET /api/v1/analytics/query`: any figure by time and by one dimension."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any
from unittest import mock

import pytest
import simplejson
from django.test import Client

from customers.models import Store, User
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, dimensions_of
from dashboard.figures.comparisons import compared_with
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.models import MetricDelta
from dealport.kit.day_range import DayRange
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.actions.placing import OrderDetails
from orders.models import Category, Coupon, Product
from tests.builders import a_product, a_store, a_user, an_order, local

FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}
BREAKDOWN = "grossSales,discounts,returns,netSales,shipping,taxes,tips,totalSales"
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


def query(user: User, **parameters: object) -> tuple[int, dict[str, Any]]:
    client = Client()
    client.force_login(user)
    answer = client.get("/api/v1/analytics/query", parameters)
    return answer.status_code, simplejson.loads(answer.content, use_decimal=True)


def data(user: User, **parameters: object) -> dict[str, Any]:
    status, body = query(user, **parameters)
    assert status == 200, body
    found: dict[str, Any] = body["data"]
    return found


def values(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row["values"] for row in found["rows"]}


@pytest.fixture
def tea(built: Store, db: None) -> Store:
    return deepcopy(built)


@pytest.fixture(scope="module")
def built(module_rows: None) -> Store:
    """A store with a March of some orders, in Auckland."""
    store = a_store(slug="tea", timezone="Pacific/Auckland", currency="NZD")
    drinks = Category.objects.create(store=store, name="Drinks", slug="drinks")
    green = a_product(store, "10.00", name="Green", category=drinks)
    cup = a_product(store, "4.00", name="Cup")
    Coupon.objects.create(store=store, code="TEN", value=D(10))
    for day, country, coupon, channel in (
        (1, "NZ", "TEN", "web"),
        (2, "AU", "", "pos"),
        (2, "", "", ""),
        (9, "NZ", "", "web"),
    ):
        at = local(store, 2026, 3, day, 22, 15)
        order = place_order(
            store=store,
            items=[ItemRequest(green.pk, day), ItemRequest(cup.pk, 1)],
            coupon_code=coupon,
            shipping_address={"country": country},
            tax_amount=D("1.50"),
            shipping_fee=D("3.00"),
            tip=D("0.70"),
            payment_method="CREDIT_CARD" if country else "",
            details=OrderDetails(channel=channel),
            at=at,
            actor=None,
        )
        mark_paid(order=order, amount=D("9.99") if day == 9 else None, at=local(store, 2026, 3, day + 1, 7), actor=None)
        if day == 2:
            refund_order(order=order, amount=D("7.77"), at=local(store, 2026, 3, 20, 9), actor=None)
    an_order(store, "500.00", paid=True, at=local(store, 2026, 4, 1, 0, 0))
    an_order(a_store(), "900.00", paid=True, at=local(store, 2026, 3, 15, 12))
    return store


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_every_cell_adds_up_and_all_cells_with_the_rest_are_the_store_s(
    tea: Store, basis: str, fold: Callable[[], object]
) -> None:
    fold()
    admin = a_user(User.Role.ADMIN)
    assert recount.differences(tea) == []
    whole = data(admin, store="tea", figures=BREAKDOWN, basis=basis, **MARCH)["totals"]["values"]
    for by in ("time", "country", "coupon", "paymentMethod", "channel", "hour", "weekdayHour"):
        found = data(admin, store="tea", figures=BREAKDOWN, by=by, basis=basis, **MARCH)
        assert found["totals"]["values"] == whole
        added = dict.fromkeys(whole, D(0))
        rest = [found["other"]["values"]] if found["other"] else []
        for cell in (*values(found).values(), *rest):
            assert cell["grossSales"] - cell["discounts"] - cell["returns"] == cell["netSales"], by
            assert cell["netSales"] + cell["shipping"] + cell["taxes"] + cell["tips"] == cell["totalSales"], by
            added = {name: added[name] + cell[name] for name in added}
        assert added == whole, by
    for by in ("product", "category"):
        goods = "grossSales,discounts,returns,netSales,taxes,totalSales"
        found = data(admin, store="tea", figures=goods, by=by, basis=basis, **MARCH)
        for cell in values(found).values():
            assert cell["netSales"] + cell["taxes"] == cell["totalSales"], by
        cells = [*values(found).values(), found["other"]["values"]]
        assert {name: sum(cell[name] for cell in cells) for name in goods.split(",")} == {
            name: whole[name] for name in goods.split(",")
        }


def test_rows_are_named_ordered_and_paged_over_everything(tea: Store) -> None:
    admin = a_user(User.Role.ADMIN)
    green, cup = (str(pk) for pk in Product.objects.filter(store=tea).order_by("pk").values_list("pk", flat=True)[:2])
    status, body = query(
        admin,
        store="tea",
        figures="totalSales,orders,unitsSold",
        by="product",
        limit=1,
        ordering="-totalSales",
        **MARCH,
    )
    assert status == 200
    assert body["meta"] == {"page": 1, "limit": 1, "total": 2, "totalPages": 2}
    (row,) = body["data"]["rows"]
    assert (row["key"], row["label"], row["values"]["orders"], row["unfinished"]) == (green, "Green", 4, False)
    # shipping and tips belong to no product; orders of several products are not added up
    assert body["data"]["other"]["values"]["orders"] is None
    second = data(
        admin, store="tea", figures="totalSales,orders", by="product", limit=1, page=2, ordering="-totalSales", **MARCH
    )
    assert [row["key"] for row in second["rows"]] == [cup]
    # behind the last page the number of rows, the totals and what belongs to none stay what they are
    asked = {"store": "tea", "figures": "totalSales,orders", "by": "product", "ordering": "-totalSales", **MARCH}
    behind = query(admin, limit=1, page=9, **asked)[1]
    assert (behind["data"]["rows"], behind["meta"]["total"]) == ([], 2)
    assert [behind["data"][name] for name in ("totals", "other")] == [second[name] for name in ("totals", "other")]
    assert (second["store"], second["currency"], second["timezone"], second["by"]) == (
        "tea",
        "NZD",
        "Pacific/Auckland",
        ["product"],
    )
    cheapest_first = data(admin, store="tea", figures="netSales", by="product", ordering="netSales", **MARCH)
    assert [row["key"] for row in cheapest_first["rows"]] == [cup, green]


def test_time_has_every_bucket_and_can_be_split_or_filtered(tea: Store) -> None:
    admin = a_user(User.Role.ADMIN)
    daily = data(admin, store="tea", figures="orders", by="time", **MARCH)
    assert [row["key"] for row in daily["rows"]][:3] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert [row["values"]["orders"] for row in daily["rows"]] == [1, 2, 0, 0, 0, 0, 0, 0, 1, *[0] * 22]
    weekly = data(admin, store="tea", figures="orders", by="time", granularity="weekly", **MARCH)
    assert [(row["time"], row["values"]["orders"]) for row in weekly["rows"]][:3] == [
        ("2026-02-23", 1),
        ("2026-03-02", 2),
        ("2026-03-09", 1),
    ]
    only = data(admin, store="tea", figures="orders", by="time", filter="country:NZ", granularity="monthly", **MARCH)
    assert [row["values"] for row in only["rows"]] == [{"orders": 2}]
    assert only["totals"]["values"] == {"orders": 2}
    both = data(admin, store="tea", figures="orders", by="time,country", granularity="monthly", **MARCH)
    assert {(row["time"], row["key"]): row["values"]["orders"] for row in both["rows"]} == {
        ("2026-03-01", "NZ"): 2,
        ("2026-03-01", "AU"): 1,
    }
    hourly = data(
        admin,
        store="tea",
        figures="orders",
        by="time",
        granularity="hourly",
        **{"from": "2026-03-01", "to": "2026-03-02"},
    )
    assert len(hourly["rows"]) == 48
    assert {row["key"]: row["values"]["orders"] for row in hourly["rows"] if row["values"]["orders"]} == {
        "2026-03-01T22": 1,
        "2026-03-02T22": 2,
    }
    weekday = data(admin, store="tea", figures="orders", by="weekdayHour", **MARCH)
    assert {row["label"]: row["values"]["orders"] for row in weekday["rows"]} == {"Sunday 22:00": 1, "Monday 22:00": 3}


def test_several_stores_are_answered_by_currency_and_staff_see_their_own(tea: Store) -> None:
    other = a_store(currency="EUR")
    an_order(other, "8.00", paid=True, at=local(other, 2026, 3, 5, 12))
    staff = a_user(User.Role.STAFF, tea, other)
    found = data(staff, figures="totalSales,orders", by="time", granularity="monthly", **MARCH)
    assert (found["rows"], found["currency"]) == (None, None)
    assert {block["currency"]: block["totals"]["values"]["orders"] for block in found["currencies"]} == {
        "EUR": 1,
        "NZD": 4,
    }
    assert query(a_user(User.Role.STAFF, other), store="tea", figures="orders")[0] == 404
    assert data(a_user(User.Role.STAFF, other), figures="orders", **MARCH)["totals"]["values"] == {"orders": 1}


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        ({"figures": "sales"}, "figures", "There is no sales. Enter some of totalSales, grossSales"),
        ({}, "figures", "Enter some of totalSales"),
        ({"figures": "orders", "by": "color"}, "by", "There is no color. Enter some of time, product"),
        ({"figures": "tips", "by": "product"}, "by", "tips is not known by product. It is known by time, country"),
        ({"figures": "newCustomers", "by": "country"}, "by", "newCustomers is not known by country. It is"),
        ({"figures": "orders", "by": "category"}, "by", "orders is not known by category."),
        ({"figures": "orders", "by": "time,channel,country"}, "by", "Enter time, one dimension, time and one"),
        (
            {"figures": "netSales", "by": "product,variant"},
            "by",
            "product and variant cannot be combined. product can "
            "be combined with country, coupon, paymentMethod, channel, placedBy, customerType, hour, weekdayHour.",
        ),
        ({"figures": "tips", "by": "country,product"}, "by", "tips is not known by product."),
        ({"figures": "orders", "by": "channel,country", "filter": "coupon:X"}, "filter", "Leave it out with two"),
        ({"figures": "orders", "granularity": "daily"}, "granularity", "Leave it out, or enter by=time."),
        ({"figures": "tips", "by": "country", "filter": "product:1"}, "by", "tips is not known by product."),
        ({"figures": "orders", "filter": "DE"}, "filter", "Enter a dimension and a value, such as country:DE."),
        ({"figures": "pendingOrders", "basis": "booked"}, "basis", "pendingOrders is only available with"),
        ({"figures": "orders", "by": "country", "ordering": "-tips"}, "ordering", "Enter one of key, orders"),
        ({"figures": "orders", "period": "last7", "from": "2026-03-01"}, "from", "Leave it out"),
        ({"figures": "orders", "from": "2026-03-02", "to": "2026-03-01"}, "to", "Enter a day that is not before from."),
        ({"figures": "orders", "month": "3"}, "month", "Leave it out, or enter a period."),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_possible(
    tea: Store, parameters: dict[str, str], field: str, text: str
) -> None:
    status, body = query(a_user(User.Role.ADMIN), store="tea", **parameters)
    assert (status, [*body["errors"]]) == (400, [field])
    assert body["errors"][field][0].startswith(text)


AT = datetime.fromisoformat
DAYS = [
    ("previous_period", date(2026, 3, 1), date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
    ("previous_period", date(2026, 1, 1), date(2026, 12, 31), date(2025, 1, 1), date(2025, 12, 31)),
    ("previous_period", date(2026, 3, 10), date(2026, 3, 16), date(2026, 3, 3), date(2026, 3, 9)),
    ("same_weekdays", date(2026, 3, 10), date(2026, 3, 12), date(2026, 3, 3), date(2026, 3, 5)),
    ("same_weekdays", date(2026, 3, 1), date(2026, 3, 31), date(2026, 1, 25), date(2026, 2, 24)),
    ("previous_year", date(2024, 2, 1), date(2024, 2, 29), date(2023, 2, 1), date(2023, 2, 28)),
    ("previous_year", date(2026, 3, 10), date(2026, 3, 16), date(2025, 3, 10), date(2025, 3, 16)),
]


@pytest.mark.parametrize(("comparison", "first", "last", "other_first", "other_last"), DAYS)
def test_each_comparison_names_its_days(
    comparison: str, first: date, last: date, other_first: date, other_last: date
) -> None:
    compared = compared_with(DayRange(first, last), comparison, AT("2027-01-15T12:00:00+00:00"))
    assert (compared.days, compared.until) == (DayRange(other_first, other_last), None)


def test_a_running_period_is_cut_off_at_the_same_minute() -> None:
    now = AT("2026-03-10T14:05:30+13:00")
    compared = compared_with(DayRange(date(2026, 3, 1), date(2026, 3, 31)), "previous_period", now)
    assert (compared.days, compared.until) == (
        DayRange(date(2026, 2, 1), date(2026, 2, 10)),
        AT("2026-02-10T14:05:00+13:00"),
    )
    assert compared.whole == DayRange(date(2026, 2, 1), date(2026, 2, 9))
    # February ends before its 30th day
    late = compared_with(
        DayRange(date(2026, 3, 1), date(2026, 3, 31)), "previous_period", AT("2026-03-30T09:00:00+13:00")
    )
    assert (late.days, late.until) == (DayRange(date(2026, 2, 1), date(2026, 2, 28)), None)


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_the_part_of_a_day_is_counted_to_the_minute(tea: Store, basis: str) -> None:
    for hour, minute in ((9, 0), (14, 4), (14, 6)):
        an_order(tea, "2.00", paid=True, at=local(tea, 2026, 2, 10, hour, minute), shipping_address={"country": "NZ"})
    an_order(tea, "1.00", paid=True, at=local(tea, 2026, 2, 3, 12), shipping_address={"country": "AU"})
    now = local(tea, 2026, 3, 10, 14, 5)
    with mock.patch("django.utils.timezone.now", lambda: now):
        admin = a_user(User.Role.ADMIN)
        asked = {"store": "tea", "figures": "totalSales,orders", "compare": "previous_period", "basis": basis}
        by_country = data(admin, by="country", period="monthly", **asked)
        assert by_country["totals"]["previous"] == {"totalSales": D("5.00"), "orders": 3}
        assert {row["key"]: row["previous"]["orders"] for row in by_country["rows"]} == {"NZ": 2, "AU": 1}
        by_day = data(admin, by="time", period="monthly", **asked)
        assert [row["previous"]["orders"] for row in by_day["rows"]] == [0, 0, 1, *[0] * 6, 2, *[0] * 21]
        by_product = data(admin, by="product", period="monthly", **asked)
        assert all(row["previous"]["orders"] == 0 for row in by_product["rows"])


def test_figures_order_by_their_own_formula_and_name_their_dimensions() -> None:
    for figure in QUERYABLE.values():
        assert bool(figure.formula) == bool(figure.sql), figure.key
    assert set(dimensions_of(QUERYABLE["orders"])) == set(DIMENSIONS) - {"category"}
    assert dimensions_of(QUERYABLE["grossSales"]) == tuple(DIMENSIONS)


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_every_cell_opens_to_the_orders_payments_and_refunds_that_add_up_to_it(tea: Store, basis: str) -> None:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    period = {"period": "custom", "startDate": "2026-03-01", "endDate": "2026-03-31", "basis": basis}
    admin = a_user(User.Role.ADMIN)
    opened = 0
    for name in (
        "totalSales",
        "grossSales",
        "netSales",
        "discounts",
        "returns",
        "shipping",
        "tips",
        "unitsSold",
        "orders",
    ):
        for by in dimensions_of(QUERYABLE[name]):
            for key, cell in values(data(admin, store="tea", figures=name, by=by, basis=basis, **MARCH)).items():
                asked = {
                    "store": "tea",
                    "metric": QUERYABLE[name].name,
                    "filter": f"{by}:{key}",
                    "limit": 100,
                    **period,
                }
                answer = client.get("/api/v1/dashboard/explain", asked)
                found = simplejson.loads(answer.content, use_decimal=True)["data"]
                assert (found["value"], found["entriesTotal"]) == (cell[name], cell[name]), (name, by, key)
                assert sum(entry["amount"] for entry in found["entries"]) == cell[name], (name, by, key)
                opened += 1
    assert opened > 50


@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_what_belongs_to_no_product_opens_to_what_is_left_of_each_order(tea: Store, basis: str) -> None:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    period = {"period": "custom", "startDate": "2026-03-01", "endDate": "2026-03-31", "basis": basis}
    names = "totalSales,taxes,netSales,unitsSold"
    admin = a_user(User.Role.ADMIN)
    for by in ("product", "variant", "category"):
        other = data(admin, store="tea", figures=names, by=by, basis=basis, **MARCH)["other"]["values"]
        assert other["totalSales"]
        for name, value in other.items():
            asked = {"store": "tea", "metric": QUERYABLE[name].name, "filter": f"{by}:other", "limit": 100, **period}
            answer = client.get("/api/v1/dashboard/explain", asked)
            found = simplejson.loads(answer.content, use_decimal=True)["data"]
            assert (found["value"], found["entriesTotal"]) == (value, value), (by, name)
            assert sum(entry["amount"] for entry in found["entries"]) == value, (by, name)
            assert all(entry["orderId"] for entry in found["entries"])
    refused = client.get(
        "/api/v1/dashboard/explain",
        {"store": "tea", "metric": "totalSales", "filter": "product:other", "andFilter": "country:NZ", **period},
    )
    assert (refused.status_code, [*refused.json()["errors"]]) == (400, ["andFilter"])


def test_a_cell_that_cannot_be_opened_is_refused(tea: Store) -> None:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    for metric, only, text in (
        ("tips", "product:1", "tips is not known by product. It is known by time, country"),
        ("totalSales", "country", "Enter a dimension and a value, such as country:DE."),
        ("newCustomers", "hour:1", "newCustomers is not known by hour. It is known by time alone."),
    ):
        answer = client.get("/api/v1/dashboard/explain", {"store": "tea", "metric": metric, "filter": only})
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["filter"])
        assert answer.json()["errors"]["filter"][0].startswith(text)


def test_a_product_is_the_sum_of_its_variants(tea: Store) -> None:
    shirt = a_product(tea, "9.00", name="Shirt", has_variants=True)
    small, large = (a_product(tea, "9.00", name=f"Shirt {size}", parent=shirt, options={"Size": size}) for size in "SL")
    at = local(tea, 2026, 3, 12, 9)
    items = [ItemRequest(small.pk, 1), ItemRequest(large.pk, 2)]
    mark_paid(order=place_order(store=tea, items=items, at=at, actor=None), at=at, actor=None)
    admin = a_user(User.Role.ADMIN)
    asked = {"store": "tea", "figures": "netSales,orders", **MARCH}
    by_variant = values(data(admin, by="variant", **asked))
    assert {key: by_variant[key] for key in (str(small.pk), str(large.pk))} == {
        str(small.pk): {"netSales": D("9.00"), "orders": 1},
        str(large.pk): {"netSales": D("18.00"), "orders": 1},
    }
    # one order contains both variants: it cannot be counted by adding them up
    assert values(data(admin, by="product", **asked))[str(shirt.pk)] == {"netSales": D("27.00"), "orders": None}
    client = Client()
    client.force_login(admin)
    period = {"period": "custom", "startDate": "2026-03-01", "endDate": "2026-03-31"}
    only = {"store": "tea", "filter": f"product:{shirt.pk}", **period}
    opened = client.get("/api/v1/dashboard/explain", {"metric": "netSales", **only}).json()["data"]
    assert (opened["value"], opened["entriesTotal"]) == (27.0, 27.0)
    assert client.get("/api/v1/dashboard/explain", {"metric": "totalOrders", **only}).status_code == 400


@pytest.mark.django_db
def test_hours_are_ordered_as_a_clock_has_them() -> None:
    store = a_store(slug="kiosk")
    for day, hour in ((2, 10), (2, 2), (3, 9), (2, 23), (3, 10)):
        an_order(store, "4.00", at=local(store, 2026, 3, day, hour), paid=True)
    asked: dict[str, object] = {
        "store": "kiosk",
        "figures": "orders",
        "from": "2026-03-02",
        "to": "2026-03-03",
        "ordering": "key",
    }
    staff = a_user(User.Role.STAFF, store)
    assert [row["key"] for row in data(staff, by="hour", **asked)["rows"]] == ["2", "9", "10", "23"]
    found = [row["key"] for row in data(staff, by="weekdayHour", **asked)["rows"]]
    assert found == ["1-2", "1-10", "1-23", "2-9", "2-10"]
