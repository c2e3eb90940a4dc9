"""The admin snapshot: what is in it, where it is kept, who may read it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache as redis_cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import ValidationError

from customers.actions import add_credits, create_or_update_subscription, spend_credits
from customers.models import Customer, Store, User
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.answers import snapshot
from dashboard.answers.snapshot import (
    get_dashboard_metrics,
    invalidate_dashboard_metrics_cache,
    prune_snapshots,
    refresh_dashboard_metrics_cache,
)
from dashboard.models import DailyActivity, DashboardCache
from orders.actions import refund_order
from tests.builders import a_customer, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)
METRICS = "/api/v1/dashboard/metrics"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def a_credit(customer: Customer, amount: str, at: datetime) -> None:
    """Grant (or spend) credits at a moment."""
    change = add_credits if Decimal(amount) > 0 else spend_credits
    with time_machine.travel(at, tick=False):
        change(customer=customer, amount=abs(Decimal(amount)), reason="r", actor=None)


def subscribe(customer: Customer, amount: str, status: str = "active") -> None:
    create_or_update_subscription(
        customer=customer,
        plan="p",
        status=status,
        monthly_amount=Decimal(amount),
        current_period_end=datetime(2030, 1, 1, tzinfo=UTC),
        actor=None,
    )


@pytest.fixture
def london() -> Store:
    """A store with rows on both sides of either end of the 30 days, and of midnight."""
    store = a_store(slug="london")
    an_order(store, "99.00", paid=True, at=local(store, 2026, 2, 28, 23, 59))
    an_order(store, "10.00", paid=True, at=local(store, 2026, 3, 1, 0, 0))
    back = an_order(store, "20.00", paid=True, at=local(store, 2026, 3, 28, 23, 59))
    refund_order(order=back, amount=Decimal("5.00"), reason="r", actor=None)
    an_order(store, "7.00", at=local(store, 2026, 3, 29, 0, 30))
    ann, bob = a_customer(store), a_customer(store)
    a_credit(ann, "50", local(store, 2026, 2, 28, 23, 59))
    a_credit(ann, "8", local(store, 2026, 3, 1, 0, 0))
    a_credit(ann, "-3", local(store, 2026, 3, 28, 23, 59))
    a_credit(bob, "4", local(store, 2026, 3, 29, 0, 30))
    subscribe(ann, "9.99")
    subscribe(bob, "5.00", "canceled")
    DailyActivity.objects.create(store=store, day=date(2026, 3, 29), user_id=1, page_views=3)
    DailyActivity.objects.create(store=store, day=date(2026, 3, 29), user_id=2, page_views=4)
    DailyActivity.objects.create(store=None, day=date(2026, 3, 29), user_id=1, page_views=9)
    return store


def days(usage: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the days on which anything is not zero."""
    return {day["date"]: day for day in usage if any(value for name, value in day.items() if name != "date")}


def use(day: str, orders: int, sales: str, granted: str, spent: str, users: int = 0, views: int = 0) -> dict[str, Any]:
    return {
        "date": day,
        "orders": orders,
        "sales": Decimal(sales),
        "creditsGranted": Decimal(granted),
        "creditsSpent": Decimal(spent),
        "activeUsers": users,
        "pageViews": views,
    }


def test_the_snapshot_of_a_store_is_exact_at_the_ends_of_its_local_days(london: Store) -> None:
    found = get_dashboard_metrics(london)

    assert (len(found["usage"]), days(found.pop("usage"))) == (
        30,
        {
            "2026-03-01": use("2026-03-01", 1, "10.00", "8.00", "0.00"),
            "2026-03-28": use("2026-03-28", 1, "15.00", "0.00", "3.00"),
            "2026-03-29": use("2026-03-29", 1, "0.00", "4.00", "0.00", 2, 7),
        },
    )
    for name in ("asOf", "currencies"):
        found.pop(name)
    assert found == {
        "tenant": "london", "from": "2026-03-01", "to": "2026-03-30", "currency": "GBP", "timezone": "Europe/London",
        "totalSales": Decimal("25.00"), "totalTax": Decimal("0.00"),
        "totalOrders": 3, "completedOrders": 2, "pendingOrders": 1,
        "canceledOrders": 0, "expiredOrders": 0, "refundedOrders": 0, "averageOrderValue": Decimal("12.50"),
        "totalCustomers": 2, "newCustomers": 0, "activeSubscriptions": 1,
        "monthlyRecurringRevenue": Decimal("9.99"), "creditsOutstanding": Decimal("59.00"),
        "computedAt": NOON.isoformat(), "expiresAt": (NOON + timedelta(minutes=5)).isoformat(), "cacheState": "MISS",
        "comparison": None,
    }  # fmt: skip


