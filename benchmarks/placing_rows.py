"""What the ledger costs the database: the rows of an order of two products inserted by plain SQL in one psycopg
pipeline, on one store at 1, 8 and 64 connections.

bare: order, two lines, one event · ledger: the same and its three ledger rows, while a process folds them in a loop ·
counters: the same and the day's counters of the store updated in the order's transaction, the plain way.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event

import psycopg
from django.db import connection, connections

from benchmarks import load, report, writers
from customers.models import Store
from dashboard.metrics import folding
from dashboard.models import MetricDelta

WRITERS = (1, 8, 64)
ROUNDS = 3
SECONDS = 2.0
KINDS = ("bare", "ledger", "counters")
SHORT = {"WRITERS": (1, 2), "ROUNDS": 1, "SECONDS": 0.2}

_ORDER = """
INSERT INTO orders_order (
    store_id, number, status, payment_status, currency, subtotal, discount, tax_amount, shipping_fee, total_amount,
    captured_amount, refunded_amount, coupon_code, country, shipping_address, billing_address, payment_method, notes,
    placed_at, order_day, is_imported, version
) VALUES (
    %(store)s, 'R-' || nextval(%(numbers)s), 'PENDING', 'PENDING', 'GBP', 30, 0, 0, 0, 30, 0, 0, '', 'GB',
    '{"country": "GB"}', '{"country": "GB"}', 'card', '', now(), current_date, false, 1
)
"""
_LINES = """
INSERT INTO orders_orderitem (
    store_id, order_id, product_id, name, sku, image_url, unit_price, quantity, line_total, discount_share,
    tax_share, refunded_amount, refunded_by_line, refunded_tax_by_line, refunded_quantity, stock_taken
)
SELECT %(store)s, currval(pg_get_serial_sequence('orders_order', 'id')), product, 'Product', 'P', '', 15, 1, 15,
    0, 0, 0, 0, 0, 0, 0
FROM unnest(%(products)s::bigint[]) AS product
"""
_EVENT = """
INSERT INTO orders_orderevent (
    store_id, order_id, kind, at, actor_label, from_status, to_status, from_payment_status, to_payment_status,
    amount, note
) VALUES (
    %(store)s, currval(pg_get_serial_sequence('orders_order', 'id')), 'placed', now(), '', '', 'PENDING', '',
    'PENDING', 0, ''
)
"""
_LEDGER = """
INSERT INTO dashboard_metricdelta (
    store_id, order_day, event_day, product_id, country, sales, orders, completed, refunded, expired, with_coupon,
    pending, canceled, customers, new_customers, created_at
)
SELECT %(store)s, current_date, current_date, product, 'GB', 0, 1, 0, 0, 0, 0, (product IS NULL)::int, 0, 0, 0, now()
FROM unnest(ARRAY[NULL]::bigint[] || %(products)s::bigint[]) AS product
"""
_COUNTERS = """
INSERT INTO dashboard_storedailysales AS bucket (
    store_id, basis, day, sales, orders, completed, refunded, expired, with_coupon, pending, canceled, customers,
    new_customers
) VALUES (%(store)s, 'placed', current_date, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0)
ON CONFLICT (store_id, basis, day) DO UPDATE SET orders = bucket.orders + 1, pending = bucket.pending + 1
"""
_EXTRA = {"bare": (), "ledger": (_LEDGER,), "counters": (_COUNTERS,)}


def main() -> None:
    """Alternate the three kinds; print the median of the ratios to the bare rows of the same round."""
    store = load.make_store("placing-rows")
    rows = []
    for count in WRITERS:
        report.progress(f"{count} connections, {ROUNDS} × {len(KINDS)} runs of {SECONDS:.0f} s")
        rows += compare(store, count)
    report.table(("connections", "rows", "orders/s", "p50 ms", "p99 ms", "÷ bare", "ledger rows waiting"), rows)


def compare(store: Store, count: int) -> list[tuple[object, ...]]:
    """Return a table row for each kind."""
    kept: dict[str, list[writers.Run]] = {kind: [] for kind in KINDS}
    waiting = 0
    for number in range(ROUNDS):
        for kind in KINDS[:: 1 if number % 2 else -1]:
            stop = start_folding() if kind == "ledger" else None
            kept[kind].append(writers.run(partial(inserter, store, kind), writers=count, seconds=SECONDS))
            if stop is not None:
                waiting = max(waiting, MetricDelta.objects.count())
                stop()
    rates = {kind: [run.rate for run in runs] for kind, runs in kept.items()}
    ratios = {kind: report.paired_ratio(rates[kind], rates["bare"]) for kind in KINDS}
    report.result(
        "placing_rows", f"{count} connections, orders/s with the ledger ÷ without", ratios["ledger"], "≥ 0.85"
    )
    return [(count, kind, *middle(kept[kind]), ratios[kind], waiting if kind == "ledger" else "") for kind in KINDS]


def middle(runs: list[writers.Run]) -> tuple[float, float, float]:
    """Return orders/s, p50 and p99 of the run in the middle."""
    run = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
    return run.rate, run.p50, run.p99


def inserter(store: Store, kind: str) -> Callable[[], object]:
    """Return a function that inserts one order's rows in one transaction and one round trip."""
    parameters = connection.get_connection_params()
    server = psycopg.connect(
        host=parameters["host"], port=parameters["port"], user=parameters["user"],
        password=parameters["password"], dbname=parameters["dbname"], prepare_threshold=1,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM orders_product WHERE store_id = %s", [store.pk])
        (first,) = cursor.fetchone()
    connection.close()
    dice, statements = random.Random(), (_ORDER, _LINES, _EVENT, *_EXTRA[kind])

    def insert() -> None:
        products = [first + number for number in dice.sample(range(load.PRODUCTS), 2)]
        values = {"store": store.pk, "products": products, "numbers": f"orders_number_{store.pk}"}
        with server.pipeline(), server.transaction():
            for statement in statements:
                server.execute(statement, values)

    return insert


def start_folding() -> Callable[[], None]:
    """Fold in a process of its own, as fast as rows come; return a function that ends it and folds the rest."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    ended = fork.Event()
    process = fork.Process(target=fold_until, args=(ended,))
    process.start()

    def stop() -> None:
        ended.set()
        process.join()

    return stop


def fold_until(ended: Event) -> None:
    """Fold twenty times a second until told to end, then the rest."""
    while not ended.wait(0.05):
        fold_and_vacuum()
    fold_and_vacuum()


def fold_and_vacuum() -> None:
    """Do what the worker's task does."""
    if folding.fold_all().rows >= folding.VACUUM_ROWS:
        folding.vacuum_ledger()
