"""Verification of one store with 1,000,000 orders over two years: every bucket compared with the orders."""

from __future__ import annotations

import time

from benchmarks import load, report
from dashboard.metrics import verification

ORDERS = 1_000_000
SHORT = {"ORDERS": 300}


def main() -> None:
    """Verify once; raise AssertionError if a bucket differs."""
    store = load.order_book(ORDERS)
    report.progress("verifying")
    began = time.perf_counter()
    wrong = verification.verify_store(store).wrong_buckets
    seconds = time.perf_counter() - began
    assert wrong == 0, wrong
    report.table(("", "orders", "seconds", "orders/s"), [("verify_store", ORDERS, seconds, ORDERS / seconds)])
    report.result("verification", f"seconds for a store of {ORDERS:,} orders", seconds, "< 20")
