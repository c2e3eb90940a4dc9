"""Single source orders beside everything else a store does: cheap, in turn for one order, side by side for others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from dashboard.metrics import recount
from dashboard.models import MetricDelta
from orders.importing import import_orders
from orders.importing.records import RecordReader
from orders.models import Order, Product
from orders.sources.description import SourceLine, SourceOrder, SourcePayment, SourceRefund
from orders.sources.single import Applied, Result, StoreBusy, apply_source_order
from tests.builders import a_store
from tests.orders.importing_files import order, write

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 9, tzinfo=UTC)
PAID = SourceOrder(
    source="erp",
    external_id="1",
    name="#1",
    placed_at=AT,
    currency="GBP",
    email="ada@example.com",
    lines=(SourceLine("Mug", D("10.00"), 2, "MUG"), SourceLine("Lid", D("1.50"), 1, "LID")),
    payments=(SourcePayment(AT, D("21.50")),),
    updated_at=AT,
)


def statements(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


@pytest.mark.django_db
def test_an_order_is_created_and_refunded_in_a_few_statements_whatever_the_days_between() -> None:
    store = a_store()
    apply_source_order(store, PAID, now=NOW)
    long_ago = replace(PAID, external_id="2", name="#2", placed_at=AT.replace(year=2019))
    assert statements(lambda: apply_source_order(store, long_ago, now=NOW)) <= 28
    refunded = replace(long_ago, refunds=(SourceRefund(NOW, D("5.00")),), updated_at=NOW)
    assert statements(lambda: apply_source_order(store, refunded, now=NOW)) <= 32
    assert statements(lambda: apply_source_order(store, refunded, now=NOW)) <= 15
    assert recount.differences(store) == []
    assert MetricDelta.objects.filter(store_id=store.pk).exists()


@pytest.mark.django_db
def test_a_customer_counts_from_the_first_order_however_late_it_arrives() -> None:
    store = a_store()
    apply_source_order(store, PAID, now=NOW)
    earlier = AT.replace(day=1)
    apply_source_order(store, replace(PAID, external_id="2", name="#2", placed_at=earlier), now=NOW)
    customer = Customer.objects.get(store=store)
    assert (customer.created_at, customer.email_confirmed_at, customer.total_orders) == (earlier, earlier, 2)
    assert recount.differences(store) == []


@pytest.mark.django_db
def test_a_description_that_contradicts_itself_is_refused_with_the_reason_and_leaves_nothing() -> None:
    store = a_store()
    refunded = replace(PAID, payments=(), refunds=(SourceRefund(AT, D("5.00")),))
    refused = apply_source_order(store, refunded, now=NOW)
    assert refused.result == Result.REFUSED
    assert refused.reason.startswith("#1: ")
    assert not Customer.objects.filter(store=store).exists()
    assert not Product.objects.filter(store=store).exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_new_order_and_others_with_its_customer_and_products_arrive_at_once() -> None:
    store = a_store()
    same = [PAID] * 4
    others = [replace(PAID, external_id=str(number), name=f"#{number}") for number in range(2, 6)]
    results = at_once([lambda one=one: apply_source_order(store, one, now=NOW) for one in (*same, *others)])
    assert sorted(one.result for one in results) == ["new"] * 5 + ["unchanged"] * 3
    customer = Customer.objects.get(store=store)
    assert (customer.total_orders, customer.total_spent) == (5, D("107.50"))
    assert Product.objects.filter(store=store).count() == 2
    assert recount.differences(store) == []


@pytest.mark.django_db(transaction=True)
def test_while_a_file_is_imported_single_orders_are_told_to_come_later(tmp_path: Path) -> None:
    store = a_store()
    meanwhile = Once(lambda: apply_source_order(store, PAID, now=NOW))
    import_orders(write(tmp_path / "export.csv", order("#7"), order("#8")), store, progress=meanwhile)  # type: ignore[arg-type]
    assert isinstance(meanwhile.end, StoreBusy)
    assert apply_source_order(store, PAID, now=NOW) == Applied(Result.NEW, D("21.50"))
    assert Order.objects.filter(store=store).count() == 3
    assert recount.differences(store) == []


class Once:
    """Stands in for the progress bar: runs something elsewhere, once, in the middle of an import."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.end: Any = None

    def update(self, reader: RecordReader) -> None:
        if self.end is None:
            (self.end,) = at_once([self.work])


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run all in threads of their own; return what each returned or raised."""
    ends: list[Any] = []

    def run(work: Callable[[], Any]) -> None:
        try:
            ends.append(work())
        except Exception as error:
            ends.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends
