"""What waits for somebody's hand: orders to be paid, shipped or looked into, products to be bought.

Every count stops at LIMIT and walks a partial index of open rows alone, so that it costs the same at any size of
order book. Sums are given per currency where everything was counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Model, QuerySet

from orders.models import Order, Product
from orders.models.catalogue import LOW
from orders.models.order_querysets import OrderQuerySet

LIMIT = 1000
UNPAID = timedelta(hours=20)
UNSHIPPED = timedelta(days=2)
FAILED = timedelta(days=7)
COUNTED_IN_RAIL = 99
RAIL_SECONDS = 30


@dataclass(frozen=True)
class Waiting:
    """How many rows wait, at most LIMIT, and what they add up to by currency (none where it is cut off)."""

    count: int
    sums: dict[str, Decimal]

    @property
    def is_cut(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > LIMIT


def unpaid_orders(orders: OrderQuerySet, now: datetime) -> OrderQuerySet:
    """Narrow to prepaid orders that nothing was paid for in UNPAID (index orders_order_unpaid)."""
    return orders.unpaid_since(now - UNPAID)


def unshipped_orders(orders: OrderQuerySet, now: datetime) -> OrderQuerySet:
    """Narrow to orders paid more than UNSHIPPED ago and not shipped in full (index orders_order_to_ship)."""
    paid = (Order.PaymentStatus.PAID, Order.PaymentStatus.PARTIALLY_REFUNDED)
    return orders.to_ship().filter(payment_status__in=paid, completed_at__lt=now - UNSHIPPED)


def failed_orders(orders: OrderQuerySet, now: datetime) -> OrderQuerySet:
    """Narrow to orders whose payment failed within FAILED (index orders_order_payment_failed)."""
    return orders.payment_failed_since(now - FAILED)


def low_products(stores: Sequence[int] | None) -> QuerySet[Product]:
    """Return products on sale whose stock is low or gone (index orders_product_low)."""
    rows = Product.objects.filter(LOW, status=Product.Status.ACTIVE, deleted_at__isnull=True)
    return rows if stores is None else rows.filter(store__in=stores)


def count_orders(orders: QuerySet[Order]) -> Waiting:
    """Count orders up to LIMIT, with what was asked for by currency; one statement."""
    rows = orders.order_by().values_list("currency", "total_amount")[: LIMIT + 1]
    found = list(rows)
    sums: dict[str, Decimal] = {}
    if len(found) <= LIMIT:
        for currency, amount in found:
            sums[currency] = sums.get(currency, Decimal("0.00")) + amount
    return Waiting(len(found), dict(sorted(sums.items())))


def count_products(products: QuerySet[Product]) -> Waiting:
    """Count products up to LIMIT; one statement."""
    return Waiting(len(products.order_by().values_list("pk")[: LIMIT + 1]), {})


def open_counts(stores: Sequence[int] | None) -> dict[str, str]:
    """Return what the rail shows beside Orders (to ship) and Products (low stock), at most RAIL_SECONDS old.

    `stores` are ids; None: all stores.
    """
    key = f"open-counts:{'all' if stores is None else ','.join(map(str, sorted(stores)))}"
    counts: dict[str, str] | None = cache.get(key)
    if counts is None:
        counts = {
            "orders": _short(in_stores(Order.objects.to_ship(), stores)),
            "products": _short(low_products(stores)),
        }
        cache.set(key, counts, RAIL_SECONDS)
    return counts


def _short(rows: QuerySet[Model]) -> str:
    count = len(rows.order_by().values_list("pk")[: COUNTED_IN_RAIL + 1])
    return f"{COUNTED_IN_RAIL}+" if count > COUNTED_IN_RAIL else str(count or "")


def in_stores(rows: Any, stores: Iterable[int] | None) -> Any:
    """Narrow to these stores; None: all."""
    return rows if stores is None else rows.filter(store__in=list(stores))
