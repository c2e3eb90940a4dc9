"""What sales cost the store: cost and margin of the units sold, in every rollup, on both bases."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction

from customers.models import Store
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures import FIGURES
from dashboard.figures.movements import STORE, sums
from dashboard.figures.reading import rows
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all
from dashboard.metrics.recomputing import recompute_slices
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import MetricDelta, VerificationRun
from dealport.kit.day_range import DayRange
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.actions.edit_pricing import EditRequest
from orders.actions.editing import edit_order
from orders.bulk import BulkItem, BulkOrder, BulkStep, OrderWriter
from orders.bulk.live import LiveWriter
from orders.lifecycle import Step
from orders.models import Order, Product
from tests.builders import a_product, a_store, local

pytestmark = pytest.mark.django_db
KEYS = ("net_sales", "cost", "margin", "margin_percent", "units_without_cost")
MARCH = DayRange(date(2026, 3, 1), date(2026, 3, 31))


def costs(store: Store, days: DayRange = MARCH, basis: str = "placed") -> list[D]:
    quantities = figures.period_totals(StoreScope(store), days, basis).get(store.currency)
    quantities = quantities or dict.fromkeys(recount.STORE_MEASURES, D(0))
    return [D(FIGURES[key].value(quantities)) for key in KEYS]


def amounts(*texts: str) -> list[D]:
    return [D(text) for text in texts]


def by_product(store: Store, basis: str = "placed") -> dict[int, tuple[D, int]]:
    sql = sums(STORE, ("cost", "units_without_cost"), basis=basis, dimension="product")
    found = rows(sql, store=store.pk, first=MARCH.first, last=MARCH.last)
    return {row["product_id"]: (row["cost"], row["units_without_cost"]) for row in found}


def an_order(store: Store, quantities: dict[Product, int], at: datetime) -> Order:
    items = [ItemRequest(product.pk, quantity) for product, quantity in quantities.items()]
    return place_order(store=store, items=items, shipping_fee=D("5.00"), at=at, actor=None)


def test_cost_is_that_of_the_time_of_the_order_and_counts_once_the_order_is_paid() -> None:
    store = a_store()
    tea, cup = a_product(store, "10.00", cost_price=D("4.10")), a_product(store, "5.00")
    order = an_order(store, {tea: 3, cup: 2}, local(store, 2026, 3, 1, 12))
    Product.objects.filter(pk=tea.pk).update(cost_price=D("9.99"))
    Product.objects.filter(pk=cup.pk).update(cost_price=D("1.00"))
    assert costs(store) == amounts("0", "0", "0", "0", "0")
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)

    assert costs(store) == amounts("40.00", "12.30", "27.70", "69.25", "2")
    assert by_product(store) == {tea.pk: (D("12.30"), 0), cup.pk: (D(0), 2)}
    assert costs(store, DayRange.of_day(date(2026, 3, 1)), "booked") == amounts("0", "0", "0", "0", "0")


def test_units_that_come_back_take_their_cost_and_a_refund_of_an_amount_none() -> None:
    store = a_store()
    tea = a_product(store, "10.00", cost_price=D("4.10"))
    order = an_order(store, {tea: 3}, local(store, 2026, 3, 1, 12))
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)
    refund_order(order=order, lines={order.items.get().pk: 1}, at=local(store, 2026, 3, 5, 12), actor=None)
    assert costs(store) == amounts("20.00", "8.20", "11.80", "59.00", "0")
    refund_order(order=order, amount=D("15.00"), at=local(store, 2026, 3, 6, 12), actor=None)
    assert costs(store)[1] == D("8.20")
    assert costs(store, DayRange.of_day(date(2026, 3, 5)), "booked")[:3] == amounts("-10.00", "-4.10", "-5.90")
    refund_order(order=order, at=local(store, 2026, 4, 1, 12), actor=None)
    assert costs(store) == amounts("0", "0", "0", "0", "0")
    assert costs(store, basis="booked")[1] == D("8.20")
    fold_all()
    assert recount.differences(store) == []


def test_an_edit_moves_the_cost_with_its_units() -> None:
    store = a_store()
    tea, cup = a_product(store, "10.00", cost_price=D("4.10")), a_product(store, "5.00")
    order = an_order(store, {tea: 3}, local(store, 2026, 3, 1, 12))
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)
    request = EditRequest(quantities={order.items.get().pk: 2}, additions=[ItemRequest(cup.pk, 1)])
    edit_order(order=order, request=request, at=local(store, 2026, 3, 9, 12), actor=None)

    for basis in ("placed", "booked"):
        assert by_product(store, basis) == {tea.pk: (D("8.20"), 0), cup.pk: (D(0), 1)}
    assert costs(store, DayRange.of_day(date(2026, 3, 9)), "booked")[1] == D("-4.10")
    assert recount.differences(store) == []


@pytest.mark.parametrize("writer", [OrderWriter, LiveWriter])
def test_orders_written_in_bulk_count_the_cost_they_name(writer: type[OrderWriter]) -> None:
    store = a_store()
    tea = a_product(store)
    at = local(store, 2026, 3, 1, 12)
    items = [
        BulkItem(tea.pk, "Tea", D("10.00"), 3, unit_cost=D("4.10")),
        BulkItem(tea.pk, "Tea", D("9.00"), 2),
    ]
    steps = [
        BulkStep(Step.PAY, at),
        BulkStep(Step.REFUND, local(store, 2026, 3, 4, 12), pieces={0: 1, 1: 1}),
    ]
    with transaction.atomic(), writer(store) as written:
        written.add(BulkOrder(at, items, steps))

    assert by_product(store) == by_product(store, "booked") == {tea.pk: (D("8.20"), 1)}
    assert recount.differences(store) == []


def test_goods_dearer_than_any_order_can_be_do_not_stop_a_payment() -> None:
    store = a_store()
    tea = a_product(store, "0.01", cost_price=D("999999999999.99"))
    order = an_order(store, {tea: 1_000_000}, local(store, 2026, 3, 1, 12))
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)
    fold_all()
    assert costs(store)[1] == D("999999999999990000.00")
    assert recount.differences(store) == []


def test_an_upgrade_computes_the_cost_of_what_is_there_and_rows_that_wait_stay_right() -> None:
    """Rows of before the upgrade say nothing of costs, in the rollups and in the ledger."""
    store = a_store()
    tea, cup = a_product(store, "10.00", cost_price=D("4.10")), a_product(store, "5.00")
    for day in (1, 2):
        order = an_order(store, {tea: 3, cup: 2}, local(store, 2026, 3, day, 12))
        mark_paid(order=order, at=local(store, 2026, 3, day, 13), actor=None)
        if day == 1:
            fold_all()
    expected = costs(store)
    forget = "cost = 0, units_without_cost = 0"
    with connection.cursor() as cursor:
        for table in {rollup.table for rollup in ROLLUPS} | {MetricDelta._meta.db_table}:
            cursor.execute(f"UPDATE {table} SET {forget}")
    assert costs(store)[1] == 0
    migration: Any = __import__("dashboard.migrations.0014_cost", fromlist=["ASK"])
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    recompute_slices()

    assert not VerificationRun.objects.filter(recomputes=True).exists()
    assert costs(store) == expected == amounts("80.00", "24.60", "55.40", "69.25", "4")
    assert recount.differences(store) == []
    fold_all()
    assert (costs(store), recount.differences(store)) == (expected, [])
