"""Writing the metric ledger: what a change means for the figures, as signed rows in the change's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from customers.models import Customer, Store
from dashboard.metrics.measures import MEASURES, STORE_MEASURES
from dashboard.models import MetricDelta
from dealport.kit.local_days import local_day
from orders.models import Order
from orders.models.states import OrderFacts, OrderState
from orders.pricing import ZERO


def store_measures(state: OrderState | None) -> dict[str, Decimal | int]:
    """Return what an order in this state contributes to its store's figures; nothing before it was placed."""
    return {name: of_order(state) if state else 0 for name, of_order in _OF_ORDERS}


_OF_ORDERS = [(measure.name, measure.of_order) for measure in MEASURES if measure.of_order]


def append_order_change(*, order: Order, before: OrderState | None, after: OrderState, at: datetime) -> int:
    """Append the difference between two states of an order; return how many rows that took (0: no figure moves)."""
    rows = _of_step(order.facts, order.store.zone, before, after, at)
    _append(order.store_id, order.order_day, rows)
    return len(rows)


def append_order_life(*, store: Store, facts: OrderFacts, states: Sequence[tuple[OrderState, datetime]]) -> None:
    """Append what each step of a new order's life moved, in one statement; `states` and their moments, oldest first."""
    rows: list[tuple[object, ...]] = []
    before = None
    for after, at in states:
        rows += _of_step(facts, store.zone, before, after, at)
        before = after
    _append(store.pk, local_day(facts.placed_at, store.zone), rows)


def _of_step(
    facts: OrderFacts, zone: ZoneInfo, before: OrderState | None, after: OrderState, at: datetime
) -> list[tuple[object, ...]]:
    """Return the rows of a step."""
    hours = facts.placed_at.astimezone(zone).hour, at.astimezone(zone).hour
    dimensions = (
        facts.country,
        facts.coupon_code,
        facts.payment_code,
        facts.channel,
        facts.placed_by,
        facts.customer_type,
        *hours,
    )
    return [_row(dimensions, local_day(at, zone), moved) for moved in _moved(before, after)]


def _moved(before: OrderState | None, after: OrderState) -> list[Mapping[str, object]]:
    """Return the rows of a step: of the store's measures, and of each product."""
    was, now = store_measures(before), store_measures(after)
    moved = {name: now[name] - was[name] for name in now if now[name] != was[name]}
    rows: list[Mapping[str, object]] = [moved] if moved else []
    return rows + [row for product_id in after.product_sales if (row := _product_row(product_id, before, after))]


def _product_row(product_id: int, before: OrderState | None, after: OrderState) -> dict[str, Decimal | int]:
    """Return what a change moved of one product; empty if nothing."""
    was, now = _of_product(product_id, before), _of_product(product_id, after)
    is_new = before is None or product_id not in before.product_sales
    moved = {"orders": int(is_new), **{name: now[name] - was[name] for name in now}}
    return {"product_id": product_id, **moved} if any(moved.values()) else {}


def _of_product(product_id: int, state: OrderState | None) -> dict[str, Decimal | int]:
    """Return what an order contributes to a product's figures, the count of orders aside; 0 before it was placed."""
    sold, returned = state.product_units.get(product_id, (0, 0)) if state else (0, 0)
    discounts, returns = state.product_parts.get(product_id, (ZERO, ZERO)) if state else (ZERO, ZERO)
    cost, without = state.product_costs.get(product_id, (ZERO, 0)) if state else (ZERO, 0)
    tax = state.product_taxes.get(product_id, ZERO) if state else ZERO
    net = state.product_sales.get(product_id, ZERO) if state else ZERO
    return {
        "sales": net,
        "tax": tax,
        "net": net,
        "discounts": discounts,
        "returns": returns,
        "units_sold": sold,
        "units_returned": returned,
        "cost": cost,
        "units_without_cost": without,
    }


def append_merge(*, customer: Customer, counts: int) -> None:
    """Append that a merged customer counts no more (`counts` -1), or again (1), on the days it counted on."""
    append_registration(customer=customer, counts=counts)
    if customer.email_confirmed_at is not None:
        append_confirmation(customer=customer, counts=counts)


def append_registration(*, customer: Customer, counts: int = 1) -> None:
    """Append a registered customer: one more in total from the day of registration on."""
    day = local_day(customer.created_at, customer.store.zone)
    _append(customer.store_id, day, [_row(_NOTHING, day, {"customers": counts})])


def append_confirmation(*, customer: Customer, counts: int = 1) -> None:
    """Append a first confirmed email: a new customer of the day of registration (placed) or of that day (booked)."""
    confirmed = customer.email_confirmed_at
    if confirmed is None:
        raise ValueError("the customer's email address is not confirmed")
    zone = customer.store.zone
    order_day, event_day = local_day(customer.created_at, zone), local_day(confirmed, zone)
    _append(customer.store_id, order_day, [_row(_NOTHING, event_day, {"new_customers": counts})])


# Plain SQL: building model objects and their INSERT took a quarter of the time of placing an order.
_DIMENSIONS = (
    "country", "coupon_code", "payment_code", "channel", "placed_by", "customer_type", "order_hour", "event_hour",
)  # fmt: skip
_NOTHING = ("", "", "", "", "", "", None, None)
COLUMNS = ("store_id", "order_day", "event_day", *_DIMENSIONS, "product_id", *STORE_MEASURES)
_INSERT = f"INSERT INTO {MetricDelta._meta.db_table} ({', '.join(COLUMNS)}, created_at) VALUES "


def _row(dimensions: Sequence[object], event_day: date, measures: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of a row from the day of the change on; `measures` may name a product."""
    moved = (measures.get(measure, 0) for measure in STORE_MEASURES)
    return event_day, *dimensions, measures.get("product_id"), *moved


def _append(store_id: int, order_day: date, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of one order or customer."""
    if not rows:
        return
    values = [(store_id, order_day, *row) for row in rows]
    # most measures of a row are 0: written into the text they cost a third of what parameters do
    texts = (", ".join("0" if value == 0 else "%s" for value in row) for row in values)
    parameters = [value for row in values for value in row if value != 0]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT + ", ".join(f"({text}, clock_timestamp())" for text in texts), parameters)
