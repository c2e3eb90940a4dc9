"""Placing orders through the action `place_order`, on one store at 1, 8 and 64 writers: with the metric ledger and a
Celery worker that folds it ÷ the same with the receivers of the metrics disconnected (no worker has anything to do).
Two products of 500 with counted stock, one of 1,000 customers. Python takes most of the time on both sides. Short
runs in turns; the ratio is the median of the pairs.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
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
CUSTOMERS = 1_000
STOCK = 100_000_000
SHORT = {"WRITERS": (1, 2), "ROUNDS": 1, "SECONDS": 0.3, "CUSTOMERS": 10}


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