def test_amounts_of_several_currencies_are_not_added_up_and_each_store_has_its_own_days(london: Store) -> None:
    auckland = a_store(currency="NZD", timezone="Pacific/Auckland")
    an_order(auckland, "30.00", paid=True, at=local(auckland, 2026, 3, 29, 0, 30))
    a_credit(a_customer(auckland), "6", local(auckland, 2026, 3, 31, 0, 30))

    found = get_dashboard_metrics()

    assert {name for name, value in found.items() if value is None} == {
        "tenant",
        "currency",
        "timezone",
        "totalSales",
        "totalTax",
        "averageOrderValue",
        "monthlyRecurringRevenue",
        "creditsOutstanding",
        "comparison",
    }
    assert (found["from"], found["to"], found["totalOrders"], found["totalCustomers"]) == (
        "2026-03-02",
        "2026-03-31",
        3,
        3,
    )
    assert days(found["usage"])["2026-03-29"] == {
        **use("2026-03-29", 2, "0", "0", "0", 1, 9),
        "sales": None,
        "creditsGranted": None,
        "creditsSpent": None,
    }
    assert [(line["currency"], line["totalSales"], line["creditsOutstanding"]) for line in found["currencies"]] == [
        ("GBP", Decimal("15.00"), Decimal("59.00")),
        ("NZD", Decimal("30.00"), Decimal("6.00")),
    ]
    assert [day["date"] for day in found["currencies"][1]["usage"]] == ["2026-03-29", "2026-03-31"]


def test_one_store_and_all_stores_cost_the_same_number_of_statements(london: Store) -> None:
    def statements(store: Store | None) -> int:
        with CaptureQueriesContext(connection) as captured:
            snapshot._compute(StoreScope(store), None, timedelta(minutes=5))
        return len(captured)

    one = statements(london)
    for currency in ("EUR", "USD", "JPY", "BRL", "NZD"):
        an_order(a_store(currency=currency))

    assert (one, statements(None)) == (10, 11)  # the time zones are one more


def test_a_row_is_kept_for_each_scope_and_first_day_and_outlives_a_flush_of_redis(london: Store) -> None:
    scopes = [(None, None), (london, None), (london, date(2026, 3, 1))]
    for store, day in scopes:
        get_dashboard_metrics(store, day)

    redis_cache.clear()

    assert sorted(
        DashboardCache.objects.values_list("store__slug", "from_day", "computed_at", "expires_at"), key=str
    ) == sorted([(store and "london", day, NOON, NOON + timedelta(minutes=5)) for store, day in scopes], key=str)
    assert [get_dashboard_metrics(store, day)["cacheState"] for store, day in scopes] == ["HIT"] * 3


def test_a_row_of_before_a_change_is_not_used_even_if_redis_knows_nothing(london: Store) -> None:
    get_dashboard_metrics(london)
    an_order(london)
    redis_cache.clear()

    found = get_dashboard_metrics(london)

    assert (found["cacheState"], found["totalOrders"]) == ("MISS", 4)


def test_an_expired_row_is_deleted_when_it_is_met_and_by_the_job(london: Store, clock: Any) -> None:
    get_dashboard_metrics(london)
    get_dashboard_metrics()
    redis_cache.clear()
    clock.shift(timedelta(minutes=5))

    assert snapshot._recall(StoreScope(london), None) is None
    assert [row.store for row in DashboardCache.objects.all()] == [None]
    assert (prune_snapshots(), DashboardCache.objects.count()) == (1, 0)


