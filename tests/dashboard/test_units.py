"""Units sold and returned: what an order contributes, in ledger, rollups, recount and migration."""

from __future__ import annotations

import importlib
from datetime import date
from decimal import Decimal as D
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from customers.models import Store
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import StoreDailySalesByProduct
from orders.actions import ItemRequest, cancel_order, mark_paid, place_order, refund_order
from orders.models import Order
from tests.builders import a_product, a_store, local

pytestmark = pytest.mark.django_db


def order_of(store: Store, quantities: dict[int, int], *, paid: bool = True) -> Order:
    items = [ItemRequest(pk, quantity) for pk, quantity in quantities.items()]
    order = place_order(store=store, items=items, at=local(store, 2026, 3, 1, 12), actor=None)
    return mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None) if paid else order


def booked(product_id: int) -> list[tuple[date, int, int]]:
    fold_all()
    rows = StoreDailySalesByProduct.objects.filter(product_id=product_id, basis="booked").order_by("day")
    return [row for row in rows.values_list("day", "units_sold", "units_returned") if any(row[1:])]


def placed(product_id: int) -> tuple[int, int]:
    fold_all()
    return StoreDailySalesByProduct.objects.values_list("units_sold", "units_returned").get(
        product_id=product_id, basis="placed"
    )


def test_units_count_once_paid_and_come_back_with_the_refunds_that_name_them() -> None:
    store = a_store()
    tea, cup = a_product(store, "10.00"), a_product(store, "5.00")
    order = order_of(store, {tea.pk: 3, cup.pk: 2}, paid=False)
    assert (placed(tea.pk), booked(tea.pk)) == ((0, 0), [])
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)
    assert (placed(tea.pk), placed(cup.pk)) == ((3, 0), (2, 0))
    line = order.items.get(product=tea)
    refund_order(order=order, lines={line.pk: 1}, at=local(store, 2026, 3, 5, 12), actor=None)
    refund_order(order=order, amount=D("2.00"), at=local(store, 2026, 3, 6, 12), actor=None)
    assert (placed(tea.pk), placed(cup.pk)) == ((3, 1), (2, 0))
    refund_order(order=order, at=local(store, 2026, 3, 7, 12), actor=None)
    assert (placed(tea.pk), placed(cup.pk)) == ((3, 3), (2, 2))
    assert booked(tea.pk) == [(date(2026, 3, 2), 3, 0), (date(2026, 3, 5), 0, 1), (date(2026, 3, 7), 0, 2)]
    assert booked(cup.pk) == [(date(2026, 3, 2), 2, 0), (date(2026, 3, 7), 0, 2)]
    assert recount.differences(store) == []


def test_a_canceled_order_that_was_never_paid_sold_nothing() -> None:
    store = a_store()
    tea = a_product(store)
    cancel_order(order=order_of(store, {tea.pk: 3}, paid=False), actor=None)
    assert (placed(tea.pk), booked(tea.pk), recount.differences(store)) == ((0, 0), [], [])


def test_the_migration_fills_every_rollup_as_the_recount_has_it() -> None:
    """Every one of its day: younger ones are computed whole by the migrations that made them."""
    migration: Any = importlib.import_module("dashboard.migrations.0009_units")
    tables = [f"dashboard_{model}" for model, *_ in migration.ROLLUPS]
    assert set(tables) < {rollup.table for rollup in ROLLUPS}
    store = a_store(timezone="Pacific/Auckland")
    tea, cup = a_product(store, "10.00"), a_product(store, "5.00")
    first = order_of(store, {tea.pk: 3, cup.pk: 2})
    refund_order(order=first, lines={first.items.get(product=tea).pk: 2}, actor=None)
    refund_order(order=order_of(store, {cup.pk: 7}), actor=None)
    fold_all()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"UPDATE {table} SET units_sold = 0, units_returned = 0")
    assert {different["table"] for different in recount.differences(store)} == set(tables)
    migration.fill(apps, SimpleNamespace(connection=connection))

    assert recount.differences(store) == []
