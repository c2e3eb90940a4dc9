"""Exports of one store with 1,000,000 orders and 5,000,000 order items, every file written by a process of its own.

CSV: rows/s of the file, and of the whole job with its receipt, ÷ `COPY TO STDOUT` of the same query read by psycopg
and thrown away. XLSX: rows/s ÷ the bare writer library fed by the same server-side cursor and told the same number
formats; beside it the library without number formats, and fed from a list. Ratios are medians of rounds in turns. Peak
memory of the process, Django included, at 100 k, 1 M and 5 M order items.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from django.db import connection, transaction

from benchmarks import load, report
from customers.models import Store, User
from reports.exporting import request_export
from reports.models import ExportJob

ORDERS, ITEMS = 1_000_000, 5_000_000
ROUNDS = 3
SOME = ("itemId", "orderNumber", "orderDay", "sku", "productName", "currency", "unitPrice", "quantity", "lineTotal",
        "sales", "status", "country")  # fmt: skip
_ADDRESS = """
UPDATE orders_order SET shipping_address = jsonb_build_object(
    'name', 'Customer ' || id, 'street', id || ' High Street', 'city', 'York', 'state', '', 'country', country,
    'postalCode', 'YO1 ' || mod(id, 100)
) WHERE store_id = %s AND placed_at < %s
"""
_MORE_ITEMS = """
INSERT INTO orders_orderitem (
    store_id, order_id, product_id, name, sku, image_url, unit_price, quantity, line_total, discount_share,
    tax_share, refunded_amount, refunded_by_line, refunded_tax_by_line, refunded_quantity, stock_taken
)
SELECT store_id, order_id, product_id, name, 'SKU-' || product_id, '', unit_price, quantity, line_total, discount_share,
    tax_share, refunded_amount, 0, 0, 0, 0
FROM orders_orderitem WHERE store_id = %s LIMIT %s
"""


def main() -> None:
    """Fill the store and write the files."""
    store = filled()
    owner = User.objects.create_user("bench@example.com", "a password", role=User.Role.ADMIN)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPORT_ROOT"] = folder
        few = requested(owner, store, "orders", "csv", days=146)
        speed("CSV of orders, all columns", few, ("copy", "csv", "job"), against="copy")
        speed("XLSX of orders, all columns", few, ("bare", "plain", "memory", "xlsx"), against="bare")
        memory(owner, store)


def filled() -> Store:
    """Return the store with its orders, a fifth of them with an address, and their items."""
    report.progress(f"loading {ORDERS:,} orders")
    store = load.make_store("exports")
    load.fill_store(store, ORDERS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_ADDRESS, [store.pk, load.FIRST_DAY + timedelta(days=150)])
        while missing := ITEMS - _items(store):
            report.progress(f"{missing:,} items are missing")
            cursor.execute(_MORE_ITEMS, [store.pk, missing])
    load.settle()
    return store


def _items(store: Store) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_orderitem WHERE store_id = %s", [store.pk])
        return int(cursor.fetchone()[0])


def requested(
    owner: User, store: Store, dataset: str, format: str, *, days: int, columns: Sequence[str] = ()
) -> ExportJob:
    """Return a job of the store's first days that nobody has begun."""
    last = load.FIRST_DAY + timedelta(days=days - 1)
    filters = {"store": store.slug, "from": load.FIRST_DAY.isoformat(), "to": last.isoformat()}
    return request_export(owner=owner, dataset=dataset, filters=filters, format=format, columns=columns)


def child(way: str, job: ExportJob, rounds: int = 1) -> list[dict[str, Any]]:
    """Let a process write the job's file in one way, and return what each round took."""
    command = [sys.executable, "-m", "benchmarks.export_child", way, str(job.pk), str(rounds)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def speed(title: str, job: ExportJob, ways: Sequence[str], *, against: str) -> None:
    """Print rows per second of each way and its ratio to one of them."""
    report.progress(title)
    rows = child("copy", job)[0]["rows"]
    ExportJob.objects.filter(pk=job.pk).update(rows_total=rows)
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            found[way].append(child(way, job)[0]["seconds"])
    report.table(
        [f"{title}, {rows:,} rows", "rows/s", f"÷ {against}"],
        [[way, rows / median(seconds), report.paired_ratio(found[against], seconds)] for way, seconds in found.items()],
    )


def memory(owner: User, store: Store) -> None:
    """Print the peak memory of whole jobs of growing size."""
    lines = []
    for days in (15, 146, 731):
        line: list[object] = []
        for format in ("csv", "xlsx"):
            report.progress(f"{format} of order items, {days} days")
            job = requested(owner, store, "order-items", format, days=days, columns=SOME)
            (taken,) = child("job", job)
            line += [taken["rows"] / taken["seconds"], taken["megabytes"]]
        lines.append([f"{taken['rows']:,}", *line])
    names = ["order items, 12 columns, whole job", "CSV rows/s", "CSV peak MB", "XLSX rows/s", "XLSX peak MB"]
    report.table(names, lines)
