"""Placing orders through the action `place_order`, on one store at 1, 8 and 64 writers: with the metric ledger and a
Celery worker that folds it ÷ the same with the receivers of the metrics disconnected (no worker has anything to do).
Two products of 500 with counted stock, one of 1,000 customers. Python takes most of the time on both sides. Short
runs in turns; the ratio is the median of the pairs. Then the processor time of an order, in this process and the
database's, placed by one writer with the ledger and without: it hardly depends on what else the machine does.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from django.db import connections

from benchmarks import load, report, writers
from customers.models import Customer, Store
from dashboard import receivers
from dashboard.metrics import folding
from dashboard.models import MetricDelta
from orders.actions import ItemRequest, place_order
from orders.models import Product
from orders.signals import order_changed

WRITERS = (1, 8, 64)
ROUNDS = 9
SECONDS = 2.5
ORDERS = 250
CUSTOMERS = 1_000
STOCK = 100_000_000
SHORT = {"WRITERS": (1, 2), "ROUNDS": 1, "SECONDS": 0.3, "ORDERS": 5, "CUSTOMERS": 10}


def main() -> None:
    """Alternate runs with and without metrics; print the median of the paired ratios."""
    store = load.make_store("placing-orders")
    Product.objects.filter(store=store).update(stock=STOCK)
    Customer.objects.bulk_create(Customer(store=store, name=f"Customer {number}") for number in range(CUSTOMERS))
    rows = []
    with a_worker():
        for count in WRITERS:
            report.progress(f"{count} writers, {ROUNDS} × 2 runs of {SECONDS:.0f} s")
            rows += compare(store, count)
    report.table(("writers", "metrics", "orders/s", "p50 ms", "p99 ms", "ratio of orders/s", "rows waiting"), rows)
    report.progress(f"processor time, {ROUNDS} × 2 runs of {ORDERS} orders")
    processor_time(store)


def compare(store: Store, count: int) -> list[tuple[object, ...]]:
    """Return two table rows: with and without metrics."""
    kept: dict[bool, list[writers.Run]] = {True: [], False: []}
    waiting = []
    for number in range(ROUNDS):
        for metrics in (True, False) if number % 2 else (False, True):
            kept[metrics].append(writers.run(partial(placer, store, metrics), writers=count, seconds=SECONDS))
            if metrics:
                waiting.append(MetricDelta.objects.count())
            folding.fold_all()
    ratio = report.paired_ratio([run.rate for run in kept[True]], [run.rate for run in kept[False]])
    report.result("placing_orders", f"{count} writers, orders/s with metrics ÷ without", ratio, "≥ 0.85")
    return [
        (count, "with", *middle(kept[True]), ratio, max(waiting)),
        (count, "without", *middle(kept[False]), "", ""),
    ]


def processor_time(store: Store) -> None:
    """Print the milliseconds of an order by one writer, and their ratio; rows are folded after each run, uncounted."""
    place, listeners = placer(store, metrics=True), list(order_changed.receivers)
    for _ in range(ORDERS // 5):  # what is read and planned once
        place()
    spent: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(ROUNDS):
        for metrics in (True, False) if number % 2 else (False, True):
            order_changed.receivers = listeners if metrics else []
            order_changed.sender_receivers_cache.clear()
            spent[metrics].append(report.processor_seconds_of(lambda: [place() for _ in range(ORDERS)]))
            folding.fold_all()
    order_changed.receivers = listeners
    order_changed.sender_receivers_cache.clear()
    rows = [
        (name, *(statistics.median(run[side] for run in spent[metrics]) * 1000 / ORDERS for side in (0, 1)))
        for name, metrics in (("with metrics", True), ("without", False))
    ]
    report.table(("processor time of an order", "Python ms", "database ms"), rows)
    ratio = report.paired_ratio([sum(run) for run in spent[False]], [sum(run) for run in spent[True]])
    report.result("placing_orders", "processor time of an order, without metrics ÷ with", ratio)


def middle(runs: list[writers.Run]) -> tuple[float, float, float]:
    """Return orders/s, p50 and p99 of the run in the middle."""
    run = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
    return run.rate, run.p50, run.p99


def placer(store: Store, metrics: bool) -> Callable[[], object]:
    """Return a function that places one order; without metrics nobody in this process listens to orders."""
    if not metrics:
        order_changed.disconnect(dispatch_uid="dashboard.order_changed")
    dice = random.Random()
    products = list(Product.objects.filter(store=store).values_list("pk", flat=True))
    customers = list(Customer.objects.filter(store=store))

    def place() -> object:
        return place_order(
            store=store,
            items=[ItemRequest(pk, dice.randint(1, 3)) for pk in dice.sample(products, 2)],
            customer=dice.choice(customers) if customers else None,
            shipping_address={"country": dice.choice(("GB", "DE", "FR"))},
            payment_method="CREDIT_CARD",
            actor=None,
        )

    return place


@contextlib.contextmanager
def a_worker() -> Iterator[None]:
    """Run a Celery worker as the Procfile does, with one process; it folds when orders nudge it."""
    connections.close_all()
    command = ["-m", "celery", "--app", "dealport", "worker", "--concurrency", "1", "--without-mingle"]
    # neither its banner nor the warning that it runs as root belongs between the figures
    quiet = {"LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
    worker = subprocess.Popen([sys.executable, *command], env={**os.environ, **quiet}, stdout=subprocess.DEVNULL)
    try:
        wait_until_it_folds()
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)


def wait_until_it_folds(seconds: float = 60) -> None:
    """Place an order and wait until the worker has folded it. Raises RuntimeError when it does not."""
    placer(load.make_store("placing-orders-warm-up"), metrics=True)()
    until = time.monotonic() + seconds
    while MetricDelta.objects.exists():
        if time.monotonic() > until:
            raise RuntimeError("the Celery worker does not fold")
        receivers.nudge_fold()
        time.sleep(0.2)
