"""Real orders lived through at a source that loses, doubles and shuffles its webhooks: every figure is the truth.

The first orders in the suite; all of the demo's with `make replay` (DEALPORT_REPLAY_ORDERS=all, or their ids, separated
by commas).
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from customers.models import Store
from dashboard.figures import daily_sales, sales_by_country, sales_summary
from dashboard.figures.periods import Period, month_period
from dashboard.metrics import recount
from dealport.kit import secrets
from orders.models import Connection, Order, OrderItem, Refund, SourceEvent, Transaction
from tests import shopify_server as shopify_module
from tests import woocommerce_server as woocommerce_module
from tests.builders import a_store
from tests.replay import Replay, booked, lives, placed
from tests.shopify_orders import Life
from tests.shopify_server import CLIENT_ID, CLIENT_SECRET, shopify_server
from tests.woocommerce_orders import state as woocommerce_state
from tests.woocommerce_server import KEY, SECRET, WEBHOOK_SECRET, woocommerce_server

pytestmark = pytest.mark.django_db(transaction=True)

TRUTH = Path(__file__).resolve().parents[1] / "data/online_retail_2010-12_2011-06.truth.json"
ORDERS = os.environ.get("DEALPORT_REPLAY_ORDERS") or "30"
Days = dict[date, D]


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
        store=a_store(slug="uk-gifts"),
        kind=kind,
        address=address,
        sync_from=at.date(),
        credentials=secrets.seal(credentials),
        created_at=at - timedelta(days=1),
        next_poll_at=at,
        retry_at=at,
    )


@pytest.mark.parametrize("source", [shopify, woocommerce], ids=lambda source: source.__name__)
def test_after_poll_and_reconciliation_placed_and_booked_figures_are_the_truth(
    settings: Settings, source: Callable[[list[Life]], AbstractContextManager[Replay]]
) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3_000
    played = chosen(ORDERS)
    begun = time.monotonic()
    with source(played) as replay:
        replay.run()
    store = replay.connection.store
    minutes = (time.monotonic() - begun) / 60

    changes = sum(len(one.moments()) for one in played)
    print(f"\n{replay.connection.kind}: {len(played)} orders, {changes} changes, webhooks {dict(replay.sent)}")
    print(f"{SourceEvent.objects.count()} events in {minutes:.1f} min, {replay.busy / 60:.1f} of them here")
    print(f"days that differed at the reconciliations: {replay.differing}")
    if "," not in ORDERS:
        assert min(replay.sent["lost"], replay.sent["twice"]) > 0.05 * changes
    # everything is compared before anything fails: a replay of all orders takes long
    wrong = {
        "unsettled": replay.unsettled(),
        "still differing": replay.differing[-1],
        "orders": wrong_orders(store, played),
        "booked days": wrong_days("booked", booked(played, store.zone), store, played),
        "placed days": wrong_days("placed", placed(played, store.zone), store, played),
        "recounted": recount.differences(store),
        "truth file": wrong_months(store) if ORDERS == "all" else {},
    }
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("source", [shopify, woocommerce], ids=lambda source: source.__name__)
def test_a_refund_late_on_a_summer_evening_is_booked_on_its_own_day(
    source: Callable[[list[Life]], AbstractContextManager[Replay]],
) -> None:
    zone = ZoneInfo("Europe/London")
    placed_at, refunded_at = datetime(2011, 6, 1, 10, tzinfo=zone), datetime(2011, 6, 2, 23, 30, tzinfo=zone)
    life = Life("7", placed_at, paid=((placed_at, D("12.00")),), refunds=((refunded_at, D("2.00"), ()),))
    with source([life]) as replay:
        replay.run()
    store = replay.connection.store
    assert booked([life], store.zone) == {date(2011, 6, 1): D("12.00"), date(2011, 6, 2): D("-2.00")}
    assert wrong_orders(store, [life]) == []
    assert wrong_days("booked", booked([life], store.zone), store, [life]) == {}


def chosen(text: str) -> list[Life]:
    """Return all lives, the first ones, or those of some ids."""
    if text.isdecimal():
        return list(lives(int(text)))
    ids = text.split(",")
    return [one for one in lives(None) if text == "all" or one.key in ids]


def wrong_orders(store: Store, played: list[Life]) -> list[str]:
    """Say which orders are lost, doubled, or have other lines or dated payments and refunds than their life."""
    keys = dict(Order.objects.filter(store=store).values_list("pk", "source_record__external_id"))
    lines = Counter(OrderItem.objects.filter(store=store).values_list("order_id", flat=True))
    money: defaultdict[int, list[tuple[str, datetime, D]]] = defaultdict(list)
    moved = Transaction.objects.filter(store=store, status=Transaction.Status.APPROVED)
    for pk, kind, at, amount in moved.values_list("order_id", "kind", "created_at", "amount"):
        money[pk].append((kind, at, amount))
    refunds = Counter(Refund.objects.filter(store=store).values_list("order_id", flat=True))
    found = {(key, lines[pk], refunds[pk], tuple(sorted(money[pk]))) for pk, key in keys.items()}
    expected = {(one.key, len(one.lines), len(one.refunds), tuple(sorted(one.money()))) for one in played}
    lost = {one.key for one in played} - set(keys.values())
    doubled = [key for key, times in Counter(keys.values()).items() if times > 1]
    print(f"lost {len(lost)}, doubled {len(doubled)}, wrong {len(expected - found)}")
    return [
        *(f"lost: {key}" for key in sorted(lost)),
        *(f"doubled: {key}" for key in doubled),
        *(f"not here: {one}" for one in sorted(expected - found)),
        *(f"not at the source: {one}" for one in found - expected),
    ]


def wrong_days(basis: str, expected: Days, store: Store, played: list[Life]) -> dict[date, tuple[D, D]]:
    """Return the days whose sales are not those expected, with both."""
    period = Period(played[0].placed.date(), max(one.moments()[-1] for one in played).date() + timedelta(days=1))
    found = {day.date: day.total_sales for day in daily_sales(store, period, basis)}
    days = expected.keys() | found.keys()
    wrong = {day: (expected.get(day, D(0)), found.get(day, D(0))) for day in sorted(days)}
    wrong = {day: pair for day, pair in wrong.items() if pair[0] != pair[1]}
    print(f"{basis} basis: {len(expected)} days, {sum(expected.values())} in all, {len(wrong)} days wrong")
    return wrong


def wrong_months(store: Store) -> dict[str, Any]:
    """Return what differs from the truth file by month, as (expected, found)."""
    wrong: dict[str, Any] = {}
    for name, truth in json.loads(TRUTH.read_text(), parse_float=D)["months"].items():
        year, month = map(int, name.split("-"))
        period = month_period(year, month)
        summary, days = sales_summary(store, period), daily_sales(store, period)
        found = {
            "totalSales": summary.total_sales,
            "totalOrders": summary.total_orders,
            "totalCompletedOrders": summary.total_completed_orders,
            "totalRefundedOrders": summary.total_refunded_orders,
            "byCountry": {one.country: one.total_sales for one in sales_by_country(store, period)[:10]},
            "days": {day.date.isoformat(): day.total_sales for day in days if day.total_orders},
        }
        expected = {**truth, "days": {day: one["totalSales"] for day, one in truth["days"].items()}}
        wrong |= {f"{name} {key}": (expected[key], found[key]) for key in found if expected[key] != found[key]}
        print(f"{name}: {summary.total_orders} orders, {summary.total_sales} sales")
    return wrong
