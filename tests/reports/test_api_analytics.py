"""The time series over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.actions import confirm_email, update_store
from customers.models import Store, User
from dashboard.metrics.folding import fold_all
from dashboard.models import DailyActivity
from orders.actions import refund_order
from tests.builders import a_customer, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/admin/analytics"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def admin() -> Client:
    return logged_in(User.Role.ADMIN)


def logged_in(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores))
    return client


def data(client: Client, path: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/{path}", query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()["data"]
    return {name: value for name, value in found.items() if name not in ("asOf", "computedAt", "expiresAt")}


def spring_store() -> Store:
    """Trade around the change of clocks on March 29th, and on the last days of February and March."""
    store = a_store(slug="london")
    paid = {
        "1.00": (2026, 2, 28, 23, 59),
        "2.00": (2026, 3, 1, 0, 0),
        "4.00": (2026, 3, 29, 0, 30),
        "8.00": (2026, 3, 29, 23, 30),
        "16.00": (2026, 3, 30, 0, 0),
        "32.00": (2026, 4, 1, 0, 0),
    }
    for price, day in paid.items():
        an_order(store, price, paid=True, at=local(store, *day))
    an_order(store, "64.00", at=local(store, 2026, 3, 31, 12))
    a_store(slug="empty")
    return store


def sales(bucket: dict[str, Any]) -> tuple[str, str, float, int, bool]:
    return bucket["startDate"], bucket["endDate"], bucket["sales"], bucket["orders"], bucket["isUnfinished"]


@pytest.mark.parametrize(
    ("granularity", "first", "expected"),
    [
        (
            "daily",
            "2026-03-28",
            [
                ("2026-03-28", "2026-03-28", 0, 0, False),
                ("2026-03-29", "2026-03-29", 12.0, 2, False),
                ("2026-03-30", "2026-03-30", 16.0, 1, False),
                ("2026-03-31", "2026-03-31", 0, 1, False),
                ("2026-04-01", "2026-04-01", 32.0, 1, True),
            ],
        ),
        (
            "weekly",
            "2026-03-10",
            [
                ("2026-03-10", "2026-03-15", 0, 0, False),
                ("2026-03-16", "2026-03-22", 0, 0, False),
                ("2026-03-23", "2026-03-29", 12.0, 2, False),
                ("2026-03-30", "2026-04-01", 48.0, 3, True),
            ],
        ),
        (
            "monthly",
            "2026-01-01",
            [
                ("2026-01-01", "2026-01-31", 0, 0, False),
                ("2026-02-01", "2026-02-28", 1.0, 1, False),
                ("2026-03-01", "2026-03-31", 30.0, 5, False),
                ("2026-04-01", "2026-04-01", 32.0, 1, True),
            ],
        ),
    ],
)
def test_buckets_hold_what_their_local_days_do_and_empty_ones_are_there(
    admin: Client, granularity: str, first: str, expected: list[Any]
) -> None:
    spring_store()
    found = data(admin, "revenue", store="london", granularity=granularity, **{"from": first})
    assert [sales(bucket) for bucket in found["series"][0]["buckets"]] == expected
    total = found["series"][0]["total"]
    assert (total["sales"], total["orders"]) == (sum(row[2] for row in expected), sum(row[3] for row in expected))


def test_revenue_is_exact_beside_the_period_before(admin: Client) -> None:
    spring_store()
    query = {"from": "2026-03-01", "to": "2026-04-30"}
    found = data(admin, "revenue", store="london", granularity="monthly", compare="previous_period", **query)
    nothing = {"sales": 0.0, "totalTax": 0.0, "orders": 0, "completedOrders": 0, "averageOrderValue": 0.0}
    unknown = {"sales": None, "totalTax": None, "orders": None, "completedOrders": None}
    march = {"sales": 30.0, "totalTax": 0.0, "orders": 5, "completedOrders": 4, "averageOrderValue": 7.5}
    april = {"sales": 32.0, "totalTax": 0.0, "orders": 1, "completedOrders": 1, "averageOrderValue": 32.0}
    assert found == {
        "store": "london", "timezone": "Europe/London", "currency": "GBP", "basis": "placed", "granularity": "monthly",
        "from": "2026-03-01", "to": "2026-04-30", "compare": "previous_period", "cacheState": "MISS",
        "series": [
            {
                "currency": "GBP",
                "total": {
                    "sales": 62.0, "totalTax": 0.0, "orders": 6, "completedOrders": 5, "averageOrderValue": 12.4,
                    "previous": {"startDate": "2026-01-01", "endDate": "2026-02-01", **nothing},
                    "change": unknown,
                },
                "buckets": [
                    {
                        "startDate": "2026-03-01", "endDate": "2026-03-31", "isUnfinished": False, **march,
                        "previous": {"startDate": "2026-01-01", "endDate": "2026-01-31", **nothing},
                        "change": unknown,
                    },
                    {
                        "startDate": "2026-04-01", "endDate": "2026-04-30", "isUnfinished": True, **april,
                        "previous": {"startDate": "2026-02-01", "endDate": "2026-02-01", **nothing},
                        "change": unknown,
                    },
                ],
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize("is_folded", [False, True])
def test_what_runs_is_compared_with_the_same_part_to_the_minute(admin: Client, is_folded: bool, basis: str) -> None:
    store = a_store(slug="london")
    for day, price in (((2026, 3, 30, 8), "10.00"), ((2026, 3, 31, 8), "6.00"), ((2026, 4, 1, 8), "2.00")):
        an_order(store, price, paid=True, at=local(store, *day))
    before = {
        "5.00": (2025, 3, 30, 23, 59),
        "3.00": (2025, 3, 31, 8),
        "7.00": (2025, 4, 1, 9, 59),
        "64.00": (2025, 4, 1, 10),
    }
    for price, moment in before.items():
        an_order(store, price, paid=True, at=local(store, *moment))
    if is_folded:
        fold_all()
    query = {"from": "2026-03-30", "to": "2026-04-01", "compare": "previous_year", "store": "london", "basis": basis}
    found = data(admin, "revenue", **query)["series"][0]
    # it is 10:00 in London
    assert [bucket["change"]["sales"] for bucket in found["buckets"]] == [100.0, 100.0, -71.43]
    assert [bucket["previous"]["sales"] for bucket in found["buckets"]] == [5.0, 3.0, 7.0]
    assert (found["total"]["change"]["sales"], found["total"]["change"]["orders"]) == (20.0, 0.0)
    assert found["total"]["previous"]["sales"] == 15.0
    everything = {name: value for name, value in query.items() if name != "store"}
    assert data(admin, "revenue", **everything)["series"] == [found]


@pytest.mark.parametrize("granularity", ["daily", "weekly", "monthly"])
def test_days_that_the_other_month_has_more_count_in_the_total_alone(admin: Client, granularity: str) -> None:
    store = a_store(slug="london")
    for month, day, price in ((1, 1, "1.00"), (1, 28, "2.00"), (1, 31, "4.00"), (2, 1, "8.00")):
        an_order(store, price, paid=True, at=local(store, 2026, month, day, 12))
    query = {"from": "2026-02-01", "to": "2026-02-28", "compare": "previous_period", "granularity": granularity}
    (series,) = data(admin, "revenue", store="london", **query)["series"]
    assert series["total"]["previous"]["sales"] == 7.0
    before = sum(bucket["previous"]["sales"] for bucket in series["buckets"])
    assert before == (7.0 if granularity == "monthly" else 3.0)


def test_nothing_is_compared_with_none_and_a_percentage_is_null_where_nothing_was_before(admin: Client) -> None:
    spring_store()
    query = {"from": "2026-03-30", "to": "2026-03-31", "store": "london"}
    none, left_out = data(admin, "revenue", compare="none", **query), data(admin, "revenue", **query)
    assert (none["compare"], none["series"]) == (None, left_out["series"])
    assert none["series"][0]["total"]["previous"] is None
    (series,) = data(admin, "revenue", compare="same_weekdays", **query)["series"]
    assert [bucket["previous"]["startDate"] for bucket in series["buckets"]] == ["2026-03-23", "2026-03-24"]
    assert series["total"]["change"]["sales"] is None


@pytest.mark.parametrize("compare", ["previous_period", "same_weekdays", "previous_year"])
@pytest.mark.parametrize("granularity", ["daily", "weekly", "monthly"])
def test_series_store_dashboard_and_query_compare_with_the_same_days(
    admin: Client, granularity: str, compare: str
) -> None:
    spring_store()
    days = {"from": "2026-02-10", "to": "2026-04-05"}
    (series,) = data(admin, "revenue", store="london", compare=compare, granularity=granularity, **days)["series"]
    asked = {"store": "london", "figures": "totalSales,orders", "compare": compare, **days}
    query = admin.get("/api/v1/analytics/query", {**asked, "by": "time", "granularity": granularity}).json()["data"]
    period = {"period": "custom", "startDate": days["from"], "endDate": days["to"]}
    board = admin.get("/api/v1/store/dashboard", {"store": "london", "compare": compare, **period}).json()
    comparison = board["data"]["comparison"] if "data" in board else board["comparison"]
    previous = series["total"]["previous"]
    assert (previous["startDate"], previous["endDate"]) == (comparison["startDate"], comparison["endDate"])
    assert (previous["sales"], previous["orders"]) == (
        comparison["summary"]["totalSales"],
        comparison["summary"]["totalOrders"],
    )
    nothing = {"sales": 0.0, "orders": 0}
    found = [bucket["previous"] or nothing for bucket in series["buckets"]]
    assert [{"totalSales": one["sales"], "orders": one["orders"]} for one in found] == [
        row["previous"] for row in query["rows"]
    ]
    assert sum(one["orders"] for one in found) == previous["orders"]


def test_the_basis_says_whose_day_a_refund_lowers(admin: Client) -> None:
    store = a_store(slug="london")
    order = an_order(store, "10.00", paid=True, at=local(store, 2026, 3, 30, 8))
    refund_order(order=order, at=local(store, 2026, 3, 31, 8), actor=None)
    query = {"from": "2026-03-30", "to": "2026-03-31", "store": "london"}
    found = {basis: data(admin, "revenue", basis=basis, **query) for basis in ("placed", "booked")}
    assert {name: answer["basis"] for name, answer in found.items()} == {"placed": "placed", "booked": "booked"}
    assert {name: [b["sales"] for b in answer["series"][0]["buckets"]] for name, answer in found.items()} == {
        "placed": [0.0, 0.0],
        "booked": [10.0, -10.0],
    }


def test_all_stores_have_one_series_per_currency_by_their_own_days(admin: Client) -> None:
    london = a_store(slug="london")
    auckland = a_store(slug="auckland", currency="NZD", timezone="Pacific/Auckland")
    moment = datetime(2026, 3, 30, 20, tzinfo=UTC)  # the 31st in Auckland
    for store, price in ((london, "3.00"), (auckland, "5.00")):
        an_order(store, price, paid=True, at=moment)
    confirm_email(customer=a_customer(london, at=moment), actor=None)
    found = data(admin, "overview", **{"from": "2026-03-30", "to": "2026-04-01"})
    totals = {
        "orders": 2,
        "completedOrders": 2,
        "pendingOrders": 0,
        "canceledOrders": 0,
        "expiredOrders": 0,
        "refundedOrders": 0,
        "newCustomers": 1,
    }
    head = {name: value for name, value in found.items() if name != "series"}
    assert head == {
        "store": None,
        "timezone": None,
        "currency": None,
        "basis": "placed",
        "granularity": "daily",
        "from": "2026-03-30",
        "to": "2026-04-01",
        "totals": totals,
        "cacheState": "MISS",
    }
    assert {s["currency"]: [sales(bucket)[2:] for bucket in s["buckets"]] for s in found["series"]} == {
        "GBP": [(3.0, 1, False), (0.0, 0, False), (0.0, 0, True)],
        "NZD": [(0.0, 0, False), (5.0, 1, False), (0.0, 0, True)],
    }
    counted = {
        "orders": 1,
        "completedOrders": 1,
        "newCustomers": 0,
        "sales": 5.0,
        "totalTax": 0.0,
        "averageOrderValue": 5.0,
    }
    assert found["series"][1]["total"] == {**totals, **counted}


def test_a_day_is_unfinished_until_it_is_over_in_every_zone(admin: Client, noon: Any) -> None:
    a_store(slug="auckland", timezone="Pacific/Auckland")
    a_store(slug="london")
    noon.move_to(datetime(2026, 3, 30, 15, tzinfo=UTC))  # the 31st in Auckland
    days = {"from": "2026-03-29", "to": "2026-03-31"}
    found = {
        store: [b["isUnfinished"] for b in data(admin, "requests", store=store, **days)["buckets"]]
        for store in ("auckland", "london")
    }
    found["all"] = [b["isUnfinished"] for b in data(admin, "requests", **days)["buckets"]]
    assert found == {
        "auckland": [False, False, True],
        "london": [False, True, True],
        "all": [False, True, True],
    }
    assert data(admin, "requests")["to"] == "2026-03-31"
    assert data(admin, "requests")["from"] == "2026-03-02"


def test_requests_count_an_account_once_in_each_bucket(admin: Client) -> None:
    store = a_store(slug="london")
    an_order(store, at=local(store, 2026, 3, 30, 8))
    for user_id, day, views in ((1, 30, 3), (2, 30, 1), (1, 31, 4)):
        DailyActivity.objects.create(store=store, user_id=user_id, day=date(2026, 3, day), page_views=views)
    DailyActivity.objects.create(store=None, user_id=9, day=date(2026, 3, 30), page_views=7)
    query = {"from": "2026-03-30", "to": "2026-03-31"}
    use = ("orders", "pageViews", "activeUsers")
    found = {
        (store, granularity): [
            tuple(bucket[name] for name in use)
            for bucket in data(admin, "requests", granularity=granularity, **query, **scope)["buckets"]
        ]
        for store, scope in (("london", {"store": "london"}), ("all", {}))
        for granularity in ("daily", "weekly")
    }
    assert found == {
        ("london", "daily"): [(1, 4, 2), (0, 4, 1)],
        ("london", "weekly"): [(1, 8, 2)],
        ("all", "daily"): [(1, 7, 1), (0, 0, 0)],
        ("all", "weekly"): [(1, 7, 1)],
    }


def test_without_stores_there_are_buckets_but_no_series(admin: Client) -> None:
    query = {"from": "2026-03-30", "to": "2026-03-31"}
    assert (data(admin, "revenue", **query)["series"], data(admin, "overview", **query)["series"]) == ([], [])
    assert len(data(admin, "requests", **query)["buckets"]) == 2


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"granularity": "hourly"}, "granularity"),
        ({"from": "2026-3-1"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"from": "2023-01-01", "to": "2026-01-01"}, "from"),
        ({"from": "2026-04-02"}, "from"),
        ({"to": "2200-01-01"}, "to"),
        ({"from": "1969-12-31"}, "from"),
        ({"from": "２０２６-03-01"}, "from"),
        ({"compare": "previous_month"}, "compare"),
        ({"basis": "paid"}, "basis"),
        ({"period": "monthly"}, "period"),
    ],
)
def test_a_bad_parameter_is_named(admin: Client, query: dict[str, str], name: str) -> None:
    a_store()
    answer = admin.get(f"{ROOT}/revenue", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    for path in ("overview", "requests"):
        answer = admin.get(f"{ROOT}/{path}", query)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_a_store_that_is_not_there_is_404(admin: Client) -> None:
    for path in ("overview", "requests", "revenue"):
        assert admin.get(f"{ROOT}/{path}", {"store": "nowhere"}).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("super_admin", 200), ("admin", 200), ("staff", 200), ("user", 403), ("nobody", 401)]
)
def test_analytics_are_for_staff(role: str, status: int) -> None:
    store = a_store(slug="london")
    client = Client() if role == "nobody" else logged_in(role, store)
    found = {path: client.get(f"{ROOT}/{path}").status_code for path in ("overview", "requests", "revenue")}
    assert set(found.values()) == {status}


def test_an_answer_carries_its_etag_and_is_304_to_who_has_it(admin: Client) -> None:
    spring_store()
    first = admin.get(f"{ROOT}/overview")
    again = admin.get(f"{ROOT}/overview", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert (first["X-Cache"], first["Cache-Control"]) == ("MISS", "private, no-cache")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["overview", "requests", "revenue"])
def test_an_answer_comes_from_the_cache_until_something_changes(admin: Client, path: str) -> None:
    store = spring_store()
    states = [data(admin, path)["cacheState"], data(admin, path)["cacheState"]]
    an_order(store, at=NOW)
    assert [*states, data(admin, path)["cacheState"]] == ["MISS", "HIT", "MISS"]


@pytest.mark.django_db(transaction=True)
def test_the_cache_tells_what_is_asked_for_apart(admin: Client) -> None:
    spring_store()
    queries: list[dict[str, str]] = [
        {},
        {"store": "london"},
        {"store": "empty"},
        {"granularity": "weekly"},
        {"basis": "booked"},
        {"compare": "previous_year"},
        {"compare": "previous_period"},
        {"compare": "same_weekdays"},
        {"from": "2026-03-20"},
        {"to": "2026-03-30"},
    ]
    assert [data(admin, "revenue", **query)["cacheState"] for query in queries] == ["MISS"] * len(queries)


@pytest.mark.parametrize("path", ["overview", "requests", "revenue"])
def test_no_value_breaks_an_endpoint_and_every_refusal_names_a_parameter(admin: Client, path: str) -> None:
    a_store(slug="kiritimati", timezone="Pacific/Kiritimati")
    a_store(slug="pago", timezone="Pacific/Pago_Pago", currency="USD")
    values = [
        "", "0", "-1", "2026", "2026-1-1", "2026-00-10", "20260101", "2026-W01-1", "0000-01-01", "0001-01-01",
        "9999-12-31", "10000-01-01", "2026-01-01T00:00", "2026-01-01 ", "\0", "null", "NaN", "' or 1=1--", "[]",
        "2026-02-29", "١٢٣٤-٠١-٠١", "9" * 30,
    ]  # fmt: skip
    names = ("from", "to", "store", "granularity", "compare", "basis", "page", "FROM", "from[]")
    answers = [(name, value, admin.get(f"{ROOT}/{path}", {name: value})) for name in names for value in values]
    wrong = [(name, value, answer.status_code) for name, value, answer in answers if answer.status_code // 100 != 4]
    assert wrong == []
    unnamed = [
        (name, value)
        for name, value, answer in answers
        if answer.status_code == 400 and list(answer.json()["errors"]) != [name]
    ]
    assert unnamed == []


@pytest.mark.parametrize("granularity", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("compare", ["previous_period", "same_weekdays", "previous_year"])
def test_the_ends_of_time_have_buckets_and_something_before_them(admin: Client, granularity: str, compare: str) -> None:
    a_store()
    for first, last in (("1970-01-01", "1972-12-31"), ("2197-01-01", "2199-12-31")):
        query = {"from": first, "to": last, "granularity": granularity, "compare": compare}
        buckets = data(admin, "revenue", **query)["series"][0]["buckets"]
        assert (buckets[0]["startDate"], buckets[-1]["endDate"]) == (first, last)
        without = [bucket["startDate"] for bucket in buckets if bucket["previous"] is None]
        assert without == (
            ["1972-02-29"] if (granularity, compare, last[:4]) == ("daily", "previous_year", "1972") else []
        )


@pytest.mark.django_db(transaction=True)
def test_a_new_store_and_a_changed_zone_or_currency_are_seen_at_once(admin: Client) -> None:
    store = a_store(slug="london")

    def seen() -> list[tuple[str, str]]:
        found = data(admin, "revenue")
        one = data(admin, "revenue", store="london")
        return [*((series["currency"], found["to"]) for series in found["series"]), (one["currency"], one["timezone"])]

    assert seen() == [("GBP", "2026-04-01"), ("GBP", "Europe/London")]
    a_store(slug="kiritimati", timezone="Pacific/Kiritimati", currency="AUD")
    assert seen() == [("AUD", "2026-04-01"), ("GBP", "2026-04-01"), ("GBP", "Europe/London")]
    update_store(store=store, changes={"currency": "EUR", "timezone": "Pacific/Auckland"}, actor=None)
    assert seen() == [("AUD", "2026-04-01"), ("EUR", "2026-04-01"), ("EUR", "Pacific/Auckland")]
