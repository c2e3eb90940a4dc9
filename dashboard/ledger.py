"""Writing the metric ledger: what a change means for the figures, as signed rows in the change's transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from customers.models import Customer, Store
from dashboard.models import MetricDelta
from orders.models import Order
from orders.models.orders import OrderState

NO_SALES: dict[int, Decimal] = {}


def store_measures(state: OrderState | None) -> dict[str, Any]:
    """Return what an order in this state contributes to its store's figures; nothing before it was placed."""
    if state is None:
        return dict.fromkeys(store_measures(_BLANK), 0)
    return {
        "sales": state.sales,
        "orders": 1,
        "completed": int(state.is_completed),
        "refunded": int(state.is_fully_refunded),
        "expired": int(state.has_expired),
        "with_coupon": int(state.is_completed and state.has_coupon),
        "pending": int(state.status == Order.Status.PENDING),
        "canceled": int(state.status == Order.Status.CANCELED),
    }


_BLANK = OrderState("", False, False, False, False, Decimal("0.00"))


def append_order_change(
    *, order: Order, before: OrderState | None, after: OrderState, at: datetime
) -> list[MetricDelta]:
    """Append the difference between two states of an order; return the rows (none if no figure moves)."""
    zone = order.store.zone
    key = {
        "store_id": order.store_id,
        "order_day": order.placed_at.astimezone(zone).date(),
        "event_day": at.astimezone(zone).date(),
        "country": order.country,
    }
    was, now = store_measures(before), store_measures(after)
    moved = {name: now[name] - was[name] for name in now if now[name] != was[name]}
    rows = [MetricDelta(**key, **moved)] if moved else []
    sold_before = before.product_sales if before else NO_SALES
    for product_id, sales in after.product_sales.items():
        difference = sales - sold_before.get(product_id, 0)
        newly = 0 if before else 1
        if difference or newly:
            rows.append(MetricDelta(**key, product_id=product_id, sales=difference, orders=newly))
    return MetricDelta.objects.bulk_create(rows)


def append_registration(*, customer: Customer) -> None:
    """Append a registered customer: one more in total from the day of registration on."""
    day = _local_day(customer.store, customer.created_at)
    MetricDelta.objects.create(store_id=customer.store_id, order_day=day, event_day=day, customers=1)


def append_confirmation(*, customer: Customer) -> None:
    """Append a first confirmed e-mail: a new customer of the day of registration (placed) or of today (booked)."""
    confirmed = customer.email_confirmed_at
    if confirmed is None:
        raise ValueError("the customer's e-mail address is not confirmed")
    MetricDelta.objects.create(
        store_id=customer.store_id,
        order_day=_local_day(customer.store, customer.created_at),
        event_day=_local_day(customer.store, confirmed),
        new_customers=1,
    )


def _local_day(store: Store, moment: datetime) -> date:
    return moment.astimezone(store.zone).date()
