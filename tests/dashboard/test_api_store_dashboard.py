from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Membership, User
from customers.tokens import access_token
from dashboard.metrics import folding
from dashboard.metrics.verification import verify_store
from dashboard.models import StoreDailySales
from orders.actions import ItemRequest
from tests.builders import a_product, a_store, a_user, an_order, local
from tests.dashboard.march import MarchStore, march_store

pytestmark = pytest.mark.django_db

BARE = "/store/dashboard"
ENVELOPED = "/api/v1/store/dashboard"
ADDRESSES = (BARE, ENVELOPED)
MARCH = {"year": "2026", "month": "3"}


@pytest.fixture(scope="module")
def built(module_rows: None) -> MarchStore:
    return march_store()


@pytest.fixture
def march(built: MarchStore) -> MarchStore:
    return deepcopy(built)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(client: Client, address: str = BARE, **params: Any) -> tuple[int, Any]:
    response = client.get(address, params)
    return response.status_code, json.loads(response.content, parse_float=Decimal)


def expected_march(march: MarchStore, **changes: Any) -> dict[str, Any]:
    return {
        "period": {"type": "monthly", "year": 2026, "month": 3, "startDate": "2026-03-01", "endDate": "2026-03-31"},
        "firstAvailablePeriod": {"year": 2026, "month": 2, "period": "2026-02"},
        "lastAvailablePeriod": {"year": 2026, "month": 4, "period": "2026-04"},
        "store": "pottery",
        "currency": "GBP",
        "timezone": "Europe/London",
        "verification": None,
        "comparison": None,
        **changes,
    }


def placed(march: MarchStore) -> dict[str, Any]:
    return expected_march(
        march,
        basis="placed",
        summary={
            "totalSales": Decimal("56.00"),
            "totalTax": Decimal("0.00"),
            "totalOrders": 4,
            "totalCompletedOrders": 2,
            "totalExpiredOrders": 1,
            "totalRefundedOrders": 1,
            "averageTicket": Decimal("28.00"),
            "totalCustomers": 2,
            "newCustomers": 1,
            "ordersWithCoupon": 1,
            "ordersWithoutCoupon": 1,
        },
        dailyTrend=trend({"2026-03-30": ("15.00", 1), "2026-03-31": ("0.00", 1)}),
        salesByProduct=[
            product(march.bowl.pk, "Bowl <b>blue</b>", None, "33.00", 2, "64.71"),
            product(march.mug.pk, "Mug", "/media/mug.svg", "18.00", 3, "35.29"),
        ],
    )


def booked(march: MarchStore) -> dict[str, Any]:
    return expected_march(
        march,
        basis="booked",
        summary={
            "totalSales": Decimal("71.00"),
            "totalTax": Decimal("0.00"),
            "totalOrders": 4,
            "totalCompletedOrders": 3,
            "totalExpiredOrders": 1,
            "totalRefundedOrders": 0,
            "averageTicket": Decimal("23.67"),
            "totalCustomers": 2,
            "newCustomers": 0,
            "ordersWithCoupon": 1,
            "ordersWithoutCoupon": 2,
        },
        dailyTrend=trend({"2026-03-30": ("20.00", 1), "2026-03-31": ("10.00", 1)}),
        salesByProduct=[
            product(march.bowl.pk, "Bowl <b>blue</b>", None, "38.00", 2, "57.58"),
            product(march.mug.pk, "Mug", "/media/mug.svg", "28.00", 3, "42.42"),
        ],
    )


def trend(days: dict[str, tuple[str, int]]) -> list[dict[str, Any]]:
    dates = [f"2026-03-{day}" for day in range(25, 32)]
    found = [(date, *days.get(date, ("0.00", 0))) for date in dates]
    return [{"date": date, "totalSales": Decimal(sales), "totalOrders": orders} for date, sales, orders in found]


