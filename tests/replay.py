"""The demo's real orders as the lives they may have had at their source, replayed against a connection.

Of the webhooks some are lost, some come twice, all are shuffled within an hour; there are two outages, one of ours
(nothing is received) and one of the source's (it answers 503), and its search by change overlooks some orders for good.
"""

from __future__ import annotations

import csv
import gzip
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from itertools import groupby, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from orders.connections import schedule
from orders.connections.receiving import receive
from orders.models import Connection, SourceEvent
from tests.shopify_orders import Life
from tests.shopify_server import Shopify
from tests.woocommerce_server import WooCommerce

EXPORT = Path(__file__).parents[1] / "orders/demo/data/online_retail_2010-12_2011-06.orders.csv.gz"
HOUR = timedelta(hours=1)


def lives(count: int | None, seed: int = 1) -> Iterator[Life]:
    """Yield the orders of the export, oldest first: placed, paid within two days, refunded in one or two parts."""
    chance = random.Random(seed)
    with gzip.open(EXPORT, "rt", encoding="utf-8", newline="") as file:
        for _, rows in islice(groupby(csv.DictReader(file), key=lambda row: row["Name"]), count):
            yield life(list(rows), chance)


def life(rows: list[dict[str, str]], chance: random.Random) -> Life:
    """Return the life of an order of the export. Only when something happened after its placing is made up."""
    head = rows[0]
    placed = datetime.strptime(head["Created at"], "%Y-%m-%d %H:%M:%S %z")
    total, refunded = D(head["Total"]), D(head["Refunded Amount"] or 0)
    paid_at = placed + timedelta(minutes=chance.choice((0, 1, 90, 1_200)))
    refunds, at = [], paid_at
    parts = [refunded] if refunded < 2 or chance.random() < 0.6 else [refunded - D("1.00"), D("1.00")]
    for part in parts if refunded else ():
        at += timedelta(hours=chance.randint(1, 400))
        refunds.append((at, part, ()))
    return Life(
        head["Id"],
        placed,
        lines=tuple(
            (row["Lineitem name"], D(row["Lineitem price"]), int(row["Lineitem quantity"]), row["Lineitem sku"])
            for row in rows
        ),
        paid=((paid_at, total),) if total else (),
        refunds=tuple(refunds),
        shipped=paid_at + timedelta(hours=chance.randint(1, 48)) if not refunds else None,
        email=head["Email"],
        country=head["Billing Country"],
        number=head["Name"],
    )


def booked(all_lives: list[Life], zone: ZoneInfo) -> dict[date, D]:
    """Return what each local day took in: captures less refunds, at the moments of the source."""
    days: defaultdict[date, D] = defaultdict(D)
    for one in all_lives:
        for kind, at, amount in one.money():
            days[at.astimezone(zone).date()] += amount if kind == "payment" else -amount
    return {day: amount for day, amount in days.items() if amount}


def placed(all_lives: list[Life], zone: ZoneInfo) -> dict[date, D]:
    """Return what was kept of the orders of each local day."""
    days: defaultdict[date, D] = defaultdict(D)
    for one in all_lives:
        day = one.placed.astimezone(zone).date()
        days[day] += sum((part[1] for part in one.paid), D(0)) - sum((part[1] for part in one.refunds), D(0))
    return {day: amount for day, amount in days.items() if amount}


@dataclass
class Replay:
    """Plays lives hour by hour. `show` lets the source state an order as of a moment, `sign` makes the request of a
    webhook from its content and delivery; `sent` counts what became of the webhooks, `differing` the days that each
    reconciliation found to differ, `busy` the seconds spent on applying and polling.
    """

    connection: Connection
    source: Shopify | WooCommerce
    lives: list[Life]
    show: Callable[[Life, datetime], None]
    sign: Callable[[dict[str, Any], str], dict[str, Any]]
    seed: int = 1
    sent: Counter[str] = field(default_factory=Counter)
    differing: list[int] = field(default_factory=list)
    busy: float = 0.0

    def run(self) -> None:
        """Play everything; then a last poll and two reconciliations."""
        chance = random.Random(self.seed)
        changes = sorted(((at, one) for one in self.lives for at in one.moments()), key=lambda pair: pair[0])
        self.source.overlooked = {one.key for one in self.lives if chance.random() < 0.01}
        first, last = changes[0][0], changes[-1][0]
        ours = (first + (last - first) * 0.3, first + (last - first) * 0.35)
        theirs = (first + (last - first) * 0.6, first + (last - first) * 0.62)
        deliveries: list[tuple[datetime, str]] = []
        day = first.date()
        for hour, part in groupby(changes, key=lambda pair: pair[0].replace(minute=0, second=0)):
            end = hour + HOUR
            with time_machine.travel(end, tick=False):
                for at, one in part:
                    self.show(one, at)
                    deliveries += self._deliveries(one, at, chance, is_away=any(a <= at < b for a, b in (ours, theirs)))
                self.source.is_away = theirs[0] <= end < theirs[1]
                due = [one for one in deliveries if one[0] <= end]
                deliveries = [one for one in deliveries if one[0] > end]
                chance.shuffle(due)
                self._work(key for _, key in due)
            if hour.date() != day:
                day = hour.date()
                print(f"{day}: {sum(self.sent.values())} changes, {self.busy:.0f} s", flush=True)
        self.source.is_away = False
        with time_machine.travel(last + 2 * HOUR, tick=False):
            self._work(key for _, key in deliveries)
        with time_machine.travel(last + timedelta(days=2), tick=False):
            self._work(())
            self.differing = [schedule.reconcile(self.connection.pk) for _ in range(2)]

    def _deliveries(
        self, one: Life, at: datetime, chance: random.Random, *, is_away: bool
    ) -> list[tuple[datetime, str]]:
        luck = chance.random()
        times = 0 if is_away or luck < 0.1 else 2 if luck < 0.2 else 1
        self.sent[("lost", "once", "twice")[times]] += 1
        key = f"{one.key}@{at:%s}"
        return [(at + HOUR * chance.random(), key) for _ in range(times)]

    def _work(self, keys: Iterator[str] | tuple[()]) -> None:
        for key in keys:
            request = self.sign({"id": int(key.partition("@")[0])}, key)
            receive(key=str(self.connection.public_id), headers=request["headers"], body=request["data"])
        begun = time.perf_counter()
        schedule.apply_events(self.connection.pk)
        if schedule.poll(self.connection.pk):
            schedule.apply_events(self.connection.pk)
        self.busy += time.perf_counter() - begun

    @staticmethod
    def unsettled() -> list[tuple[str, str]]:
        """Return state and reason of what is not applied."""
        return list(SourceEvent.objects.exclude(state="applied").values_list("state", "reason"))
