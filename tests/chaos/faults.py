"""The faults, one after the other: what causes each, how long it lasts, and what is documented of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import psutil
import psycopg
import redis

from dealport.servers.processes import wait_until
from tests.chaos.product import Product
from tests.chaos.traffic import Traffic
from tests.faults import causes

SLOW_CONNECTIONS = 40
# A table that nothing but the task reads which is to be in the middle while Redis is killed.
TASK, ITS_TABLE = "reports.tasks.compare_daily_metrics", "reports_metricscomparison"
SEND = f"from dealport.celery import app; app.send_task({TASK!r})"

Cause = Callable[[Product, Traffic, int], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """A cause, the seconds that it lasts, and the limits of its checks."""

    name: str
    cause: Cause
    seconds: float
    # Seconds within which 99 of 100 reads and writes are answered while it lasts.
    p99: float = 3.0
    # What readiness may say at its end, and the checks that it must name then.
    readiness: tuple[str, ...] = ("healthy", "degraded")
    named: frozenset[str] = frozenset()
    # Whether 503 with Retry-After is documented, and whether connections may break.
    is_unavailable: bool = False
    breaks_connections: bool = False
    # The parts whose heartbeat must come again.
    revived: tuple[str, ...] = ()


@contextlib.contextmanager
def kill_redis_in_a_task(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Kill Redis while a worker is in the middle of a task; its keeper starts it again."""
    with causes.locked(product.database_url, f"LOCK TABLE {ITS_TABLE} IN ACCESS EXCLUSIVE MODE"):
        product.run("shell", "--verbosity", "0", "--command", SEND)
        if not wait_until(lambda: _waits_for_the_table(product), seconds=20):
            raise RuntimeError(f"no worker took {TASK}")
        causes.server_process(product.servers, "valkey").kill()
        yield


def _waits_for_the_table(product: Product) -> bool:
    query = "SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    with psycopg.connect(product.database_url) as database:
        return database.execute(query, [ITS_TABLE]).fetchone() is not None


@contextlib.contextmanager
def fill_redis(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Leave Redis no memory."""
    with causes.full_redis(product.redis_url), redis.Redis.from_url(product.redis_url) as client:
        with contextlib.suppress(redis.exceptions.OutOfMemoryError):
            client.set("chaos", "it is not full")
            raise RuntimeError("Redis is not full")
        yield


@contextlib.contextmanager
def freeze(kind: str, product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Freeze a server."""
    with causes.frozen(product.servers, kind):
        yield


@contextlib.contextmanager
def lock_an_order(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Lock an order that three clients want to change; nobody else does."""
    over = threading.Event()
    body = {"status": "PROCESSING"}

    def change() -> None:
        client = traffic.client()
        while not over.wait(0.1):
            client.ask("locked", "PATCH", f"/api/v1/orders/{order}/status", body)

    crowd = [threading.Thread(target=change) for _ in range(3)]
    with causes.locked(product.database_url, f"SELECT FROM orders_order WHERE id = {order:d} FOR UPDATE"):
        for thread in crowd:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in crowd:  # the lock outlives the last of them: each meets it
                thread.join()


@contextlib.contextmanager
def open_slow_connections(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Open connections whose bodies never end."""
    with causes.slow_bodies(product.port, SLOW_CONNECTIONS):
        yield


@contextlib.contextmanager
def kill(kind: str, product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Kill the main process of a kind; its supervisor starts another."""
    product.kill(kind)
    yield


@contextlib.contextmanager
def kill_exports(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Kill the worker that has just been given a file to write of each store."""
    traffic.request_exports()
    product.kill("exports")
    yield


@contextlib.contextmanager
def kill_a_web_worker(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Kill one of the processes that answer; the web server starts another."""
    (server,) = psutil.Process(product.supervisors["web"].pid).children()
    workers = [process for process in server.children() if "resource_tracker" not in " ".join(process.cmdline())]
    workers[-1].kill()
    yield


@contextlib.contextmanager
def leave_only_web(product: Product, traffic: Traffic, order: int) -> Iterator[None]:
    """Kill workers and beat, and start none for longer than a minute."""
    with product.away("worker", "exports", "sources", "beat"):
        yield


FAULTS = (
    Fault("redis-killed", kill_redis_in_a_task, 4, revived=("celery",)),
    Fault("redis-full", fill_redis, 6, readiness=("degraded",), named=frozenset({"cache"})),
    Fault("redis-frozen", partial(freeze, "valkey"), 8, readiness=("degraded",), named=frozenset({"cache", "broker"})),
    Fault(
        "postgres-frozen", partial(freeze, "postgres"), 8, p99=5.5, readiness=("unhealthy",),
        named=frozenset({"database"}), is_unavailable=True,
    ),
    Fault("order-locked", lock_an_order, 6),
    Fault("slow-connections", open_slow_connections, 6),
    Fault("web-worker-killed", kill_a_web_worker, 5, breaks_connections=True),
    Fault("web-killed", partial(kill, "web"), 1, breaks_connections=True),
    Fault("worker-killed", partial(kill, "worker"), 2, revived=("celery",)),
    Fault("sources-killed", partial(kill, "sources"), 2, revived=("sources",)),
    Fault("exports-killed", kill_exports, 2, revived=("exports",)),
    Fault("beat-killed", partial(kill, "beat"), 2, revived=("beat",)),
    Fault(
        "workers-away", leave_only_web, 75, readiness=("degraded",),
        named=frozenset({"worker", "exports", "sources", "beat"}), revived=("celery", "exports", "sources", "beat"),
    ),
)  # fmt: skip
