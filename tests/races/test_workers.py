"""Real Celery workers on a broker of the test's own, which can be taken away."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from customers.models import Store
from dashboard import figures
from dashboard.models import MetricDelta, StoreDailySales
from dealport.celery import app
from dealport.servers import processes, use
from tests.builders import a_product, a_store, an_order
from tests.races import programs
from tests.races.checks import assert_exact
from tests.races.crew import Crew

# Far more than needed on an idle machine: only a fold that never comes fails.
START_SECONDS = 90
FOLD_SECONDS = 30


class Broker:
    """A Valkey of one test. Stopping it is what a crash of the broker looks like to everybody else."""

    def __init__(self) -> None:
        self.servers = use.throwaway()
        self.url = self.servers.urls["REDIS_URL"]

    def pause(self) -> None:
        """Freeze it: connections are accepted, nothing is answered."""
        os.kill(self._pid(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let it answer again."""
        os.kill(self._pid(), signal.SIGCONT)

    def _pid(self) -> int:
        state = self.servers.homes[0].state()
        assert state is not None
        return int(state["server"])

    def stop(self) -> None:
        """Shut it down for good."""
        while self.servers.leases:
            os.close(self.servers.leases.pop())
        assert processes.wait_until(lambda: not self.servers.alive(), seconds=15)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """Start a broker that nobody else uses."""
    monkeypatch.delenv("REDIS_URL")
    broker = Broker()
    yield broker
    broker.stop()


@pytest.fixture
def environment(process_environment: dict[str, str], broker: Broker) -> dict[str, str]:
    """Return the environment of processes on the test's database and the test's broker."""
    return {**process_environment, "REDIS_URL": broker.url}


@pytest.fixture
def sales_crew(environment: dict[str, str]) -> Iterator[Crew]:
    """Return a crew whose processes use the test's broker."""
    crew = Crew(environment)
    yield crew
    crew.stop()


@pytest.fixture
def start_worker(environment: dict[str, str]) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Return a way to start a Celery worker as the Procfile does; all are killed at the end."""
    started: list[subprocess.Popen[bytes]] = []
    command = "celery --app dealport worker --concurrency 1 --without-mingle --without-gossip"

    def start() -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", *shlex.split(command)],
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGKILL),
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        kill(worker)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """Kill a worker and its pool with SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def folded_orders(store: Store) -> int:
    return sum(StoreDailySales.objects.filter(store_id=store.pk, basis="placed").values_list("orders", flat=True))


def place(crew: Crew, store: Store, count: int) -> list[float]:
    """Place orders from another process; return the seconds each took."""
    product = a_product(store, "10.00")
    team = crew.team(programs.place_timed, members=1, store=store.pk, product=product.pk, count=count)
    crew.go(team)
    (seconds,) = team.results(60)
    return list(seconds)


def nudge(broker: Broker) -> None:
    """Send what a commit sends, to the test's broker."""
    with app.connection_for_write(url=broker.url) as link:
        app.send_task("dashboard.tasks.fold_ledger", connection=link)


def orders_shown(store: Store) -> int:
    return figures.sales_summary(store, programs.today_and_around()).total_orders


def test_a_worker_folds_what_was_placed_soon_after_the_commit_without_beat(
    start_worker: Callable[[], subprocess.Popen[bytes]], sales_crew: Crew
) -> None:
    store = a_store()
    start_worker()
    place(sales_crew, store, 5)
    assert orders_shown(store) == 5
    assert processes.wait_until(lambda: folded_orders(store) > 0, seconds=START_SECONDS), "no worker came up"
    place(sales_crew, store, 3)
    assert orders_shown(store) == 8
    assert processes.wait_until(lambda: folded_orders(store) == 8, seconds=FOLD_SECONDS)
    assert not MetricDelta.objects.exists()
    assert_exact(store)


@pytest.mark.fault("worker-killed")
def test_what_a_killed_worker_leaves_is_folded_by_the_next(
    start_worker: Callable[[], subprocess.Popen[bytes]], broker: Broker, sales_crew: Crew
) -> None:
    store = a_store()
    product = a_product(store, "10.00")
    first = start_worker()
    sellers = sales_crew.team(programs.sell, members=2, seconds=2, at_least=5, store=store.pk, product=product.pk)
    an_order(store)
    nudge(broker)
    assert processes.wait_until(lambda: folded_orders(store) == 1, seconds=START_SECONDS), "no worker came up"
    sales_crew.go(sellers)
    time.sleep(1)
    kill(first)
    sold = 1 + sum(sellers.results(60))
    assert orders_shown(store) == sold
    start_worker()
    an_order(store)
    nudge(broker)
    assert processes.wait_until(lambda: folded_orders(store) == sold + 1, seconds=START_SECONDS)
    assert orders_shown(store) == sold + 1
    assert_exact(store)


def test_orders_are_placed_at_once_and_shown_exactly_while_the_broker_is_away(broker: Broker, sales_crew: Crew) -> None:
    store = a_store()
    broker.stop()
    assert max(place(sales_crew, store, 5)) < 3
    assert (orders_shown(store), folded_orders(store)) == (5, 0)
    assert_exact(store)


def test_orders_are_placed_within_seconds_and_shown_exactly_while_the_broker_hangs(
    broker: Broker, sales_crew: Crew
) -> None:
    store = a_store()
    broker.pause()
    try:
        seconds = place(sales_crew, store, 5)
    finally:
        broker.resume()
    assert max(seconds) < 8, "one caller waits for the time-outs of queue and cache"
    assert sorted(seconds)[-2] < 4, "one more waits for the cache's when it is asked again"
    assert sorted(seconds)[-3] < 2, "the others do not"
    assert (orders_shown(store), folded_orders(store)) == (5, 0)
    assert_exact(store)