def test_an_invalidation_of_a_store_takes_all_with_it_and_one_without_a_store_everything(london: Store) -> None:
    other = a_store()
    scopes = [london, other, None]

    def states() -> list[str]:
        return [get_dashboard_metrics(scope)["cacheState"] for scope in scopes]

    states()
    invalidate_dashboard_metrics_cache("london")
    assert states() == ["MISS", "HIT", "MISS"]
    invalidate_dashboard_metrics_cache()
    assert DashboardCache.objects.count() == 0
    assert states() == ["MISS", "MISS", "MISS"]
    assert states() == ["HIT", "HIT", "HIT"]


def test_credits_and_subscriptions_change_the_snapshot(london: Store) -> None:
    customer = Customer.objects.filter(store=london).latest("pk")
    before = [get_dashboard_metrics(scope)["creditsOutstanding"] for scope in (london, None)]

    add_credits(customer=customer, amount=Decimal(1), reason="r", actor=None)
    subscribe(customer, "20.00")
    after = [get_dashboard_metrics(scope) for scope in (london, None)]

    assert before == [Decimal("59.00")] * 2
    assert [found["creditsOutstanding"] for found in after] == [Decimal("60.00")] * 2
    assert [found["monthlyRecurringRevenue"] for found in after] == [Decimal("29.99")] * 2


def test_a_snapshot_does_not_live_over_midnight(london: Store, clock: Any) -> None:
    clock.move_to(datetime(2026, 3, 30, 22, 58, tzinfo=UTC))  # 23:58 in London
    assert get_dashboard_metrics(london)["expiresAt"] == "2026-03-30T23:00:00+00:00"
    clock.shift(timedelta(minutes=2))

    assert (get_dashboard_metrics(london)["to"], get_dashboard_metrics(london)["from"]) == ("2026-03-31", "2026-03-02")


def test_refreshing_computes_and_keeps_as_long_as_told(london: Store) -> None:
    get_dashboard_metrics(london)
    found = refresh_dashboard_metrics_cache("london", ttl=timedelta(milliseconds=1500))

    assert (found["cacheState"], found["expiresAt"]) == ("MISS", "2026-03-30T12:00:01.500000+00:00")
    assert get_dashboard_metrics(london)["expiresAt"] == found["expiresAt"]


def test_a_first_day_that_has_not_begun_or_is_too_long_ago_is_refused(london: Store) -> None:
    for day in (date(2026, 3, 31), date(2023, 3, 30)):
        with pytest.raises(ValidationError):
            get_dashboard_metrics(london, day)
    assert get_dashboard_metrics(london, date(2023, 3, 31))["totalOrders"] == 4
    assert get_dashboard_metrics(london, date(2026, 3, 30))["totalOrders"] == 0


def reader(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores))
    return client


def test_admins_read_all_stores_and_staff_their_own_alone(london: Store) -> None:
    other = a_store(slug="other")
    admin, staff, both, nobody = (
        reader(User.Role.ADMIN),
        reader(User.Role.STAFF, london),
        reader(User.Role.STAFF, london, other),
        reader(User.Role.USER),
    )
    get_dashboard_metrics(london)

    assert [client.get(METRICS).status_code for client in (admin, staff, both, nobody, Client())] == [
        200,
        200,
        400,
        403,
        401,
    ]
    assert [client.get(METRICS, {"tenant": "other"}).status_code for client in (admin, staff, both)] == [200, 404, 200]
    assert json.loads(staff.get(METRICS).content)["data"]["tenant"] == "london"
    assert [client.get(METRICS, {"refresh": "true"}).status_code for client in (admin, staff)] == [200, 403]


