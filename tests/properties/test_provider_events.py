"""What a payment provider reports may arrive in any order: the same reports end in the same state and figures.

All 120 orders of five reports are walked as one tree, so that every set of reports on the way is compared as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, Store
from dashboard import figures, recount
from dashboard.models import Basis
from dashboard.periods import Period
from orders.actions import ItemRequest, mark_paid, place_order, refund_order, refuse_payment
from orders.models import Coupon, Order, Product
from tests.builders import a_customer, a_product, a_store, local

Report = Callable[[Order, datetime], Any]
PARTIAL = Decimal("7.77")


def approved(order: Order, at: datetime) -> None:
    mark_paid(order=order, reported=True, at=at, actor=None)


def rejected(order: Order, at: datetime) -> None:
    refuse_payment(order=order, reported=True, at=at, actor=None)


def canceled(order: Order, at: datetime) -> None:
    refuse_payment(order=order, reported=True, at=at, actor=None)


def refunded_partly(order: Order, at: datetime) -> None:
    refund_order(order=order, amount=PARTIAL, reported=True, at=at, actor=None)


def refunded_fully(order: Order, at: datetime) -> None:
    refund_order(order=order, amount=order.total_amount, reported=True, at=at, actor=None)


def charged_back(order: Order, at: datetime) -> None:
    refund_order(order=order, reported=True, at=at, actor=None)


def a_pending_order() -> Order:
    """Place an order with a coupon, a customer, tax, shipping and the last pieces of one product."""
    store = a_store()
    scarce, plenty = a_product(store, "9.99", stock=2), a_product(store, "0.35")
    Coupon.objects.create(store=store, code="TEN", value=Decimal("10.00"), usage_limit=1)
    return place_order(
        store=store, items=[ItemRequest(scarce.pk, 2), ItemRequest(plenty.pk, 3)], customer=a_customer(store),
        coupon_code="ten", tax_amount=Decimal("3.21"), shipping_fee=Decimal("4.00"),
        shipping_address={"country": "GB"}, at=local(store, 2026, 5, 4, 9), actor=None,
    )  # fmt: skip


def outcome(order: Order) -> dict[str, Any]:
    """Return everything that may depend on the reports but not on their order."""
    store = Store.objects.get(pk=order.store_id)
    order = Order.objects.get(pk=order.pk)
    customer = Customer.objects.get(store=store)
    day = Period("custom", order.placed_at.date(), order.placed_at.date())
    coupon = Coupon.objects.get(store=store)
    return {
        "status": (order.status, order.payment_status, order.captured_amount, order.refunded_amount),
        "ever": (order.expired_at is not None, order.refunded_at is not None),
        "stock": list(Product.objects.filter(store=store).order_by("pk").values_list("stock", flat=True)),
        "held": list(order.items.order_by("pk").values_list("stock_taken", "refunded_amount")),
        "coupon": (coupon.uses_reserved, coupon.times_used, coupon.total_sales_amount),
        "customer": (
            customer.total_orders, customer.completed_orders, customer.total_spent, customer.average_order_value,
            customer.tier,
        ),
        **{
            basis: (
                asdict(figures.sales_summary(store, day, basis)),
                figures.daily_sales(store, day.first, day.last, basis),
                figures.sales_by_product(store, day, basis),
                figures.sales_by_country(store, day, basis),
            )
            for basis in Basis.values
        },
        "standings": figures.order_standings(store, day),
    }  # fmt: skip


def walk(
    order: Order, reports: list[Report], told: tuple[Report, ...] = ()
) -> Iterator[tuple[tuple[Report, ...], Any]]:
    """Yield (reports in their order of arrival, outcome) for every sequence of different reports; changes nothing."""
    yield told, outcome(order)
    for report in reports:
        if report in told:
            continue
        with transaction.atomic():
            report(order, order.placed_at + timedelta(minutes=len(told) + 1))
            yield from walk(order, reports, (*told, report))
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("refunded", [refunded_partly, refunded_fully])
def test_the_same_reports_end_alike_in_every_order_of_arrival(refunded: Report) -> None:
    order = a_pending_order()
    reports = [approved, rejected, canceled, refunded, charged_back]
    ends: dict[frozenset[Report], tuple[Any, Any]] = {}
    sequences = 0
    for told, end in walk(order, reports):
        if len(told) == len(reports):
            sequences += 1
            assert recount.differences(order.store) == []
        names = [report.__name__ for report in told]
        first_names, first_end = ends.setdefault(frozenset(told), (names, end))
        assert end == first_end, f"{names} ends differently from {first_names}"
    assert sequences == 120
    assert len(ends) == 32
