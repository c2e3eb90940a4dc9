"""Real orders lived through at a source that loses, doubles and shuffles its webhooks: every figure is the truth.

Some orders in the suite; all of the demo's with `make replay` (DEALPORT_REPLAY_ORDERS=all).
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from dashboard.figures import daily_sales, sales_by_country, sales_summary
from dashboard.figures.periods import Period, month_period
from dashboard.metrics import recount
from dealport.kit import secrets
from orders.models import Connection, Order, OrderItem, Refund, SourceEvent, Transaction
from tests import shopify_server as shopify_module
from tests import woocommerce_server as woocommerce_module
from tests.builders import a_store
from tests.replay import Replay, booked, lives
from tests.shopify_orders import Life
from tests.shopify_server import CLIENT_ID, CLIENT_SECRET, shopify_server
from tests.woocommerce_orders import state as woocommerce_state
from tests.woocommerce_server import KEY, SECRET, WEBHOOK_SECRET, woocommerce_server

pytestmark = pytest.mark.django_db(transaction=True)

TRUTH = Path(__file__).resolve().parents[1] / "data/online_retail_2010-12_2011-06.truth.json"
ASKED = os.environ.get("DEALPORT_REPLAY_ORDERS") or "30"
COUNT = None if ASKED == "all" else int(ASKED)


@contextmanager
def shopify(played: list[Life]) -> Iterator[Replay]:
    with shopify_server() as shop:
        shop.most = shop.bucket = 1e9
        credentials = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}

        def sign(content: dict[str, Any], delivery: str) -> dict[str, Any]:
            return shopify_module.signed("orders/updated", content, delivery=delivery)

        connection = connected("shopify", shop.url, credentials, played[0].placed)
        yield Replay(connection, shop, played, show=lambda one, at: shop.put(one.state(at)), sign=sign)


@contextmanager
def woocommerce(played: list[Life]) -> Iterator[Replay]:
    with woocommerce_server() as site:
        credentials = {"consumerKey": KEY, "consumerSecret": SECRET, "webhookSecret": WEBHOOK_SECRET}

        def sign(content: dict[str, Any], delivery: str) -> dict[str, Any]:
            return woocommerce_module.signed("order.updated", content, delivery=delivery)

        connection = connected("woocommerce", site.url, credentials, played[0].placed)
        yield Replay(connection, site, played, show=lambda one, at: site.put(*woocommerce_state(one, at)), sign=sign)


def connected(kind: str, address: str, credentials: dict[str, str], at: datetime) -> Connection:
    return Connection.objects.create(
        store=a_store(slug="uk-gifts"), kind=kind, address=address, sync_from=at.date(),
        credentials=secrets.seal(credentials), created_at=at - timedelta(days=1), next_poll_at=at, retry_at=at,
    )  # fmt: skip


@pytest.mark.parametrize("source", [shopify, woocommerce], ids=lambda source: source.__name__)
def test_after_poll_and_reconciliation_placed_and_booked_figures_are_the_truth(
    settings: Settings, source: Callable[[list[Life]], AbstractContextManager[Replay]]
) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3_000
    played = list(lives(COUNT))
    begun = time.monotonic()
    with source(played) as replay:
        replay.run()
    store = replay.connection.store

    taken = time.monotonic() - begun
    print(f"\n{replay.connection.kind}: {len(played)} orders, webhooks {dict(replay.sent)}, {replay.differing}")
    print(f"{SourceEvent.objects.count()} events in {taken:.0f} s, of which {replay.busy:.0f} s applying and polling")
    assert min(replay.sent["lost"], replay.sent["twice"]) > 0.05 * sum(len(one.moments()) for one in played)
    assert replay.unsettled() == []
    assert replay.differing[-1] == 0
    orders = Order.objects.filter(store=store)
    keys = set(orders.values_list("source_record__external_id", flat=True))
    print(f"lost {len({one.key for one in played} - keys)}, doubled {orders.count() - len(keys)}")
    assert (orders.count(), keys) == (len(played), {one.key for one in played})
    assert OrderItem.objects.filter(store=store).count() == sum(len(one.lines) for one in played)
    assert Transaction.objects.filter(store=store, kind="payment").count() == sum(len(one.paid) for one in played)
    assert Refund.objects.filter(store=store).count() == sum(len(one.refunds) for one in played)

    everything = Period(played[0].placed.date(), played[-1].placed.date() + timedelta(days=60))
    found = {day.date: day.total_sales for day in daily_sales(store, everything, "booked") if day.total_sales}
    assert found == booked(played, store.zone)
    placed: defaultdict[Any, D] = defaultdict(D)
    for one in played:
        money = sum((part[1] for part in one.paid), D(0)) - sum((part[1] for part in one.refunds), D(0))
        placed[one.placed.astimezone(store.zone).date()] += money
    assert {day.date: day.total_sales for day in daily_sales(store, everything) if day.total_sales} == {
        day: amount for day, amount in placed.items() if amount
    }
    assert recount.differences(store) == []
    print(f"{len(found)} booked and {len(placed)} placed days are right, {sum(placed.values())} in all")
    if COUNT is None:
        assert_the_truth_file(store)


def assert_the_truth_file(store: Any) -> None:
    months = json.loads(TRUTH.read_text(), parse_float=D)["months"]
    for name, truth in months.items():
        year, month = map(int, name.split("-"))
        period = month_period(year, month)
        summary = sales_summary(store, period)
        assert (summary.total_sales, summary.total_orders) == (truth["totalSales"], truth["totalOrders"])
        assert summary.total_completed_orders == truth["totalCompletedOrders"]
        assert summary.total_refunded_orders == truth["totalRefundedOrders"]
        found = sales_by_country(store, period)[:10]
        assert {country.country: country.total_sales for country in found} == truth["byCountry"]
        days = {day.date.isoformat(): day.total_sales for day in daily_sales(store, period) if day.total_orders}
        assert Counter(days) == Counter({day: one["totalSales"] for day, one in truth["days"].items()})
        print(f"{name}: {summary.total_orders} orders, {summary.total_sales} sales as in the truth file")
