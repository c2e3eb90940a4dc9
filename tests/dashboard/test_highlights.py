"""What stands beside the snapshots of many stores is what the API says of each, and adds up to all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Store, User
from customers.scopes import ALL_STORES
from dashboard import figures
from dashboard.answers import highlights
from dashboard.caching.cache import Answer
from dashboard.metrics import folding
from dashboard.pages import cards
from dashboard.tasks import refresh_snapshots
from dealport.kit.day_range import DayRange
from orders.actions import ItemRequest, refund_order
from tests.builders import a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 29, 22, 30, 30, tzinfo=UTC)  # Sunday in London, where clocks changed; Monday in Auckland


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stores() -> list[Store]:
    """Three stores in two currencies and far zones, with sales on both sides of each border; and an empty one."""
    stores = [
        a_store(slug="london"),
        a_store(slug="auckland", timezone="Pacific/Auckland"),
        a_store(slug="berlin", currency="EUR", timezone="Europe/Berlin"),
        a_store(slug="empty"),
    ]
    for number, store in enumerate(stores[:3]):
        products = [a_product(store, f"{price}.00") for price in range(1, 14)]
        for hours in (
            0,
            1,
            20,
            22.4,
            22.6,
            30,
            24 * 6,
            24 * 7 - 0.1,
            24 * 7 + 0.1,
            24 * 9,
            24 * 20,
            24 * 30,
            24 * 31.5,
        ):
            items = [ItemRequest(product.pk, number + 1) for product in products[: 2 + int(hours) % 12]]
            at, country = NOW - timedelta(hours=hours), ("DE", "GB", "")[int(hours) % 3]
            order = an_order(store, items=items, paid=hours != 20, at=at, shipping_address={"country": country})
        refund_order(order=order, amount=Decimal("3.00"), reason="r", actor=None)
    return stores


def api(address: str, store: Store) -> dict[str, Any]:
    """Return what the API answers on its own, before anything was cached, without what moves by itself."""
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    found = json.loads(client.get(f"/api/v1/dashboard/{address}", {"store": store.slug}).content, parse_float=Decimal)
    return without_moments(found["data"])


def without_moments(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in data.items() if name not in ("asOf", "computedAt", "expiresAt", "cacheState")
    }


READS = [
    ("weekly-report", highlights.running_weeks),
    ("top-products", highlights.best_products),
    ("sales-by-country", highlights.best_countries),
]


@pytest.mark.parametrize(("address", "read"), READS)
@pytest.mark.parametrize("is_folded", [False, True])
def test_of_many_stores_each_is_told_what_the_api_tells_of_it(
    stores: list[Store], address: str, read: Any, is_folded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_folded:
        folding.fold_all()
    with CaptureQueriesContext(connection) as captured:
        together: dict[int, Answer] = read(stores)
    with CaptureQueriesContext(connection) as again:
        read(stores)
    found = {key: without_moments(answer.data()) for key, answer in together.items()}
    monkeypatch.setattr("dashboard.caching.cache.Slot.seen", lambda self, changing, values: _unseen())

    assert found == {store.pk: api(address, store) for store in stores}
    assert (len(captured) <= 7, len(again)) == (True, 0)


def _unseen() -> Any:
    from dashboard.caching.cache import Seen

    return Seen("", None, is_current=False)


@pytest.mark.parametrize("is_folded", [False, True])
def test_the_weeks_of_all_stores_are_the_sums_of_theirs_by_currency(stores: list[Store], is_folded: bool) -> None:
    if is_folded:
        folding.fold_all()
    expected: dict[str, list[Any]] = {"EUR": [0, 0, 0, 0], "GBP": [0, 0, 0, 0]}
    for store in stores:
        today = NOW.astimezone(store.zone).date()
        report = figures.weekly_report(store, today - timedelta(days=today.weekday()), NOW)
        sums = [f(days) for days in (report.week, report.week_before) for f in (sales, orders)]
        expected[store.currency] = [a + b for a, b in zip(expected[store.currency], sums, strict=True)]

    found = {
        week["currency"]: [week[name] for name in ("totalSales", "totalOrders", "salesBefore", "ordersBefore")]
        for week in highlights.weeks_together().data()["weeks"]
    }

    assert found == expected
    assert all(found["GBP"])


def sales(days: list[figures.DayOfWeek]) -> Decimal:
    return sum((day.total_sales for day in days), Decimal(0))


def orders(days: list[figures.DayOfWeek]) -> int:
    return sum(day.total_orders for day in days)


def test_the_best_of_all_stores_are_the_best_of_each_currency_with_their_store(stores: list[Store]) -> None:
    best = {line["currency"]: line for line in highlights.best_together().data()["currencies"]}
    each = {key: answer.data()["products"] for key, answer in highlights.best_products(stores).items()}
    pounds = [(row["totalSales"], row["productId"], store.slug) for store in stores[:2] for row in each[store.pk]]
    countries: dict[str | None, Decimal] = {}
    for store in stores[:2]:
        for row in highlights.best_countries(stores)[store.pk].data()["countries"]:
            countries[row["country"]] = countries.get(row["country"], Decimal(0)) + row["totalSales"]

    assert sorted(best) == ["EUR", "GBP"]
    shown = [(row["totalSales"], row["productId"], row["store"]) for row in best["GBP"]["products"]]
    assert [row[0] for row in shown] == sorted((row[0] for row in pounds), reverse=True)[: highlights.BEST]
    assert set(shown) <= set(pounds)
    assert {row["country"]: row["totalSales"] for row in best["GBP"]["countries"]} == countries
    assert sum(row["percentage"] for row in best["GBP"]["countries"]) == pytest.approx(
        Decimal(100), abs=Decimal("0.02")
    )
    assert {row["store"] for row in best["EUR"]["products"]} == {"berlin"}


def test_what_each_store_adds_is_its_own_snapshot_of_the_days_of_all(stores: list[Store]) -> None:
    first, last = NOW.date() - timedelta(days=29), NOW.date() + timedelta(days=1)
    everything = figures.scope_snapshot(ALL_STORES, DayRange(first, last), ALL_STORES.zones())
    parts = figures.shares_of_stores(stores, DayRange(first, last))

    for name, total in everything.quantities.items():
        assert sum(part[name] for part in parts) == total, name
    by_currency = {line.currency: line.value("total_sales") for line in everything.currencies}
    assert sum(part["sales"] for part in parts[:2]) == by_currency["GBP"]
    assert (parts[2]["sales"], parts[3]["sales"]) == (by_currency["EUR"], Decimal("0.00"))


def test_a_card_is_as_old_as_its_oldest_part_and_as_good_as_its_worst(stores: list[Store]) -> None:
    cold = cards.cards(stores)
    warm = cards.cards(stores)
    an_order(stores[0])
    moved = cards.cards(stores)

    assert [{card.freshness.state for card in each} for each in (cold, warm)] == [{"MISS"}, {"HIT"}]
    assert [card.freshness.state for card in moved] == ["MISS", "HIT", "HIT", "HIT"]
    assert [card.freshness.as_of for card in moved][1:] == [card.freshness.as_of for card in cold][1:]
    assert cards.cards([]) == []


def test_the_best_of_all_stores_are_those_computed_last_until_the_job_computes_them(stores: list[Store]) -> None:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    before = client.get("/company/").content.decode()
    an_order(stores[0], "999.00", paid=True)
    old = client.get("/company/").content.decode()
    refresh_snapshots()
    new = client.get("/company/").content.decode()

    told = re.findall(r"tax and shipping(.*?)</small>", before + old + new)
    assert [bool(text) for text in told] == [False, False, True, True, False, False]  # two currencies each
    assert ["£999.00" in html for html in (before, old, new)] == [False, False, True]
    assert "up to date" in new
