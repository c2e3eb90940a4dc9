"""A working day on a clock of its own, over HTTP in this process: how many answers of the dashboard the cache gives.

From 8:00 to 17:00, ORDERS_EACH orders come in at random moments in each of STORES stores; each is folded two seconds
later, and the snapshots are refreshed every four minutes, as beat does. Three people work in each store and two admins
over all of them. Every three minutes or so each of them opens something, in the proportions of MIX. A third of the
time a dashboard page is looked at: it asks every 15 seconds whether anything changed (304 while nothing did) and reads
itself again when something has. A screen in each store reads its dashboard as JSON every 15 seconds with the ETag it
knows, and one for the company the snapshot of all stores. What is kept for five minutes expires by that clock too.

The hit ratio is that of the alert DealPortCacheMissed: HIT ÷ all answers with X-Cache; MISS and STALE are no hits. The
question of an open page whether anything changed does not count in it, since it reads no figure.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.conf import settings
from django.test import Client
from django.utils import timezone

from benchmarks import report
from benchmarks.home import staff_of
from benchmarks.load import administrator
from benchmarks.snapshot import a_selling_store
from customers.models import Store
from dashboard import tasks
from dashboard.metrics import folding
from orders.actions import ItemRequest, place_order
from orders.models import Product

STORES, HOURS, ORDERS_EACH, PEOPLE_EACH = 3, 9.0, 100, 3
SHORT = {"STORES": 2, "HOURS": 0.1, "ORDERS_EACH": 3}
OPENS_EVERY, POLLS_EVERY, REFRESH_EVERY, FOLDED_AFTER = 180.0, 15.0, 240.0, 2.0
LOOKED_AT = 1 / 3
MIX = (
    (5, "/dashboard/{store}/"),
    (3, "/home/?store={store}"),
    (2, "/api/v1/store/dashboard?store={store}&period=today"),
    (1, "/api/v1/dashboard/top-products?store={store}"),
    (1, "/api/v1/dashboard/sales-by-country?store={store}"),
    (1, "/api/v1/dashboard/weekly-report?store={store}"),
    (3, "/api/v1/orders?store={store}&limit=50"),
    (2, "/api/v1/products?store={store}"),
    (1, "/api/v1/customers?store={store}"),
)
"""Weight and address of what people open."""


@dataclass
class Day:
    """The clock, seconds since its beginning, and what was answered: by X-Cache, and the polls by status."""

    begin: datetime
    at: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    polls: Counter[int] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)

    def now(self) -> datetime:
        """Return the moment of the clock."""
        return self.begin + timedelta(seconds=self.at)

    def get(self, client: Client, address: str, **headers: str) -> str:
        """Read an address, count its answer, and return its ETag."""
        response = client.get(address, headers=headers)
        if response.status_code not in (200, 304):
            raise RuntimeError(f"{address} answered {response.status_code}")
        if address.startswith("/live/"):
            self.polls[response.status_code] += 1
        else:
            self.opened[address.split("?")[0]] += 1
            if state := response.headers.get("X-Cache"):
                self.states[state] += 1
        return str(response.headers.get("ETag", ""))


def main() -> None:
    """Play the day; print the answers and the hit ratio."""
    stores = [a_selling_store(f"day-{number}") for number in range(STORES)]
    dice = random.Random(1)
    day = Day(datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0))
    with mock.patch.object(timezone, "now", day.now), mock.patch.object(settings, "DEALPORT_ACCOUNT_REQUESTS", 10**9):
        play(day, lives(day, stores, dice))
    total = day.states.total()
    report.say(
        f"{day.opened.total():,} answers, of them {total:,} of the dashboard: "
        + ", ".join(f"{count:,} {state}" for state, count in day.states.most_common())
    )
    polls = ", ".join(f"{count:,} of status {status}" for status, count in day.polls.most_common())
    report.say(f"{day.polls.total():,} questions of open pages: {polls}\n")
    report.result("working_day", "hits ÷ answers with X-Cache", day.states["HIT"] / total, "≥ 0.80")
    known = day.states["HIT"] + day.polls[304]
    report.result("working_day", "hits and 304 ÷ the same and all questions", known / (total + day.polls.total()))


def play(day: Day, running: list[Iterator[float]]) -> None:
    """Let each life go on at the seconds it yields, in the order of their times."""
    waiting = [(next(life), number) for number, life in enumerate(running)]
    heapq.heapify(waiting)
    hour = 0
    while waiting and waiting[0][0] < HOURS * 3600:
        day.at, number = heapq.heappop(waiting)
        if day.at >= hour * 3600:
            report.progress(f"{day.now():%H:%M}")
            hour += 1
        if (following := next(running[number], None)) is not None:
            heapq.heappush(waiting, (following, number))


def lives(day: Day, stores: list[Store], dice: random.Random) -> list[Iterator[float]]:
    """Return what goes on: orders, beat, people, open pages and screens; each yields when it goes on."""
    admin = Client(SERVER_NAME="localhost")
    admin.force_login(administrator())
    every = [store.slug for store in stores]
    running = [beat(day), screen(day, admin, "/api/v1/dashboard/metrics", dice)]
    for store in stores:
        client = staff_of(store)
        running += [orders(day, store, dice), screen(day, client, f"/api/v1/store/dashboard?store={store.slug}", dice)]
        for _ in range(PEOPLE_EACH):
            running += [person(day, client, [store.slug], dice), page(day, client, store.slug, dice)]
    return running + [person(day, admin, every, dice) for _ in range(2)]


def orders(day: Day, store: Store, dice: random.Random) -> Iterator[float]:
    """Place the orders of a store, and fold each."""
    product = Product.objects.get(store=store).pk
    for moment in sorted(dice.uniform(0, HOURS * 3600) for _ in range(ORDERS_EACH)):
        yield moment
        place_order(store=store, items=[ItemRequest(product, 1)], actor=None)
        yield day.at + FOLDED_AFTER
        folding.fold_all()


def beat(day: Day) -> Iterator[float]:
    """Refresh the snapshots."""
    while True:
        yield day.at + REFRESH_EVERY
        tasks.refresh_snapshots()


def person(day: Day, client: Client, stores: list[str], dice: random.Random) -> Iterator[float]:
    """Open one thing after the other."""
    addresses, weights = [address for _, address in MIX], [weight for weight, _ in MIX]
    while True:
        yield day.at + dice.expovariate(1 / OPENS_EVERY)
        (address,) = dice.choices(addresses, weights)
        day.get(client, address.format(store=dice.choice(stores)))


def page(day: Day, client: Client, store: str, dice: random.Random) -> Iterator[float]:
    """Look at a dashboard page for ten minutes, then not for a while; it takes over what changed, as live.js does."""
    address, live = f"/dashboard/{store}/", f"/live/?store={store}&after=0"
    while True:
        yield day.at + dice.uniform(0, 2 * 600 * (1 / LOOKED_AT - 1))
        day.get(client, address)
        version, until = day.get(client, live), day.at + 600
        while day.at < until:
            yield day.at + POLLS_EVERY * dice.uniform(0.85, 1.15)
            now = day.get(client, live, **{"if-none-match": version})
            if now != version:
                day.get(client, address, **{"hx-request": "true"})
                version = now


def screen(day: Day, client: Client, address: str, dice: random.Random) -> Iterator[float]:
    """Read one address again and again, with the ETag that is known."""
    etag = ""
    yield dice.uniform(0, POLLS_EVERY)
    while True:
        etag = day.get(client, address, **({"if-none-match": etag} if etag else {}))
        yield day.at + POLLS_EVERY
