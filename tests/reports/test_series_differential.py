"""The revenue series against a recount in Python: random trade in odd zones around clock changes and leap days."""

from __future__ import annotations

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import Store, User
from dashboard.metrics.folding import fold_all
from orders.actions import refund_order
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db

ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/Scoresbysund",
)
MIDDLES = [datetime(*day, tzinfo=UTC) for day in ((2024, 2, 29), (2027, 1, 1), (2027, 3, 28), (2028, 10, 29))]


@dataclass(frozen=True)
class Sold:
    """An order as the recount sees it; one that is paid may have given back 1.00."""

    store: Store
    at: datetime
    sales: D
    refunded: datetime | None

    @property
    def day(self) -> date:
        return self.at.astimezone(self.store.zone).date()

    @property
    def refund_day(self) -> date | None:
        return self.refunded and self.refunded.astimezone(self.store.zone).date()

    def until(self, start: date, query: dict[str, str], now: datetime) -> datetime | None:
        """Return where the days from `start` on are cut off in its store, as the period that is asked for runs."""
        local = now.astimezone(self.store.zone)
        if not date.fromisoformat(query["from"]) <= local.date() <= date.fromisoformat(query["to"]):
            return None
        cut = start + (local.date() - date.fromisoformat(query["from"]))
        return datetime.combine(cut, local.time(), self.store.zone)


def trade(dice: random.Random, middle: datetime, stores: list[Store]) -> list[Sold]:
    """Sell around a moment and around the same moment a year before."""
    found = []
    for number in range(50):
        store = dice.choice(stores)
        at = middle + timedelta(minutes=dice.randint(-60 * 24 * 60, 60 * 24 * 60), days=-dice.choice([0, 0, 364, 366]))
        price, is_paid = D(f"{dice.randint(1, 500)}.25"), dice.random() < 0.8
        order, refunded = an_order(store, str(price), paid=is_paid, at=at), None
        if is_paid and dice.random() < 0.3:
            refunded = at + timedelta(days=dice.randint(0, 20))
            refund_order(order=order, amount=D("1.00"), at=refunded, actor=None)
        found.append(Sold(store, at, price if is_paid else D(0), refunded))
        if number == 25:
            fold_all()
    return found


def recount(
    sold: list[Sold],
    first: date,
    last: date,
    basis: str,
    query: dict[str, str] | None = None,
    start: date | None = None,
    now: datetime | None = None,
) -> tuple[float, int]:
    """Return sales and orders of the days; of those compared with, from `start` on, what was before the same minute."""

    def is_in(one: Sold, at: datetime) -> bool:
        if not first <= at.astimezone(one.store.zone).date() <= last:
            return False
        until = one.until(start, query, now) if start and query and now else None
        return until is None or at < until

    placed = [one for one in sold if is_in(one, one.at)]
    refunded = [one for one in sold if one.refunded and is_in(one, one.refunded)]
    back = [one for one in placed if one.refunded] if basis == "placed" else refunded
    return float(sum((one.sales for one in placed), D(0)) - len(back)), len(placed)


def whole_end(day: date, granularity: str) -> date:
    """Return the last day of the whole bucket that `day` lies in."""
    if granularity == "monthly":
        return day.replace(day=monthrange(day.year, day.month)[1])
    return day + timedelta(days=6 - day.weekday()) if granularity == "weekly" else day


def check(series: dict[str, Any], sold: list[Sold], query: dict[str, str], now: datetime, stores: list[Store]) -> None:
    """Assert every bucket, its counterpart, the totals, and that each day lies in exactly one bucket."""
    mine = [one for one in sold if one.store.currency == series["currency"]]
    days: list[date] = []
    begin, end = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
    total, before = series["total"], series["total"]["previous"]
    start = date.fromisoformat(before["startDate"])
    for bucket in [*series["buckets"], *(b["previous"] for b in series["buckets"] if b["previous"]), before]:
        first, last = date.fromisoformat(bucket["startDate"]), date.fromisoformat(bucket["endDate"])
        is_before = "isUnfinished" not in bucket
        expected = recount(mine, first, last, query["basis"], query, start if is_before else None, now)
        assert (bucket["sales"], bucket["orders"]) == expected, (query, bucket)
        if not is_before:
            days += [first + timedelta(days=number) for number in range((last - first).days + 1)]
            is_over = whole_end(last, query["granularity"]) < min(now.astimezone(one.zone).date() for one in stores)
            assert bucket["isUnfinished"] != is_over, (query, bucket)
    assert days == [begin + timedelta(days=number) for number in range((end - begin).days + 1)]
    assert (total["sales"], total["orders"]) == recount(mine, begin, end, query["basis"])
    counterparts = [bucket["previous"] for bucket in series["buckets"] if bucket["previous"]]
    assert before["orders"] == sum(bucket["orders"] for bucket in counterparts)
    assert before["sales"] == pytest.approx(sum(bucket["sales"] for bucket in counterparts))


@pytest.mark.parametrize("middle", MIDDLES, ids=str)
def test_every_bucket_is_what_the_orders_of_its_local_days_say(middle: datetime) -> None:
    dice = random.Random(middle.isoformat())
    stores = [a_store(timezone=zone, currency=dice.choice(["GBP", "EUR"])) for zone in ZONES]
    sold = trade(dice, middle, stores)
    now = middle + timedelta(days=30)
    with time_machine.travel(now, tick=False):
        client = Client()
        client.force_login(a_user(User.Role.ADMIN))
        for _ in range(30):
            first = (middle + timedelta(days=dice.randint(-60, 20))).date()
            store = dice.choice([None, *stores])
            query = {
                "from": first.isoformat(),
                "to": (first + timedelta(days=dice.randint(0, 80))).isoformat(),
                "granularity": dice.choice(["daily", "weekly", "monthly"]),
                "basis": dice.choice(["placed", "booked"]),
                "compare": dice.choice(["previous_period", "same_weekdays", "previous_year"]),
                **({"store": store.slug} if store else {}),
            }
            found = client.get("/api/v1/admin/analytics/revenue", query).json()["data"]["series"]
            chosen = [store] if store else stores
            assert [series["currency"] for series in found] == sorted({one.currency for one in chosen})
            for series in found:
                check(series, [one for one in sold if one.store in chosen], query, now, chosen)
