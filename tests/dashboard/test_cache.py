"""One computation per value and state of the figures, and never an answer that a commit has overtaken."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache as redis_cache
from django.db import connections, transaction
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from customers.models import Store, User
from customers.scopes import ALL_STORES, StoreScope
from dashboard.caching import cache, invalidation
from dashboard.caching.cache import State
from dashboard.metrics import folding
from dashboard.metrics.verification import verify_store
from dashboard.models import ScopeVersion, StaleScope
from orders.actions import update_product
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)


class Counting:
    """A value that says how often it was computed."""

    def __init__(self, name: str = "value", store: Store | None = None) -> None:
        self.name, self.store, self.times = name, store, 0
        self.lock = threading.Lock()

    def compute(self) -> cache.Entry:
        with self.lock:
            self.times += 1
        return self.entry()

    def entry(self, ttl: timedelta = cache.TTL) -> cache.Entry:
        now = timezone.now()
        return cache.entry_of({"times": self.times}, as_of=now, computed_at=now, expires_at=now + ttl)

    def read(self, **more: bool) -> tuple[State, int]:
        answer = cache.read(self.name, StoreScope(self.store), self.compute, **more)  # type: ignore[arg-type]
        return answer.state, answer.data()["times"]


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def value(store: Store) -> Counting:
    return Counting(store=store)


def test_the_first_read_computes_and_the_next_are_hits(value: Counting) -> None:
    assert [value.read() for _ in range(3)] == [(State.MISS, 1), (State.HIT, 1), (State.HIT, 1)]


@pytest.mark.parametrize("change", ["order", "customer", "credits", "product", "verification", "fold", "all", "store"])
def test_whatever_moves_a_stores_figures_ends_its_values_and_those_of_all_but_not_anothers(change: str) -> None:
    store, customer = a_store(), None
    product = a_product(store)
    customer = a_customer(store)
    an_order(store)
    values = [Counting("own", store), Counting("all", None), Counting("other", a_store())]
    for value in values:
        value.read()

    {
        "order": lambda: an_order(store, paid=True),
        "customer": lambda: a_customer(store),
        "credits": lambda: credit(customer),
        "product": lambda: update_product(product=product, changes={"name": "New"}, actor=None),
        "verification": lambda: verify_store(store),
        "fold": folding.fold_all,
        "all": invalidation.all_figures_changed,
        "store": a_store,
    }[change]()

    expected = {"all": [2, 2, 2], "store": [1, 2, 1], "fold": [2, 2, 1]}.get(change, [2, 2, 1])
    assert [value.read()[1] for value in values] == expected
    assert [value.read()[0] for value in values] == [State.HIT] * 3


def credit(customer: object) -> None:
    from decimal import Decimal

    from customers.actions import add_credits

    add_credits(customer=customer, amount=Decimal(1), reason="r", actor=None)  # type: ignore[arg-type]


def test_a_change_that_is_rolled_back_costs_computations_until_its_mark_ends(
    value: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invalidation, "MARK_SECONDS", 1)
    value.read()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        an_order(value.store)  # type: ignore[arg-type]
        raise ZeroDivisionError

    assert [value.read(), value.read()] == [(State.MISS, 2), (State.MISS, 3)]
    time.sleep(1.1)
    assert [value.read(), value.read()] == [(State.MISS, 4), (State.HIT, 4)]


@pytest.mark.parametrize("change", ["order", "credits"])
def test_between_a_commit_and_its_telling_nothing_from_before_is_served(
    change: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [Counting("own", store), Counting("all", None), Counting("other", a_store())]
    customer = a_customer(store)
    for value in values:
        value.read()
    seen: list[tuple[State, int]] = []
    tell = invalidation._invalidate

    def late(stores: list[int | None], mark: str = "") -> bool:
        seen.extend(value.read() for value in values for _ in range(2))
        return tell(stores, mark)

    with monkeypatch.context() as slow:
        slow.setattr(invalidation, "_invalidate", late)
        an_order(store) if change == "order" else credit(customer)

    assert seen == [(State.MISS, 2), (State.MISS, 3), (State.MISS, 2), (State.MISS, 3), (State.HIT, 1), (State.HIT, 1)]
    assert [value.read() for value in values] == [(State.MISS, 4), (State.MISS, 4), (State.HIT, 1)]
    assert [value.read()[0] for value in values] == [State.HIT] * 3


def test_of_two_changes_that_overlap_the_second_keeps_its_mark_when_the_first_is_told(
    value: Counting, store: Store
) -> None:
    first, second = invalidation.mark_dirty([store.pk]), invalidation.mark_dirty([store.pk])
    invalidation.invalidate([store.pk], first)

    assert [value.read(), value.read()] == [(State.MISS, 1), (State.MISS, 2)]
    invalidation.invalidate([store.pk], second)
    assert [value.read(), value.read()] == [(State.MISS, 3), (State.HIT, 3)]


def test_while_a_change_is_being_committed_the_others_get_the_value_before_marked_stale(
    value: Counting, store: Store
) -> None:
    value.read()
    mark = invalidation.mark_dirty([store.pk])
    assert cache.Slot(value.name, StoreScope(store).key).claim()[1]

    assert value.read() == (State.STALE, 1)
    assert invalidation.invalidate([store.pk], mark)


def test_a_process_that_dies_after_its_commit_leaves_no_old_value_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invalidation, "MARK_SECONDS", 1)
    value = Counting(store=store)
    value.read()
    with monkeypatch.context() as dying:
        dying.setattr(invalidation, "invalidate", lambda stores, mark="": False)
        an_order(store)
    assert value.read() == (State.MISS, 2)
    time.sleep(1.1)

    assert [value.read(), value.read()] == [(State.MISS, 3), (State.HIT, 3)]


def test_who_computed_before_a_commit_never_stores_the_answer_as_current(store: Store) -> None:
    value = Counting(store=store)

    def overtaken() -> cache.Entry:
        entry = value.compute()
        in_another_thread(lambda: an_order(store))
        in_another_thread(Counting("neighbour", store).read)  # makes a new generation
        return entry

    overtaken_answer = cache.read(value.name, StoreScope(store), overtaken)

    assert (overtaken_answer.state, overtaken_answer.data()["times"]) == (State.MISS, 1)
    assert value.read() == (State.MISS, 2)
    assert value.read() == (State.HIT, 2)


def test_who_computed_before_redis_was_flushed_never_stores_the_answer_as_current(store: Store) -> None:
    value = Counting(store=store)

    def overtaken() -> cache.Entry:
        entry = value.compute()
        redis_cache.clear()
        Counting("neighbour", store).read()  # makes a new generation
        return entry

    cache.read(value.name, StoreScope(store), overtaken)

    assert value.read() == (State.MISS, 2)


def test_inside_an_open_transaction_nothing_is_read_or_stored(value: Counting) -> None:
    value.read()
    with transaction.atomic():
        assert value.read() == (State.MISS, 2)
    assert value.read() == (State.HIT, 1)


def in_another_thread(action: object) -> None:
    def run() -> None:
        try:
            action()  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_a_thousand_readers_of_a_cold_key_compute_once(value: Counting) -> None:
    begin = threading.Event()
    compute = value.compute

    def slowly() -> cache.Entry:
        begin.wait(0.2)
        return compute()

    value.compute = slowly  # type: ignore[method-assign]
    with ThreadPoolExecutor(1000) as pool:
        answers = Counter(future.result() for future in [pool.submit(value.read) for _ in range(1000)])

    assert value.times == 1
    assert answers == {(State.MISS, 1): 1, (State.HIT, 1): 999}


def test_while_one_computes_the_others_get_the_value_before_marked_stale(value: Counting) -> None:
    value.read()
    invalidation.invalidate([value.store.pk])  # type: ignore[union-attr]
    seen: list[tuple[State, int]] = []
    compute = value.compute

    def while_computing() -> cache.Entry:
        in_another_thread(lambda: seen.append(value.read()))
        return compute()

    value.compute = while_computing  # type: ignore[method-assign]

    assert value.read() == (State.MISS, 2)
    assert seen == [(State.STALE, 1)]


def test_when_the_one_who_computes_fails_the_next_does_it(value: Counting) -> None:
    compute, failures = value.compute, iter([True])

    def failing() -> cache.Entry:
        if next(failures, False):
            raise ZeroDivisionError
        return compute()

    value.compute = failing  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        value.read()

    assert value.read() == (State.MISS, 1)


def test_a_reader_waits_for_one_who_never_answers_only_so_long(
    value: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.2)
    slot = cache.Slot(value.name, StoreScope(value.store).key)
    assert slot.claim()[1]

    assert value.read() == (State.MISS, 1)
    assert value.read() == (State.HIT, 1)


def test_refreshing_computes_in_any_case(value: Counting) -> None:
    value.read()

    assert value.read(refresh=True) == (State.MISS, 2)
    assert value.read() == (State.HIT, 2)


def test_where_the_old_will_do_nobody_computes_but_who_refreshes(value: Counting) -> None:
    cold = value.read(old_will_do=True)
    invalidation.invalidate([value.store.pk])  # type: ignore[union-attr]

    assert (cold, value.read(old_will_do=True), value.times) == ((State.MISS, 1), (State.STALE, 1), 1)
    assert value.read(old_will_do=True, refresh=True) == (State.MISS, 2)
    assert value.read(old_will_do=True) == (State.HIT, 2)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False) as moved:
        yield moved


def test_a_value_is_served_until_the_moment_it_expires(value: Counting, clock: time_machine.Coordinates) -> None:
    value.read()
    clock.shift(cache.TTL - timedelta(microseconds=1))
    assert value.read() == (State.HIT, 1)
    clock.shift(timedelta(microseconds=1))
    assert value.read() == (State.MISS, 2)


def test_a_value_from_before_the_clock_was_put_back_is_not_served(
    value: Counting, clock: time_machine.Coordinates
) -> None:
    value.read()
    clock.shift(timedelta(seconds=-1))

    assert value.read() == (State.MISS, 2)


def test_a_value_expires_with_the_first_day_that_ends() -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    midnights = [now + timedelta(seconds=90), now + timedelta(hours=3), now - timedelta(hours=1)]

    assert cache.expiry(now, cache.TTL, *midnights) == now + timedelta(seconds=90)
    assert cache.expiry(now, cache.TTL) == now + cache.TTL


def test_the_etag_stays_while_the_figures_do() -> None:
    moments = {"as_of": timezone.now(), "computed_at": timezone.now(), "expires_at": timezone.now()}
    later = {name: moment + timedelta(minutes=1) for name, moment in moments.items()}

    same = cache.entry_of({"a": 1}, **moments).etag == cache.entry_of({"a": 1}, **later).etag
    other = cache.entry_of({"a": 1}, **moments).etag == cache.entry_of({"a": 2}, **moments).etag

    assert (same, other) == (True, False)


def test_an_invalidation_that_cannot_reach_redis_is_kept_until_it_has(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = Counting(store=store)
    value.read()
    with monkeypatch.context() as cut:
        cut.setattr(invalidation, "ask", refuse)
        credit(a_customer(store))
        assert invalidation.sweep() == 0
    kept = list(StaleScope.objects.values_list("store_id", flat=True))
    versions = ScopeVersion.objects.filter(store_id=store.pk).count()

    assert (kept, versions, value.read()) == ([store.pk], 1, (State.HIT, 1))
    assert invalidation.sweep() == 1
    assert (StaleScope.objects.count(), value.read()) == (0, (State.MISS, 2))


def test_an_order_whose_invalidation_was_lost_is_told_with_its_fold(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = Counting(store=store)
    value.read()
    with monkeypatch.context() as cut:
        cut.setattr(invalidation, "ask", refuse)
        an_order(store)
    assert value.read() == (State.HIT, 1)

    folding.fold_all()

    assert value.read() == (State.MISS, 2)


def refuse(commands: object) -> None:
    """Be a Redis that this process alone cannot reach."""
    raise RedisConnectionError


def test_the_state_of_the_database_has_a_name_that_never_comes_back(store: Store) -> None:
    other = a_store()
    invalidation.sweep()
    names = [invalidation.generation_of(StoreScope(store))]
    everywhere = [invalidation.generation_of(ALL_STORES)]
    elsewhere = invalidation.generation_of(StoreScope(other))
    for change in (
        lambda: an_order(store),
        lambda: an_order(store),
        folding.fold_all,
        lambda: credit(a_customer(store)),
        folding.fold_all,
    ):
        change()
        names.append(invalidation.generation_of(StoreScope(store)))
        everywhere.append(invalidation.generation_of(ALL_STORES))

    assert len(set(names)) == len(set(everywhere)) == 6
    assert invalidation.generation_of(StoreScope(other)) == elsewhere


def test_an_analytics_answer_is_cached_until_a_figure_moves() -> None:
    store = a_store(slug="cached")
    client = logged_in(a_user(User.Role.ADMIN))
    path = "/api/v1/analytics/query?store=cached&figures=orders&period=last7&by=country"
    assert client.get(path).headers["X-Cache"] == "MISS"
    again = client.get(path)
    assert again.headers["X-Cache"] == "HIT"
    assert client.get(path, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
    an_order(store)
    moved = client.get(path)
    assert (moved.headers["X-Cache"], moved.json()["data"]["totals"]["values"]) == ("MISS", {"orders": 1})
