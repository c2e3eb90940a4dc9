"""Figures by what each order has one of: country, coupon, payment method, channel and hour of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D

import pytest

from customers.models import Store
from dashboard.figures.movements import STORE, sums
from dashboard.figures.reading import rows
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.rollups import DIMENSIONS, ROLLUPS
from dashboard.models import MetricDelta, StoreDailySalesByDimension
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.actions.placing import OrderDetails
from orders.models import Coupon
from tests.builders import a_product, a_store, local

pytestmark = pytest.mark.django_db
FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}


def cells(store: Store, dimension: str, basis: str = "placed") -> dict[str, tuple[D, int]]:
    sql = sums(STORE, ("sales", "orders"), basis=basis, dimension=dimension)
    found = rows(sql, store=store.pk, first=date(2026, 1, 1), last=date(2026, 12, 31))
    return {row[DIMENSIONS[dimension]]: (row["sales"], row["orders"]) for row in found}


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
def test_each_order_counts_under_its_own_values_on_its_own_hours(fold: Callable[[], object]) -> None:
    store = a_store(timezone="Pacific/Auckland")
    tea = a_product(store, "10.00")
    Coupon.objects.create(store=store, code="TEN", value=D(10))
    first = place_order(
        store=store,
        items=[ItemRequest(tea.pk, 1)],
        coupon_code="ten",
        payment_method="CREDIT_CARD",
        details=OrderDetails(channel="web"),
        at=local(store, 2026, 3, 1, 23, 30),
        actor=None,
    )
    second = place_order(
        store=store,
        items=[ItemRequest(tea.pk, 2)],
        details=OrderDetails(channel="pos"),
        shipping_address={"country": "NZ"},
        at=local(store, 2026, 3, 2, 0, 15),
        actor=None,
    )
    mark_paid(order=first, at=local(store, 2026, 3, 2, 1, 0), actor=None)
    mark_paid(order=second, at=local(store, 2026, 3, 2, 1, 59), actor=None)
    refund_order(order=second, amount=D("5.00"), at=local(store, 2026, 3, 3, 7, 0), actor=None)
    fold()

    assert cells(store, "coupon") == {"TEN": (D("9.00"), 1), "": (D("15.00"), 1)}
    assert cells(store, "paymentMethod") == {"CREDIT_CARD": (D("9.00"), 1), "": (D("15.00"), 1)}
    assert cells(store, "channel") == {"web": (D("9.00"), 1), "pos": (D("15.00"), 1)}
    assert cells(store, "country") == {"": (D("9.00"), 1), "NZ": (D("15.00"), 1)}
    assert cells(store, "hour") == {"23": (D("9.00"), 1), "0": (D("15.00"), 1)}
    assert cells(store, "hour", "booked") == {
        "23": (D(0), 1),
        "0": (D(0), 1),
        "1": (D("29.00"), 0),
        "7": (D("-5.00"), 0),
    }
    assert recount.differences(store) == []


def test_dimensions_are_rebuilt_from_nothing_and_rows_without_any_are_kept_apart() -> None:
    store = a_store()
    place_order(store=store, items=[ItemRequest(a_product(store).pk, 1)], actor=None)
    # what a process of the code before has written
    MetricDelta.objects.update(order_hour=None, event_hour=None)
    fold_all()
    assert set(StoreDailySalesByDimension.objects.filter(dimension="hour").values_list("key", flat=True)) == {""}
    recount.correct(store)
    assert recount.differences(store) == []
    wrong = StoreDailySalesByDimension.objects.filter(dimension="hour", key="")
    assert set(wrong.values_list("orders", "sales")) == {(0, D(0))}


def test_every_dimension_has_a_rollup_by_day_and_one_by_month() -> None:
    for day in ("day", "month"):
        assert {rollup.dimension for rollup in ROLLUPS if day in dict(rollup.keys)} == {"", *DIMENSIONS}