def test_who_has_the_figures_gets_304_until_they_change(london: Store) -> None:
    client = reader(User.Role.ADMIN)
    first = client.get(METRICS)
    again = client.get(METRICS, headers={"If-None-Match": first["ETag"]})
    an_order(london)
    changed = client.get(METRICS, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["X-Cache"], again["ETag"]) == (304, b"", "HIT", first["ETag"])
    assert (changed.status_code, changed["X-Cache"]) == (200, "MISS")
    assert [answer["Cache-Control"] for answer in (first, again)] == ["private, no-cache"] * 2
    assert json.loads(changed.content)["data"]["totalOrders"] == 4


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (METRICS + "?from=yesterday", "from"),
        (METRICS + "?refresh=1", "refresh"),
        (METRICS + "?store=1", "store"),
        ("/api/v1/dashboard/weekly-report?week=2026-W14&store=london", ""),
        ("/api/v1/dashboard/weekly-report?week=2026-W15&store=london", "week"),
        ("/api/v1/dashboard/weekly-report?week=2026-W54&store=london", "week"),
        ("/api/v1/dashboard/top-products?limit=101&store=london", "limit"),
        ("/api/v1/dashboard/top-products?from=2026-03-02&to=2026-03-01&store=london", "to"),
        ("/api/v1/dashboard/sales-by-country?from=2020-01-01&store=london", "from"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(london: Store, address: str, name: str) -> None:
    answer = reader(User.Role.ADMIN).get(address)

    assert answer.status_code == (400 if name else 200)
    assert list(json.loads(answer.content).get("errors", {})) == ([name] if name else [])


def test_products_and_countries_say_their_share(london: Store) -> None:
    client = reader(User.Role.ADMIN)
    query = {"store": "london", "from": "2026-03-02", "to": "2026-03-29", "limit": "1"}
    products = json.loads(client.get("/api/v1/dashboard/top-products", query).content, parse_float=Decimal)["data"]
    query.pop("limit")
    countries = json.loads(client.get("/api/v1/dashboard/sales-by-country", query).content, parse_float=Decimal)["data"]

    assert [(row["totalSales"], row["percentage"]) for row in products["products"]] == [
        (Decimal("15.00"), Decimal("100.00"))
    ]
    assert countries["countries"] == [
        {
            "country": None,
            "totalSales": Decimal("15.00"),
            "totalOrders": 2,
            "percentage": Decimal("100.00"),
            "previous": None,
            "change": None,
        }
    ]


def test_the_command_refreshes_all_and_every_store_with_customers(london: Store, capsys: Any) -> None:
    a_store(slug="without-customers")
    call_command("refresh_dashboard_cache", "--ttl", "60")

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["[1/2] all stores", "[2/2] london"]
    assert set(DashboardCache.objects.values_list("store__slug", "expires_at")) == {
        (None, NOON + timedelta(minutes=1)),
        ("london", NOON + timedelta(minutes=1)),
    }


def test_the_command_does_the_others_where_one_fails_and_says_so(london: Store, capsys: Any) -> None:
    with pytest.raises(CommandError, match="1 of 3"):
        call_command(
            "refresh_dashboard_cache",
            "--tenant",
            "nowhere",
            "london",
            "--tenant",
            str(a_store().pk),
            "--from",
            "2026-03-01",
            "--ttl-ms",
            "500",
        )

    written = capsys.readouterr()
    assert (len(written.out.splitlines()), written.err.strip()) == (2, "[1/3] nowhere: no such store")
    assert DashboardCache.objects.filter(from_day=date(2026, 3, 1)).count() == 2


def test_a_store_that_fails_does_not_cost_those_it_is_computed_with(
    london: Store, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = a_store(slug="broken"), a_store(slug="fine")
    read = figures.store_snapshots

    def failing(windows: list[figures.Window]) -> list[figures.Snapshot]:
        if broken in [window.store for window in windows]:
            raise ZeroDivisionError("broken")
        return read(windows)

    monkeypatch.setattr(figures, "store_snapshots", failing)
    with pytest.raises(CommandError, match="1 of 3"):
        call_command("refresh_dashboard_cache", "--tenant", "london", "broken", "fine")

    written = capsys.readouterr()
    assert written.err.strip() == "[2/3] broken: ZeroDivisionError: broken"
    assert [line.split(":")[0] for line in written.out.splitlines()] == ["[1/3] london", "[3/3] fine"]
    assert set(DashboardCache.objects.values_list("store__slug", flat=True)) == {"london", "fine"}
    assert fine.pk != broken.pk
