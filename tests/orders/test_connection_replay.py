"""Real orders lived through at a source that loses, doubles and shuffles its webhooks: every figure is the truth.

Some orders in the suite; all of the demo's with `make replay` (DEALPORT_REPLAY_ORDERS=all).
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from datetime import timedelta
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
from tests.builders import a_store
from tests.replay import Replay, booked, lives
from tests.shopify_server import CLIENT_ID, CLIENT_SECRET, shopify_server

pytestmark = pytest.mark.django_db

TRUTH = Path(__file__).resolve().parents[1] / "data/online_retail_2010-12_2011-06.truth.json"
ASKED = os.environ.get("DEALPORT_REPLAY_ORDERS") or "60"
COUNT = None if ASKED == "all" else int(ASKED)


def test_after_poll_and_reconciliation_placed_and_booked_figures_are_the_truth(settings: Settings) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3_000
    store = a_store(slug="uk-gifts")
    played = list(lives(COUNT))
    with shopify_server() as shop:
        shop.most = shop.bucket = 1e9
        connection = Connection.objects.create(
            store=store, kind="shopify", address=shop.url, sync_from=played[0].placed.date(),
            credentials=secrets.seal({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}),
            created_at=played[0].placed - timedelta(days=1), next_poll_at=played[0].placed, retry_at=played[0].placed,
        )  # fmt: skip
        replay = Replay(connection, shop, played)
        replay.run()

    print(dict(replay.sent), SourceEvent.objects.count(), "events")
    assert min(replay.sent["lost"], replay.sent["twice"]) > 0.05 * sum(len(one.moments()) for one in played)
    assert replay.unsettled() == []
    assert replay.sent["differing days afterwards"] == 0
    orders = Order.objects.filter(store=store)
    assert orders.count() == orders.values("source_record__external_id").distinct().count() == len(played)
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
