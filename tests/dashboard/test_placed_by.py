"""Which member of staff, or which source, brought sales."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from customers.models import Store, User
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.recomputing import recompute_slices
from dashboard.models import MetricDelta, StoreDailySalesByDimension, StoreMonthlySalesByDimension
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.bulk import BulkItem, BulkOrder, BulkStep, OrderWriter
from orders.lifecycle import Step
from orders.models import Order
from orders.sources.description import SourceLine, SourceOrder, SourcePayment
from orders.sources.single import apply_source_order
from tests.builders import a_product, a_store, a_user, local

pytestmark = pytest.mark.django_db
FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}


@pytest.fixture
def store() -> Store:
    """One order each of a member of staff, of Shopify, of a bulk writer's source, and of nobody."""
    store = a_store(slug="tea")
    tea = a_product(store, "10.00")
    at = local(store, 2026, 3, 2, 12)
    staff = a_user(User.Role.STAFF, store, email="ann@example.com")
    by_staff = place_order(store=store, items=[ItemRequest(tea.pk, 1)], at=at, actor=staff)
    by_nobody = place_order(store=store, items=[ItemRequest(tea.pk, 2)], at=at, actor=None)
    # who takes a step later does not matter
    mark_paid(order=by_staff, at=at, actor=None)
    mark_paid(order=by_nobody, at=at, actor=staff)
    stated = SourceOrder(
        source="shopify",
        external_id="1",
        name="#1",
        placed_at=at,
        currency=store.currency,
        lines=(SourceLine("Cup", D("4.00"), 1),),
        payments=(SourcePayment(at, D("4.00")),),
        updated_at=at,
    )
    apply_source_order(store, stated, now=at + timedelta(days=1), actor_label="webhook")
    with transaction.atomic(), OrderWriter(store) as writer:
        writer.add(BulkOrder(at, [BulkItem(tea.pk, "Tea", D(7), 1)], [BulkStep(Step.PAY, at)], source="erp"))
    refund_order(order=by_staff, amount=D("1.00"), at=local(store, 2026, 4, 1, 12), actor=None)
    return store


RIGHT = {"ann@example.com": [9.0, 1], "shopify": [4.0, 1], "erp": [7.0, 1]}


def data(**parameters: str) -> Any:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    days = {"from": "2026-03-01", "to": "2026-04-30"}
    query = {"store": "tea", "figures": "totalSales,orders", "by": "placedBy", **days, **parameters}
    answer = client.get("/api/v1/analytics/query", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def cells(**parameters: str) -> dict[str, list[float]]:
    return {row["key"]: [*row["values"].values()] for row in data(**parameters)["rows"]}


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_each_order_counts_under_who_placed_it_or_where_it_came_from(
    store: Store, fold: Callable[[], object], basis: str
) -> None:
    fold()
    found = data(basis=basis)
    assert {row["key"]: [*row["values"].values()] for row in found["rows"]} == RIGHT
    assert {row["key"]: row["label"] for row in found["rows"]} == {
        "ann@example.com": "ann@example.com",
        "shopify": "Shopify",
        "erp": "Erp",
    }
    assert found["other"]["values"] == {"totalSales": 20.0, "orders": 1}
    assert cells(basis=basis, filter="placedBy:shopify") == {"shopify": [4.0, 1]}
    assert recount.differences(store) == []


@pytest.mark.parametrize("is_folded", [False, True])
def test_an_upgrade_fills_in_who_placed_the_orders(store: Store, is_folded: bool) -> None:
    if is_folded:
        fold_all()
    # as the code of before left it
    Order.objects.update(placed_by="")
    MetricDelta.objects.update(placed_by="")
    for model in (StoreDailySalesByDimension, StoreMonthlySalesByDimension):
        model.objects.filter(dimension="placedBy").delete()
    migration: Any = __import__("dashboard.migrations.0018_placed_by", fromlist=["ASK"])
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    recompute_slices()

    assert cells() == RIGHT
    assert recount.differences(store) == []
