"""The values of many stores at once: the same as one by one, in a fixed number of round trips."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from customers.models import Store
from customers.scopes import StoreScope
from dashboard.answers.snapshot import get_dashboard_metrics, read_snapshots
from dashboard.caching import cache, cache_many, invalidation, redis_link
from dashboard.caching.cache import State
from dashboard.caching.cache_many import read_many
from dashboard.metrics import folding
from tests.builders import a_store, an_order

pytestmark = pytest.mark.django_db(transaction=True)


class Counting:
    """Values that say how often they were computed, and which were computed together."""

    def __init__(self, *stores: Store) -> None:
        self.stores = stores
        self.passes: list[list[int]] = []

    def compute(self, store_ids: Collection[int]) -> dict[int, cache.Entry]:
        self.passes.append([self.ids().index(key) for key in store_ids])
        now = timezone.now()
        moments = {"as_of": now, "computed_at": now, "expires_at": now + cache.TTL}
        return {key: cache.entry_of({"pass": len(self.passes)}, **moments) for key in store_ids}

    def ids(self) -> list[int]:
        return [store.pk for store in self.stores]

    def read(self, **more: Any) -> list[tuple[State, int]]:
        answers = read_many({key: f"value:{key}" for key in self.ids()}, self.compute, **more)
        return [(answer.state, answer.data()["pass"]) for answer in answers.values()]


@pytest.fixture
def three() -> Counting:
    return Counting(a_store(), a_store(), a_store())


def test_what_is_missing_is_computed_together_and_the_rest_is_taken(three: Counting) -> None:
    first = [three.read(), three.read()]
    an_order(three.stores[1])

    assert first == [[(State.MISS, 1)] * 3, [(State.HIT, 1)] * 3]
    assert three.read() == [(State.HIT, 1), (State.MISS, 2), (State.HIT, 1)]
    assert three.read() == [(State.HIT, 1), (State.HIT, 2), (State.HIT, 1)]
    assert three.passes == [[0, 1, 2], [1]]


def test_it_takes_one_round_trip_if_all_is_current_and_four_if_not(
    three: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counting(commands: Any) -> list[Any]:
        asked.append(1)
        return redis_link.ask(commands)

    monkeypatch.setattr(cache_many, "ask", counting)
    three.read()
    cold = len(asked)
    three.read()

    assert (cold, len(asked) - cold) == (4, 1)


def test_while_others_compute_their_value_before_is_served_and_none_is_waited_for(three: Counting) -> None:
    three.read()
    an_order(three.stores[0])
    for store in three.stores[:1]:
        assert cache.Slot(f"value:{store.pk}", StoreScope(store).key).claim()[1]
    fresh = a_store()
    assert cache.Slot(f"value:{fresh.pk}", StoreScope(fresh).key).claim()[1]
    three.stores += (fresh,)

    assert three.read() == [(State.STALE, 1), (State.HIT, 1), (State.HIT, 1), (State.MISS, 2)]
    assert three.read()[3] == (State.MISS, 3)  # it is the other's to keep


def test_who_computed_before_a_commit_keeps_it_for_nobody(three: Counting) -> None:
    compute = three.compute

    def overtaken(store_ids: Collection[int]) -> dict[int, cache.Entry]:
        found = compute(store_ids)
        mark = invalidation.mark_dirty([three.stores[2].pk])
        invalidation.invalidate([three.stores[2].pk], mark)
        return found

    three.compute = overtaken  # type: ignore[method-assign]
    three.read()
    three.compute = compute  # type: ignore[method-assign]

    assert three.read() == [(State.HIT, 1), (State.HIT, 1), (State.MISS, 2)]


def test_what_is_known_from_elsewhere_is_not_computed_unless_asked_for(three: Counting) -> None:
    other = Counting(*three.stores)
    known = {key: entry for key, entry in other.compute(three.ids()).items() if key != three.ids()[0]}

    assert three.read(recall=lambda keys: known) == [(State.MISS, 1), (State.HIT, 1), (State.HIT, 1)]
    assert three.read(recall=lambda keys: known, refresh=True) == [(State.MISS, 2)] * 3
    assert three.read() == [(State.HIT, 2)] * 3
    assert three.passes == [[0], [0, 1, 2]]


def test_a_failure_lets_the_next_reader_compute(three: Counting) -> None:
    with pytest.raises(ZeroDivisionError):
        read_many({key: f"value:{key}" for key in three.ids()}, lambda keys: {}[1 // 0])

    assert three.read() == [(State.MISS, 1)] * 3
    assert three.read() == [(State.HIT, 1)] * 3


def test_without_redis_everything_is_computed(three: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    three.read()

    def away(commands: Any) -> list[Any]:
        raise RedisConnectionError

    monkeypatch.setattr(cache_many, "ask", away)

    assert three.read() == [(State.MISS, 2)] * 3


@pytest.mark.parametrize("is_folded", [False, True])
def test_snapshots_of_many_stores_are_those_of_each(is_folded: bool) -> None:
    stores = [a_store(timezone=zone) for zone in ("Pacific/Kiritimati", "Pacific/Niue", "Europe/London")]
    for number, store in enumerate(stores):
        an_order(store, f"{number + 1}.00", paid=True)
        an_order(store)
    if is_folded:
        folding.fold_all()
    with CaptureQueriesContext(connection) as captured:
        together = [answer.data() for answer in read_snapshots(stores, refresh=True).values()]
    alone = [get_dashboard_metrics(store, refresh=True) for store in stores]

    moments = ("asOf", "computedAt", "expiresAt", "cacheState")
    for found in (*together, *alone):
        for name in moments:
            found.pop(name)
    assert together == alone
    assert [found["totalSales"] for found in together] == [Decimal(1), Decimal(2), Decimal(3)]
    assert len(captured) == 10
    assert [answer.state for answer in read_snapshots(stores).values()] == [State.HIT] * 3
