"""An order with several discount codes is one value of its own, in figures, explanations and filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from customers.models import Store, User
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.recomputing import recompute_slices
from dashboard.models import MetricDelta, StoreDailySalesByDimension, StoreMonthlySalesByDimension
from orders.actions import refund_order
from orders.discount_codes import joined
from orders.models import Order
from orders.sources.description import SourceLine, SourceOrder, SourcePayment
from orders.sources.single import apply_source_order
from tests.builders import a_store, a_user, local

pytestmark = pytest.mark.django_db
FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
BOTH = "SAVE10 + TRANSFER10"


def bought(store: Store, name: str, amount: str, *codes: str) -> None:
    at = local(store, 2026, 3, 2, 12)
    order = SourceOrder(
        source="shopify",
        external_id=name,
        name=name,
        placed_at=at,
        currency=store.currency,
        lines=(SourceLine("Tea", D(amount) + 1, 1),),
        discount=D(1),
        discount_codes=codes,
        payments=(SourcePayment(at + timedelta(hours=1), D(amount)),),
        updated_at=at,
    )
    apply_source_order(store, order, now=at + timedelta(days=1))


@pytest.fixture
def store() -> Store:
    store = a_store(slug="tea")
    bought(store, "1", "9.00", "SAVE10")
    bought(store, "2", "20.00", "SAVE10", "TRANSFER10")
    bought(store, "3", "30.00", "TRANSFER10", "SAVE10", "SAVE10")
    bought(store, "4", "4.00")
    refund_order(order=Order.objects.get(number="3"), amount=D("5.00"), at=local(store, 2026, 3, 9, 12), actor=None)
    return store


def get(path: str, **parameters: str) -> Any:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    answer = client.get(f"/api/v1/{path}", parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def cells(**parameters: str) -> dict[str, list[float]]:
    found = get("analytics/query", store="tea", figures="totalSales,orders", by="coupon", **MARCH, **parameters)
    rows = {row["key"]: [*row["values"].values()] for row in found["rows"]}
    added = [sum(column) for column in zip(*rows.values(), [*found["other"]["values"].values()], strict=True)]
    assert added == [*found["totals"]["values"].values()]
    return rows


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_several_codes_are_one_row_and_rows_add_up(store: Store, fold: Callable[[], object], basis: str) -> None:
    fold()
    assert cells(basis=basis) == {BOTH: [45.0, 2], "SAVE10": [9.0, 1]}
    assert recount.differences(store) == []
    opened = get(
        "dashboard/explain",
        store="tea",
        metric="totalSales",
        basis=basis,
        filter=f"coupon:{BOTH}",
        period="custom",
        startDate="2026-03-01",
        endDate="2026-03-31",
    )
    assert (opened["value"], opened["entriesTotal"]) == (45.0, 45.0)
    assert sorted(entry["amount"] for entry in opened["entries"]) == [-5.0, 20.0, 30.0]


def test_a_list_of_orders_is_narrowed_to_those_that_used_a_code_alone_or_with_others(store: Store) -> None:
    for code, numbers in (("transfer10", "23"), ("SAVE10", "123"), (BOTH, "23"), ("SAVE", ""), ("10", "")):
        found = get("orders", store="tea", couponCode=code)
        assert "".join(sorted(order["orderNumber"] for order in found)) == numbers, code


@pytest.mark.parametrize("is_folded", [False, True])
def test_an_upgrade_takes_over_all_codes_and_moves_the_figures(store: Store, is_folded: bool) -> None:
    right = cells()
    if is_folded:
        fold_all()
    # as the code of before left it: the first code alone
    Order.objects.filter(coupon_code=BOTH).update(coupon_code="SAVE10")
    MetricDelta.objects.filter(coupon_code=BOTH).update(coupon_code="SAVE10")
    for model in (StoreDailySalesByDimension, StoreMonthlySalesByDimension):
        model.objects.filter(key=BOTH).delete()
    recount.correct(store)
    refund_order(order=Order.objects.get(number="2"), amount=D("1.00"), at=local(store, 2026, 3, 9, 12), actor=None)
    migration: Any = __import__("dashboard.migrations.0017_discount_codes", fromlist=["ASK"])
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    recompute_slices()

    assert cells() == {**right, BOTH: [44.0, 2]}
    assert recount.differences(store) == []
    assert set(Order.objects.values_list("coupon_code", flat=True)) == {"", "SAVE10", BOTH}


def test_codes_are_joined_in_one_order_each_once_and_cut_to_their_column() -> None:
    assert joined(("b", "A", "b")) == "A + b"
    assert len(joined(f"{number:040}" for number in range(20))) == 255
