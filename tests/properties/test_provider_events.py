"""What a payment provider reports may arrive in any order: the same reports end in the same state and figures.

All 120 orders of five reports are walked as one tree, so that every set of reports on the way is compared as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction

from customers.models import Customer, Store
from dashboard import figures
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.models import Basis
from orders.actions import (
    ItemRequest,
    apply_provider_approval,
    apply_provider_refund,
    apply_provider_refusal,
    place_order,
)
from orders.models import Coupon, Order, Product
from tests.builders import a_customer, a_product, a_store, local
from tests.orders.provider import deliver, told
from tests.thorough import THOROUGH

PARTIAL = Decimal("7.77")
EVENTS = {"approved": None, "rejected": None, "canceled": None, "refunded": PARTIAL, "chargeback": None}
REFUNDED_AT_ONCE = {**EVENTS, "refunded": None, "chargeback": Decimal("5.00")}
Route = Callable[[Order, str, Decimal | None, datetime], Any]


def by_action(order: Order, event: str, amount: Decimal | None, at: datetime) -> None:
    """Carry a report out as the actions take it, goods not returned."""
    if event == "approved":
        apply_provider_approval(order=order, at=at)
    elif event in ("rejected", "canceled"):
        apply_provider_refusal(order=order, at=at)
    else:
        apply_provider_refund(order=order, amount=amount, at=at)


def by_webhook(order: Order, event: str, amount: Decimal | None, at: datetime) -> None:
    """Deliver a report over HTTP, twice."""
    report = told(order, f"payment.{event}", eventId=f"e-{event}", occurredAt=at.isoformat(), amount=amount)
    with time_machine.travel(at, tick=False):
        assert deliver(order.store, report).data == {"result": "processed"}
        assert deliver(order.store, report).data == {"result": "duplicate"}


def a_pending_order() -> Order:
    """Place an order with a coupon, a customer, tax, shipping and the last pieces of one product."""
    store = a_store()
    scarce, plenty = a_product(store, "9.99", stock=2), a_product(store, "0.35")
    Coupon.objects.create(store=store, code="TEN", value=Decimal("10.00"), usage_limit=1)
    return place_order(
        store=store,
        items=[ItemRequest(scarce.pk, 2), ItemRequest(plenty.pk, 3)],
        customer=a_customer(store),
        coupon_code="ten",
        tax_amount=Decimal("3.21"),
        shipping_fee=Decimal("4.00"),
        shipping_address={"country": "GB"},
        at=local(store, 2026, 5, 4, 9),
        actor=None,
    )


def outcome(order: Order) -> dict[str, Any]:
    """Return everything about the order, its goods, coupon and customer that may not depend on the order of reports."""
    order = Order.objects.get(pk=order.pk)
    customer, coupon = Customer.objects.get(store=order.store_id), Coupon.objects.get(store=order.store_id)
    return {
        "status": (order.status, order.payment_status, order.captured_amount, order.refunded_amount),
        "ever": (order.expired_at is not None, order.refunded_at is not None),
        "stock": list(Product.objects.filter(store=order.store_id).order_by("pk").values_list("stock", flat=True)),
        "held": list(order.items.order_by("pk").values_list("stock_taken", "refunded_amount")),
        "coupon": (coupon.uses_reserved, coupon.times_used, coupon.total_sales_amount),
        "customer": (
            customer.total_orders,
            customer.completed_orders,
            customer.total_spent,
            customer.average_order_value,
            customer.tier,
        ),
    }


def shown(store: Store, day: Period) -> dict[str, Any]:
    """Return every figure of the day on both bases."""
    return {
        **{
            basis: (
                figures.sales_summary(store, day, basis),
                figures.daily_sales(store, day, basis),
                figures.sales_by_product(store, day, basis),
                figures.sales_by_country(store, day, basis),
            )
            for basis in Basis.values
        },
        "standings": figures.order_states(store, day),
    }


def walk(
    order: Order, route: Route, events: dict[str, Decimal | None], arrived: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (events in their order of arrival, outcome) for every sequence of different events; changes nothing."""
    day = order.placed_at.astimezone(order.store.zone).date()
    figures_too: dict[str, Any] = {}
    if len(arrived) == len(events):
        figures_too = shown(order.store, Period(day, day))
        # the orders confirm the figures; they are the same however a report came
        assert route is not by_action or recount.differences(order.store) == []
    yield arrived, {**outcome(order), **figures_too}
    for event in [event for event in events if event not in arrived]:
        with transaction.atomic():
            route(order, event, events[event], order.placed_at + timedelta(minutes=len(arrived) + 1))
            yield from walk(order, route, events, (*arrived, event))
            transaction.set_rollback(True)


ROUTES: list[tuple[Route, dict[str, Decimal | None]]] = [(by_action, EVENTS), (by_webhook, REFUNDED_AT_ONCE)]
if THOROUGH:
    ROUTES += [(by_webhook, EVENTS), (by_action, REFUNDED_AT_ONCE)]


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "events"), ROUTES)
def test_the_same_reports_end_alike_in_every_order_of_arrival(route: Route, events: dict[str, Decimal | None]) -> None:
    order = a_pending_order()
    ends: dict[frozenset[str], tuple[Any, Any]] = {}
    sequences = 0
    for arrived, end in walk(order, route, events):
        sequences += len(arrived) == len(events)
        first_arrived, first_end = ends.setdefault(frozenset(arrived), (arrived, end))
        assert end == first_end, f"{arrived} ends differently from {first_arrived}"
    assert sequences == 120
    assert len(ends) == 32
    _, end = ends[frozenset(events)]
    assert end["status"] == ("REFUNDED", "REFUNDED", order.total_amount, order.total_amount)
