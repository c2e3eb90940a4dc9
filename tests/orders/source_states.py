"""States of one order as its source states them, applied one after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

from customers.models import Store
from dashboard.figures import daily_sales
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from orders.models import Fulfillment, Order
from orders.sources.description import SourceFulfillment, SourceOrder
from orders.sources.single import Applied, apply_source_order
from tests.orders.test_source_keepers import AT, STATED

FILES = Path(__file__).parents[1] / "data" / "imports"
LONDON = {"name": "Ada Byron", "street": "1 High Street", "city": "London", "country": "GB", "postalCode": "N1 1AA"}
PARIS = {"name": "Ada Byron", "street": "2 rue Haute", "city": "Paris", "country": "FR", "postalCode": "75001"}
PLACED = replace(STATED, email="ada@example.com", shipping_address=LONDON, notes=("Ring twice.",))
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def later(order: SourceOrder, hours: int = 1, **changes: Any) -> SourceOrder:
    """Return a later state of an order."""
    assert order.updated_at is not None
    return replace(order, updated_at=order.updated_at + timedelta(hours=hours), **changes)


def apply(store: Store, *states: SourceOrder) -> Applied:
    """Apply states one after the other; return what became of the last one."""
    for state in states:
        applied = apply_source_order(store, state, now=AT + timedelta(days=9))
        assert recount.differences(store) == []
    return applied


def the_order(store: Store) -> Order:
    return Order.objects.get(store=store)


UNPAID = replace(STATED, payments=())


def total_sales(store: Store, period: Period) -> list[tuple[date, D, int]]:
    bases = ("placed", "booked")
    return [(d.date, d.total_sales, d.total_orders) for one in bases for d in daily_sales(store, period, one)]


def pending(store: Store) -> list[tuple[str, D]]:
    rows = the_order(store).transactions.order_by("pk")
    return [(row.status, row.amount) for row in rows if row.kind == "payment"]


SENT = later(
    STATED, 2, fulfillment=SourceFulfillment(AT + timedelta(hours=2), "AB1", "Royal Mail", "https://rm.example/AB1")
)


def parcels(store: Store) -> list[tuple[str, str, str, datetime, int]]:
    rows = Fulfillment.objects.filter(store=store).order_by("pk").prefetch_related("lines")
    return [
        (
            one.tracking_number,
            one.carrier,
            one.tracking_url,
            one.shipped_at,
            sum(line.quantity for line in one.lines.all()),
        )
        for one in rows
    ]


def booked(store: Store) -> list[tuple[int, D]]:
    return [(day.date.day, day.total_sales) for day in daily_sales(store, MARCH, "booked") if day.total_sales]
