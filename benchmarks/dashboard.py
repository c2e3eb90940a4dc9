"""The dashboard of one store and month, uncached, with 10,000, 100,000 and 1,000,000 orders over two years:

figures: everything the page shows, `store_dashboard` in one snapshot · request: GET /store/dashboard through the test
client, with session and JSON · served: the same over HTTP from a granian server with one worker · tiles, rollups: the
two statements behind the tiles · tiles, orders: the same tiles aggregated from the orders, what a dashboard without
rollups does. Then figures and tiles again while 5,000 rows of the store wait in the ledger.
The stores are measured in turns, so that slow moments of the machine hit all alike; before every read what the cache
holds of the store is invalidated.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial

from django.conf import settings
from django.db import connection
from django.test import Client

from benchmarks import load, report
from customers.models import Store
from dashboard import figures
from dashboard.caching import invalidation
from dashboard.figures.periods import Period
from dashboard.metrics import folding

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 60
WAITING = 5_000
SHORT = {"SIZES": (100, 300), "ROUNDS": 3, "WAITING": 50}
MONTH = Period(date(2025, 6, 1), date(2025, 6, 30), "monthly")
QUERY = "period=monthly&year=2025&month=6"

_LIVE = """
SELECT count(*), sum(captured_amount - refunded_amount),
    count(*) FILTER (WHERE payment_status IN ('PAID', 'PARTIALLY_REFUNDED')), count(refunded_at), count(expired_at)
FROM orders_order WHERE store_id = %s
    AND placed_at >= (date '2025-06-01')::timestamp AT TIME ZONE 'Europe/London'
    AND placed_at < (date '2025-07-01')::timestamp AT TIME ZONE 'Europe/London'
"""
_FILL = """
INSERT INTO dashboard_metricdelta (
    store_id, order_day, event_day, product_id, country, sales, orders, completed, refunded, expired, with_coupon,
    pending, canceled, customers, new_customers, created_at
)
SELECT %(store)s, date '2025-06-01' + g %% 30, date '2025-06-01' + g %% 30,
    CASE WHEN g %% 3 > 0 THEN %(product)s + g %% %(products)s END, 'GB', 0, 0, 0, 0, 0, 0,
    pending, 0, 0, 0, now()
FROM generate_series(1, %(rows)s / 2) AS g, unnest(ARRAY[1, -1]) AS pending
"""

Reads = dict[str, dict[int, list[float]]]
"""Kind of read → orders of the store → seconds of each read."""


def main() -> None:
    """Fill the stores, read them in turns, let rows wait, read again."""
    stores = {size: load.order_book(size) for size in SIZES}
    client = Client(SERVER_NAME="localhost")
    client.force_login(load.administrator())
    with a_server() as port:
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        reads: dict[str, Callable[[Store], object]] = {
            "figures": read_figures,
            "request": partial(request, client),
            "served": partial(served, port, session),
            "tiles, rollups": tiles,
            "tiles, orders": live,
        }
        found = measure(stores, reads)
        report_reads("everything folded", found)
        report_results(found)
    report.progress(f"{WAITING:,} rows waiting, one store after the other")
    reads = {name: reads[name] for name in ("figures", "tiles, rollups")}
    found = {name: {} for name in reads}
    for size, store in stores.items():
        with rows_waiting(store):
            for name, seconds in measure({size: store}, reads).items():
                found[name].update(seconds)
    report_reads(f"{WAITING:,} ledger rows of the store waiting", found)


def measure(stores: dict[int, Store], reads: Mapping[str, Callable[[Store], object]]) -> Reads:
    """Read every store in turn, ROUNDS times; the first five times of each are not kept."""
    found: Reads = {name: {size: [] for size in stores} for name in reads}
    for name, read in reads.items():
        report.progress(f"{ROUNDS} × {len(stores)} reads of {name}")
        for number in range(ROUNDS + 5):
            for size, store in stores.items():
                invalidation.figures_changed([store.pk])
                seconds = report.seconds_of(partial(read, store))
                if number >= 5:
                    found[name][size].append(seconds)
    return found


def report_reads(title: str, found: Reads) -> None:
    """Print p50 and p99 and the ratio of the p50 to the smallest store's."""
    report.say(title)
    smallest = min(SIZES)
    rows = [
        (
            name, f"{size:,}", report.percentile(seconds, 0.5) * 1000, report.percentile(seconds, 0.99) * 1000,
            report.percentile(seconds, 0.5) / report.percentile(sizes[smallest], 0.5),
        )
        for name, sizes in found.items()
        for size, seconds in sizes.items()
    ]  # fmt: skip
    report.table(("read", "orders", "p50 ms", "p99 ms", f"÷ {smallest:,}"), rows)