def product(pk: int, name: str, image: str | None, sales: str, orders: int, share: str) -> dict[str, Any]:
    return {
        "productId": pk,
        "productName": name,
        "imgCardUrl": image,
        "totalSales": Decimal(sales),
        "totalOrders": orders,
        "percentage": Decimal(share),
    }


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize(("basis", "expected"), [("placed", placed), ("booked", booked)])
def test_a_small_store_is_answered_whole_on_either_basis_folded_or_not(
    march: MarchStore, basis: str, expected: Any, is_folded: bool
) -> None:
    if is_folded:
        folding.fold_all()

    status, body = read(logged_in(a_user(User.Role.STAFF, march.store)), basis=basis, **MARCH)

    as_of = datetime.fromisoformat(body.pop("asOf"))
    assert (status, body) == (200, expected(march))
    assert timedelta() <= timezone.now() - as_of < timedelta(minutes=1)


def test_money_is_written_with_two_decimals(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert b'"totalSales":56.00,' in client.get(BARE, MARCH).content


def test_the_versioned_address_answers_the_same_in_the_envelope(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    (_, bare), (status, enveloped) = read(client, BARE, **MARCH), read(client, ENVELOPED, **MARCH)

    bare.pop("asOf"), enveloped["data"].pop("asOf")
    assert (status, enveloped) == (200, {"status": "success", "data": bare})


@pytest.mark.parametrize("address", ADDRESSES)
def test_answers_are_private_and_asked_for_anew(march: MarchStore, address: str) -> None:
    response = logged_in(a_user(User.Role.STAFF, march.store)).get(address)

    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    assert response["Content-Type"] == "application/json"


def test_a_store_without_orders_has_zeros_and_no_available_period() -> None:
    store = a_store(currency="NZD", timezone="Pacific/Auckland")
    client = logged_in(a_user(User.Role.STAFF, store))

    status, body = read(client, period="custom", startDate="2026-01-01", endDate="2026-01-02")

    dates = [f"2025-12-{day}" for day in range(27, 32)] + ["2026-01-01", "2026-01-02"]
    body.pop("asOf")
    assert status == 200
    assert body == {
        "period": {"type": "custom", "startDate": "2026-01-01", "endDate": "2026-01-02"},
        "summary": dict.fromkeys(placed_names(), 0),
        "dailyTrend": [{"date": date, "totalSales": Decimal("0.00"), "totalOrders": 0} for date in dates],
        "salesByProduct": [],
        "firstAvailablePeriod": None,
        "lastAvailablePeriod": None,
        "store": store.slug,
        "currency": "NZD",
        "timezone": "Pacific/Auckland",
        "basis": "placed",
        "verification": None,
        "comparison": None,
    }


def placed_names() -> list[str]:
    return [
        "totalSales",
        "totalTax",
        "totalOrders",
        "totalCompletedOrders",
        "totalExpiredOrders",
        "totalRefundedOrders",
        "averageTicket",
        "totalCustomers",
        "newCustomers",
        "ordersWithCoupon",
        "ordersWithoutCoupon",
    ]


def test_the_last_comparison_with_the_orders_is_told(march: MarchStore) -> None:
    folding.fold_all()
    day = StoreDailySales.objects.filter(store_id=march.store.pk, basis="placed", day="2026-03-30")
    day.update(sales=F("sales") + 7)
    result = verify_store(march.store)

    _, body = read(logged_in(a_user(User.Role.STAFF, march.store)))

    assert body["verification"] == {
        "checkedAt": result.checked_at.astimezone(march.store.zone).isoformat(),
        "difference": Decimal("7.00"),
        "wrongBuckets": 1,
    }


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", [User.Role.SUPER_ADMIN, User.Role.ADMIN])
def test_admins_see_every_store_by_slug_and_by_id(march: MarchStore, address: str, role: str) -> None:
    client = logged_in(a_user(role))

    for key in ("pottery", march.store.pk):
        assert client.get(address, {"store": key}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", [User.Role.STAFF, User.Role.USER])
def test_a_foreign_store_answers_exactly_like_a_missing_one(march: MarchStore, address: str, role: str) -> None:
    client = logged_in(a_user(role, a_store()) if role == User.Role.STAFF else a_user(role, march.store))

    bodies = []
    for key in ("pottery", march.store.pk, "nowhere", "999999999", "9" * 30, "ä"):
        status, body = read(client, address, store=key)
        assert (status, body.pop("requestId") != "") == (404, True)
        bodies.append(body)

    assert bodies == [{"status": "error", "message": "Not found.", "code": "RESOURCE_NOT_FOUND"}] * len(bodies)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("key", ["", "\0"])
def test_a_store_that_names_nothing_is_400_as_on_lists(march: MarchStore, address: str, key: str) -> None:
    status, body = read(logged_in(a_user(User.Role.ADMIN)), address, store=key)
    assert (status, list(body["errors"])) == (400, ["store"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_anonymous_callers_are_401(march: MarchStore, address: str) -> None:
    for params in ({}, {"store": "pottery"}, {"store": "nowhere"}, {"nonsense": "1"}):
        status, body = read(Client(), address, **params)
        assert (status, body["code"]) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_disabled_account_is_401_with_session_and_token(march: MarchStore, address: str) -> None:
    user = a_user(User.Role.ADMIN)
    client, token = logged_in(user), access_token(user)
    User.objects.filter(pk=user.pk).update(status="SUSPENDED")

    assert client.get(address).status_code == 401
    assert Client().get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_lost_membership_closes_the_store_on_the_next_request(march: MarchStore, address: str) -> None:
    user = a_user(User.Role.STAFF, march.store)
    client = logged_in(user)
    assert client.get(address, {"store": "pottery"}).status_code == 200

    Membership.objects.filter(user=user).delete()

    assert client.get(address, {"store": "pottery"}).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_token_opens_what_a_session_opens(march: MarchStore, address: str) -> None:
    token = access_token(a_user(User.Role.STAFF, march.store))

    assert Client().get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert Client().get(address, headers={"Authorization": f"Bearer {token}x"}).status_code == 401


def test_the_store_may_be_left_out_by_members_of_exactly_one(march: MarchStore) -> None:
    one, two, none = (
        a_user(User.Role.STAFF, march.store),
        a_user(User.Role.STAFF, march.store, a_store()),
        a_user(User.Role.USER),
    )

    assert read(logged_in(one))[1]["store"] == "pottery"
    for user in (two, none):
        status, body = read(logged_in(user))
        assert (status, list(body["errors"])) == (400, ["store"])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("nonsense=1", ["nonsense"]),
        ("Store=1&YEAR=2026", ["Store", "YEAR"]),
        ("store=pottery&store=pottery", ["store"]),
        ("period=weekly", ["period"]),
        ("period=", ["period"]),
        ("year=20226", ["year"]),
        ("year=٢٠٢٦&month=3", ["year"]),
        ("year=2026&month=13", ["month"]),
        ("year=2026&month=-1", ["month"]),
        ("year=2026&month=1.0", ["month"]),
        ("month=3", ["year"]),
        ("period=today&year=2026", ["year"]),
        ("period=custom&startDate=2026-01-01", ["endDate"]),
        ("period=custom&startDate=2026-02-30&endDate=2026-03-01", ["startDate"]),
        ("period=custom&startDate=2026-03-02&endDate=2026-03-01", ["endDate"]),
        ("period=custom&startDate=2020-01-01&endDate=2026-03-01", ["endDate"]),
        ("period=custom&startDate=2026-01-01%00&endDate=2026-03-01", ["startDate"]),
        ("startDate=2026-01-01", ["startDate"]),
        ("basis=paid", ["basis"]),
        ("basis=", ["basis"]),
    ],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_bad_value_is_400_and_named(march: MarchStore, address: str, query: str, names: list[str]) -> None:
    response = logged_in(a_user(User.Role.STAFF, march.store)).get(f"{address}?{query}")
    body = response.json()

    assert (response.status_code, body["status"], body["code"]) == (400, "error", "VALIDATION_ERROR")
    assert sorted(body["errors"]) == sorted(names)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_read(march: MarchStore, address: str, method: str) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert getattr(client, method)(address).status_code == 405


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(BARE, MARCH).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_products(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))
    few = queries(client)

    items = [ItemRequest(a_product(march.store).pk, 1) for _ in range(300)]
    an_order(march.store, items=items, paid=True, at=local(march.store, 2026, 3, 5, 12))

    assert (few, queries(client)) == (3, 3)  # session with its account, store, figures
