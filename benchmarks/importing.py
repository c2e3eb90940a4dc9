"""Importing a real store's shipped orders (Shopify's orders export, gzipped) with `import_orders`, figures and all:
lines/s, and ÷ a bare COPY of the same lines, as text, into a table without a single index.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection, transaction

from benchmarks import report
from customers.actions import create_store
from orders.importing import import_orders

FILES = Path(settings.BASE_DIR) / "orders" / "demo" / "data"
ROUNDS = 2
ORDERS: int | None = None
SHORT = {"ORDERS": 20, "ROUNDS": 1}


def main() -> None:
    """Alternate the two."""
    with tempfile.TemporaryDirectory() as folder:
        measure(beginning(next(FILES.glob("*.orders.csv.gz")), Path(folder)))


def beginning(file: Path, folder: Path) -> Path:
    """Return a file with the first ORDERS orders of another; None is all of them."""
    if ORDERS is None:
        return file
    part = folder / file.name
    with gzip.open(file, "rt", newline="") as lines, gzip.open(part, "wt", newline="") as into:
        orders = itertools.groupby(csv.reader(lines), key=lambda line: line[0])
        for _, order in itertools.islice(orders, 1 + ORDERS):  # the header stands alone
            csv.writer(into).writerows(order)
    return part


def measure(file: Path) -> None:
    """Import and copy in turns."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        header = next(csv.reader(lines))
        count = sum(1 for _ in csv.reader(lines))
    product, bare = [], []
    for number in range(ROUNDS):
        report.progress(f"run {number + 1} of {ROUNDS} over {count:,} lines")
        product.append(report.seconds_of(partial(import_file, file, f"importing-{number}")))
        bare.append(report.seconds_of(partial(copy, file, header)))
    ratio = report.paired_ratio(bare, product)
    report.result("importing", "order lines/s", count / median(product), "≥ 30,000")
    report.result("importing", "lines/s ÷ a bare COPY of the lines", ratio)
    rows = [
        ("import_orders", count / median(product), median(product), ratio),
        ("bare COPY", count / median(bare), median(bare), ""),
    ]
    report.table((f"{count:,} lines", "lines/s", "seconds", "ratio of lines/s"), rows)


def import_file(file: Path, slug: str) -> None:
    """Import into a new store."""
    import_orders(file, create_store(slug=slug, name=slug, currency="GBP", timezone="Europe/London", actor=None))


def copy(file: Path, header: list[str]) -> None:
    """Load the lines as they are."""
    columns = ", ".join(f"c{number} text" for number in range(len(header)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS benchmark_lines")
        cursor.execute(f"CREATE TABLE benchmark_lines ({columns})")
        with (
            gzip.open(file, "rb") as lines,
            cursor.copy("COPY benchmark_lines FROM STDIN (FORMAT csv, HEADER)") as into,
        ):
            while block := lines.read(1 << 16):
                into.write(block)
        cursor.execute("DROP TABLE benchmark_lines")
