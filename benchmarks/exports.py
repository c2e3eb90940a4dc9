"""Exports of one store with 1,000,000 orders and 2,000,000 order items.

CSV: rows/s of the file, and of the whole job with its receipt, ÷ `COPY TO STDOUT` of the same query read by psycopg
and thrown away. XLSX: rows/s ÷ the bare writer library fed by the same server-side cursor and told the same number
formats; beside it the library without number formats, and fed from a list. Ratios are medians of rounds, each in a
process of its own that writes the file in every way. Peak memory of a process that writes one file, Django included,
for 2 %, 20 % and all of the order items.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from django.db import connection

from benchmarks import export_child, load, report
from customers.models import Store, User
from reports.exporting import request_export
from reports.models import ExportJob

ORDERS = 1_000_000
ROUNDS = 3
FEW_DAYS = 146
DAYS = (15, FEW_DAYS, 731)
SHORT = {"ORDERS": 300, "ROUNDS": 1, "DAYS": (731,)}
SOME = ("itemId", "orderNumber", "orderDay", "sku", "productName", "currency", "unitPrice", "quantity", "lineTotal",
        "sales", "status", "country")  # fmt: skip
_ADDRESS = """
UPDATE orders_order SET shipping_address = jsonb_build_object(
    'name', 'Customer ' || id, 'street', id || ' High Street', 'city', 'York', 'state', '', 'country', country,
    'postalCode', 'YO1 ' || mod(id, 100)
) WHERE store_id = %s AND placed_at < %s
"""


def main() -> None:
    """Fill the store and write the files."""
    store = load.order_book(ORDERS)
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESS, [store.pk, load.FIRST_DAY + timedelta(days=150)])
    load.settle()
    owner = load.administrator()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPORT_ROOT"] = folder
        few = requested(owner, store, "orders", "csv", days=FEW_DAYS)
        speed("CSV of orders, all columns", few, ("copy", "csv", "job"), limits={"job": "≥ 0.80"})
        speed("XLSX of orders, all columns", few, ("bare", "plain", "memory", "xlsx"), limits={"xlsx": "≥ 1.00"})
        memory(owner, store)


def requested(
    owner: User, store: Store, dataset: str, format: str, *, days: int, columns: Sequence[str] = ()
) -> ExportJob:
    """Return a job of the store's first days that nobody has begun."""
    last = load.FIRST_DAY + timedelta(days=days - 1)
    filters = {"store": store.slug, "from": load.FIRST_DAY.isoformat(), "to": last.isoformat()}
    return request_export(owner=owner, dataset=dataset, filters=filters, format=format, columns=columns)


def child(job: ExportJob, *ways: str) -> dict[str, dict[str, Any]]:
    """Let a process write the job's file in some ways, and return what each of them took."""
    command = [sys.executable, "-m", "benchmarks.export_child", str(job.pk), *ways]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {way: json.loads(line) for way, line in zip(ways, printed.splitlines(), strict=True)}


def speed(title: str, job: ExportJob, ways: Sequence[str], *, limits: Mapping[str, str]) -> None:
    """Print rows per second of each way and its ratio to the first of them."""
    report.progress(title)
    rows, _ = export_child.copied(job)
    ExportJob.objects.filter(pk=job.pk).update(rows_total=rows)
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, taken in child(job, *ways).items():
            found[way].append(taken["seconds"])
    against, *_ = ways
    ratios = {way: report.paired_ratio(found[against], seconds) for way, seconds in found.items()}
    for way, limit in limits.items():
        report.result("exports", f"{title}, rows/s: {way} ÷ {against}", ratios[way], limit)
    report.table(
        [f"{title}, {rows:,} rows", "rows/s", f"÷ {against}"],
        [[way, rows / median(seconds), ratios[way]] for way, seconds in found.items()],
    )


def memory(owner: User, store: Store) -> None:
    """Print the peak memory of whole jobs of growing size."""
    peaks: dict[str, list[float]] = {"csv": [], "xlsx": []}
    lines = []
    for days in DAYS:
        line: list[object] = []
        for format, megabytes in peaks.items():
            report.progress(f"{format} of order items, {days} days")
            taken = child(requested(owner, store, "order-items", format, days=days, columns=SOME), "job")["job"]
            megabytes.append(taken["megabytes"])
            line += [taken["rows"] / taken["seconds"], taken["megabytes"]]
        lines.append([f"{taken['rows']:,}", *line])
    names = ["order items, 12 columns, whole job", "CSV rows/s", "CSV peak MB", "XLSX rows/s", "XLSX peak MB"]
    report.table(names, lines)
    for format, megabytes in peaks.items():
        growth = f"{format.upper()}, peak memory for all order items ÷ for the fewest"
        report.result("exports", growth, megabytes[-1] / megabytes[0], "≤ 1.10")
