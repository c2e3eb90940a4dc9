"""An import while the store goes on selling."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from customers.models import Customer
from dashboard.figures import sales_summary
from dashboard.figures.periods import month_period
from dashboard.metrics import folding, recount
from orders.actions import ItemRequest, mark_paid, place_order
from orders.bulk import writer
from orders.first_orders import correct_first_orders
from orders.importing import Receipt, import_orders
from orders.importing.records import RecordReader
from orders.models import Order
from tests.builders import a_customer, a_product, a_store, local
from tests.orders.importing_files import item, order, write

pytestmark = pytest.mark.django_db(transaction=True)

MARCH = month_period(2026, 3)


class Meanwhile:
    """Stands in for the progress bar: runs something elsewhere in the middle of the import and waits for it."""

    def __init__(self, work: Callable[[], Any], at: int) -> None:
        self.work, self.at, self.calls = work, at, 0

    def update(self, reader: RecordReader) -> None:
        self.calls += 1
        if self.calls == self.at:
            thread = in_thread(self.work)
            thread.join(20)
            assert not thread.is_alive(), "the store had to wait for the import"


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_orders_placed_during_an_import_are_neither_lost_nor_counted_twice(tmp_path: Path) -> None:
    store = a_store()
    customer = a_customer(store, email="ada@example.com", at=local(store, 2026, 3, 1))
    mug = a_product(store, "10.00", sku="MUG", name="Mug", stock=50)
    rows = [order(f"#{number}") for number in range(3_000)]
    path = write(tmp_path / "export.csv", *rows)

    def sell() -> None:
        for _ in range(3):
            at = local(store, 2026, 3, 2, 9)
            placed = place_order(store=store, items=[ItemRequest(mug.pk, 1)], customer=customer, at=at, actor=None)
            mark_paid(order=placed, at=at, actor=None)
        folding.fold_once(batch=4)  # some of it folded already, some still waiting when the import recounts

    import_orders(path, store, progress=Meanwhile(sell, at=2_800))
    expected = D("60030.00")
    assert recount.differences(store) == []
    assert sales_summary(store, MARCH).total_sales == expected
    folding.fold_all()
    assert recount.differences(store) == []
    summary = sales_summary(store, MARCH)
    assert (summary.total_sales, summary.total_orders, summary.total_completed_orders) == (expected, 3_003, 3_003)
    customer.refresh_from_db()
    assert (customer.total_orders, customer.completed_orders, customer.total_spent) == (3_003, 3_003, expected)
    mug.refresh_from_db()
    assert mug.stock == 47


def test_the_same_file_imported_twice_at_once_is_imported_once(tmp_path: Path) -> None:
    store = a_store()
    rows = [
        row for number in range(200) for row in (order(f"#{number}", Subtotal="30", Total="30"), item(f"#{number}"))
    ]
    path = write(tmp_path / "export.csv", *rows)
    receipts: list[Receipt] = []
    threads = [in_thread(lambda: receipts.append(import_orders(path, store))) for _ in range(2)]
    for thread in threads:
        thread.join(60)
    assert sorted((receipt.orders, receipt.repeated, receipt.customers) for receipt in receipts) == [
        (0, 200, 0),
        (200, 0, 1),
    ]
    assert (Order.objects.count(), Customer.objects.get().total_orders) == (200, 200)
    assert recount.differences(store) == []


def test_an_import_that_deadlocks_with_a_payment_of_the_first_order_so_far_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_store()
    customer = a_customer(store, email="ada@example.com", at=local(store, 2026, 3, 1))
    mug = a_product(store, "10.00", sku="MUG", name="Mug", stock=50)
    at = local(store, 2026, 3, 5, 9)
    first = place_order(store=store, items=[ItemRequest(mug.pk, 1)], customer=customer, at=at, actor=None)
    path = write(tmp_path / "export.csv", order("#1"))
    payments: list[threading.Thread] = []

    def correct_while_it_is_paid(customer_ids: set[int]) -> set[int]:
        """The import has the customer: the payment has the order, and waits for the customer; now we want the order."""
        if not payments:
            payments.append(in_thread(lambda: mark_paid(order=first, at=at, actor=None)))
            with connection.cursor() as cursor:
                wait_until_blocked(cursor)
                cursor.execute("SET LOCAL deadlock_timeout = '10ms'")  # it is the import that PostgreSQL ends
        return correct_first_orders(customer_ids)

    monkeypatch.setattr(writer, "correct_first_orders", correct_while_it_is_paid)
    receipt = import_orders(path, store)
    payments[0].join(20)
    assert (receipt.orders, len(payments)) == (1, 1)
    marks = Order.objects.order_by("placed_at").values_list("number", "is_first", "captured_amount")
    assert list(marks) == [("#1", True, D("20.00")), (first.number, False, D("10.00"))]
    customer.refresh_from_db()
    assert (customer.total_orders, customer.completed_orders, customer.total_spent) == (2, 2, D("30.00"))
    assert recount.differences(store) == []


def wait_until_blocked(cursor: Any) -> None:
    for _ in range(1_000):
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        if cursor.fetchone()[0]:
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits for this transaction")
