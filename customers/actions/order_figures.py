"""Customers' figures, which follow their orders."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db import connection

from customers.models import Customer
from dealport.kit.money import unit_of, with_cents

# the figures that follow stay as they are: one statement, nothing read
_PLACED = f"""
UPDATE {Customer._meta.db_table}
SET total_orders = total_orders + %s, last_order_at = greatest(last_order_at, %s::timestamptz)
WHERE id = %s RETURNING total_orders, last_order_at
"""


def record_order_figures(
    *,
    customer_id: int,
    orders: int = 0,
    completed: int = 0,
    spent: Decimal = Decimal("0.00"),
    last_order_at: datetime | None = None,
) -> tuple[int, datetime | None]:
    """Move a customer's order figures by signed differences, in the caller's transaction.

    Placing moves `orders` and `last_order_at`; payment and refund move `completed` and `spent`, from which the
    average and the tier follow. Returns how many orders the customer has now, and when the last one was placed.
    """
    if not completed and not spent:
        with connection.cursor() as cursor:
            cursor.execute(_PLACED, [orders, last_order_at, customer_id])
            total, newest = cursor.fetchone()
        return total, newest
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("store").get(pk=customer_id)
    customer.total_orders += orders
    customer.completed_orders += completed
    customer.total_spent += spent
    customer.average_order_value = average(
        customer.total_spent, customer.completed_orders, unit_of(customer.store.currency)
    )
    customer.tier = tier_for(customer.total_spent)
    fields = ["total_orders", "completed_orders", "total_spent", "average_order_value", "tier"]
    if last_order_at is not None:
        customer.last_order_at = max(filter(None, (customer.last_order_at, last_order_at)))
        fields.append("last_order_at")
    customer.save(update_fields=fields)
    return customer.total_orders, customer.last_order_at


def average(total: Decimal, count: int, unit: Decimal) -> Decimal:
    """Return total ÷ count, half-up to the currency's unit; 0 for none: a period can undo more than it completes."""
    if count <= 0:
        return Decimal("0.00")
    return with_cents((total / count).quantize(unit, ROUND_HALF_UP))


def tier_for(spent: Decimal) -> str:
    """Return the tier for a lifetime spend; thresholds are inclusive (DEALPORT_TIER_THRESHOLDS)."""
    silver, gold, platinum = settings.DEALPORT_TIER_THRESHOLDS
    if spent >= platinum:
        return Customer.Tier.PLATINUM
    if spent >= gold:
        return Customer.Tier.GOLD
    return Customer.Tier.SILVER if spent >= silver else Customer.Tier.BRONZE
