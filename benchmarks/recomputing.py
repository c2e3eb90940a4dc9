"""The upgrade that adds measures and dimensions: the rollups of a store with 1,000,000 orders computed anew, slice by
slice, while orders are placed in it. Before it the measures of goods are 0 and no rollup by dimension has a row; every
bucket is compared with the orders afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from django.db import connection

from benchmarks import load, report
from customers.models import Store
from dashboard.metrics import verification
from dashboard.metrics.recomputing import recompute_slices
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import StoreDailySalesByDimension, StoreMonthlySalesByDimension, VerificationRun
from dealport.kit.day_range import EVERY_DAY
from orders.actions import ItemRequest, place_order
from orders.models import Product

ORDERS = 1_000_000
ADDED = ("net", "discounts", "returns", "tips", "tax", "tax_included", "cost", "units_without_cost")
"""The measures that the upgrade adds."""
EVERY_SECONDS = 0.2
SHORT = {"ORDERS": 300, "EVERY_SECONDS": 0.01}


def main() -> None:
    """Take the measures away, recompute them with orders going on, verify; raise AssertionError if a bucket differs."""
    store = load.order_book(ORDERS)
    for rollup in ROLLUPS:
        known = rollup.model._default_manager.filter(store_id=store.pk)
        if rollup.model in (StoreDailySalesByDimension, StoreMonthlySalesByDimension):
            known.delete()
        else:
            known.update(**{name: 0 for name in ADDED if name in rollup.measures})
    VerificationRun.objects.filter(store=store).delete()
    run = VerificationRun.objects.create(store=store, next_day=EVERY_DAY.first, recomputes=True)
    report.progress("recomputing")
    waits: list[float] = []
    slices: list[float] = []
    with_orders = _placing(store, waits)
    try:
        began = time.perf_counter()
        while VerificationRun.objects.filter(pk=run.pk, recomputes=True).exists():
            seconds = report.seconds_of(lambda: recompute_slices(seconds=0))
            slices.append(seconds)
            run.refresh_from_db()
            assert not run.error, run.error
            report.progress(f"recomputed up to {run.next_day}")
        total = time.perf_counter() - began
    finally:
        with_orders()
    wrong = verification.verify_store(store).wrong_buckets
    assert wrong == 0, wrong
    report.table(
        ("", "orders", "seconds", "orders/s", "slices", "longest slice, s"),
        [("recomputing", ORDERS, total, ORDERS / total, len(slices), max(slices))],
    )
    if waits:
        report.table(
            ("placing an order meanwhile", "orders", "p50 ms", "longest ms"),
            [("", len(waits), median(waits) * 1000, max(waits) * 1000)],
        )
    report.result("recomputing", f"wrong buckets of {ORDERS:,} orders after it", wrong, "< 1")


def _placing(store: Store, waits: list[float]) -> Callable[[], None]:
    """Place an order every EVERY_SECONDS until the returned function is called, noting how long each took."""
    product, is_over = Product.objects.filter(store=store).earliest("pk").pk, threading.Event()

    def place() -> None:
        while not is_over.wait(EVERY_SECONDS):
            request = partial(place_order, store=store, items=[ItemRequest(product, 1)], actor=None)
            waits.append(report.seconds_of(request))
        connection.close()

    thread = threading.Thread(target=place)
    thread.start()

    def stop() -> None:
        is_over.set()
        thread.join()

    return stop