def report_results(found: Reads) -> None:
    """Keep what has a limit: growth of the uncached figures, and the time over HTTP of the largest store."""
    smallest, largest = min(SIZES), max(SIZES)
    p50 = {name: {size: report.percentile(sizes[size], 0.5) for size in SIZES} for name, sizes in found.items()}
    growth = f"figures uncached, p50 at {largest:,} ÷ {smallest:,} orders"
    report.result("dashboard", growth, p50["figures"][largest] / p50["figures"][smallest], "≤ 1.10")
    report.result("dashboard", f"over HTTP uncached, {largest:,} orders, p50 ms", p50["served"][largest] * 1000, "< 8")
    ratio = p50["tiles, orders"][largest] / p50["tiles, rollups"][largest]
    report.result("dashboard", f"tiles of {largest:,} orders, time from the orders ÷ from the rollups", ratio)


def read_figures(store: Store) -> object:
    """Read all the page shows."""
    return figures.store_dashboard(store, MONTH)


def tiles(store: Store) -> object:
    """Read the tiles."""
    return figures.sales_summary(store, MONTH)


def live(store: Store) -> object:
    """Aggregate the tiles from the orders."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [store.pk])
        return cursor.fetchone()


def request(client: Client, store: Store) -> None:
    """Ask for the dashboard within this process."""
    response = client.get(f"/store/dashboard?store={store.slug}&{QUERY}")
    assert (response.status_code, response.headers["X-Cache"]) == (200, "MISS"), response.content


def served(port: int, session: str, store: Store) -> None:
    """Ask the server for the dashboard, over a new connection."""
    server = http.client.HTTPConnection("localhost", port, timeout=30)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
    server.request("GET", f"/store/dashboard?store={store.slug}&{QUERY}", headers={"Cookie": cookie})
    response = server.getresponse()
    body = response.read()
    assert (response.status, response.headers["X-Cache"]) == (200, "MISS"), body
    server.close()


@contextlib.contextmanager
def a_server(application: str = "dealport.rsgi:application", **variables: str) -> Iterator[int]:
    """Run granian as the Procfile does, with one worker; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = f"-m granian --interface rsgi {application} --host 127.0.0.1 --port {port} --workers 1"
    server = subprocess.Popen(
        [sys.executable, *command.split(), "--log-level", "error"],
        env={**os.environ, "LOG_LEVEL": "ERROR", "WEB_THREADS": "2", **variables},
    )
    try:
        wait_until_open(port)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def wait_until_open(port: int, seconds: float = 60) -> None:
    """Wait until somebody listens. Raises RuntimeError when nobody does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not start")


@contextlib.contextmanager
def rows_waiting(store: Store) -> Iterator[None]:
    """Let WAITING rows of a store wait in the ledger; in every bucket they add up to nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM orders_product WHERE store_id = %s", [store.pk])
        (product,) = cursor.fetchone()
        cursor.execute(_FILL, {"store": store.pk, "product": product, "products": load.PRODUCTS, "rows": WAITING})
        cursor.execute("ANALYZE dashboard_metricdelta")
    yield
    folding.fold_all()
    folding.vacuum_ledger()
