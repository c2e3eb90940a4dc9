"""Redis stopped, restarted with an old memory, flushed: slower, never wrong, never an error."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from customers.models import Store, User
from dashboard.caching import cache, invalidation
from dashboard.caching.cache import State
from dashboard.metrics import folding
from dealport.kit import breaker
from orders.actions import ItemRequest
from tests.builders import a_product, a_store, a_user, an_order
from tests.dashboard.caching import OwnRedis, answer, own_redis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRedis]:
    with own_redis(monkeypatch) as server:
        yield server


def orders(store: Store) -> tuple[State, int]:
    found = answer(store)
    return found.state, found.data()["totalOrders"]


def test_a_server_that_comes_back_with_an_old_memory_is_not_believed(server: OwnRedis) -> None:
    store = a_store()
    assert [orders(store), orders(store)] == [(State.MISS, 0), (State.HIT, 0)]
    server.client().save()
    an_order(store)
    assert orders(store) == (State.MISS, 1)
    server.stop()
    server.start()

    assert server.client().dbsize() > 0  # the value with no order is there, and the generation it was computed under
    assert orders(store)[1] == 1
    assert orders(store) == (State.HIT, 1)


def test_while_redis_is_away_snapshots_come_from_the_table_and_changes_are_seen_at_once(server: OwnRedis) -> None:
    store = a_store()
    orders(store)
    server.stop()
    assert orders(store) == (State.HIT, 0)  # the row

    an_order(store)

    assert orders(store) == (State.MISS, 1)
    assert orders(store) == (State.HIT, 1)


def test_a_flushed_redis_is_filled_again_from_the_table(server: OwnRedis) -> None:
    store = a_store()
    orders(store)
    server.client().flushall()

    assert [orders(store), orders(store)] == [(State.HIT, 0), (State.HIT, 0)]


def test_a_server_that_is_full_keeps_nothing_but_learns_of_changes(server: OwnRedis) -> None:
    stores = [a_store(), a_store()]
    for store in stores:
        orders(store)
    server.client().config_set("maxmemory", 1)

    an_order(stores[0])

    assert [orders(store) for store in stores] == [(State.MISS, 1), (State.HIT, 0)]
    server.client().config_set("maxmemory", 0)
    assert [orders(stores[0]), orders(stores[0])] == [(State.HIT, 1), (State.HIT, 1)]


def test_requests_are_answered_while_redis_is_away(server: OwnRedis) -> None:
    client, store = Client(), a_store()
    client.force_login(a_user(User.Role.ADMIN))
    server.stop()
    addresses = [f"/store/dashboard?store={store.slug}", "/api/v1/dashboard/metrics"]
    addresses += [f"/api/v1/dashboard/{name}?store={store.slug}" for name in ("weekly-report", "top-products")]

    found = [client.get(address) for address in addresses]

    assert [(response.status_code, response["X-Cache"]) for response in found] == [(200, "MISS")] * 4


class Load:
    """A writer, a folder and readers; each answer is held against what was written when it was asked for and came."""

    def __init__(self) -> None:
        self.store, self.is_over = a_store(), threading.Event()
        self.items = [ItemRequest(a_product(self.store).pk, 1)]
        self.begun = self.done = 0
        self.states: list[State] = []
        self.wrong: list[str] = []

    def write(self) -> None:
        while not self.is_over.is_set():
            self.begun += 1
            an_order(self.store, items=self.items)
            self.done += 1
            time.sleep(random.uniform(0, 0.03))

    def fold(self) -> None:
        while not self.is_over.is_set():
            folding.fold_all()
            invalidation.sweep()
            time.sleep(random.uniform(0, 0.1))

    def read(self) -> None:
        while not self.is_over.is_set():
            before = self.done
            found = answer(random.choice([self.store, None]))
            after, shown = self.begun, found.data()["totalOrders"]
            self.states.append(found.state)
            least = before if found.state != State.STALE else 0
            if not least <= shown <= after:
                self.wrong.append(f"{found.state}: {shown} orders, between {before} and {after}")

    def run(self, disturb: list[object], seconds: float) -> None:
        """Let everybody work for some seconds while the disturbances happen one after the other."""
        with ThreadPoolExecutor(6) as pool:
            jobs = [pool.submit(closing, job) for job in (self.write, self.fold, *[self.read] * 4)]
            for action in disturb:
                time.sleep(seconds / (len(disturb) + 1))
                action()  # type: ignore[operator]
            time.sleep(seconds / (len(disturb) + 1))
            self.is_over.set()
            for job in jobs:
                job.result()


def closing(job: object) -> None:
    try:
        job()  # type: ignore[operator]
    finally:
        connections.close_all()


def test_under_load_redis_may_be_flushed_stopped_and_brought_back_old(
    server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 0.2)
    load = Load()
    flush, save = (lambda: server.client().flushall()), (lambda: server.client().save())

    load.run([flush, save, flush, server.stop, server.start, flush, server.stop, server.start], seconds=8)

    assert load.wrong == []
    assert load.done > 20
    assert {State.HIT, State.MISS} <= set(load.states)
    assert answer(load.store).data()["totalOrders"] == load.done
    assert answer(load.store).state == cache.State.HIT
