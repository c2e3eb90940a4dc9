"""Named lists of orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from django.db import models

from dealport.kit.day_range import A_DAY

if TYPE_CHECKING:
    from orders.models.orders import Order  # noqa: F401 - named as text below

UNPAID = ("PENDING", "AUTHORIZED", "PARTIALLY_PAID")
"""Payment statuses of orders that are not paid in full."""
GOING_ON = ("PENDING", "PROCESSING", "SHIPPED", "DELIVERED")
"""Statuses of orders that are neither expired nor canceled."""

DISPUTED = "disputed"
"""The tag of an order whose customer disputes the payment. Staff set and remove it; a source can send it with a new
order, as any tag, and leaves it alone afterwards."""


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders by what has to be done with them; each state has its partial index."""

    def unpaid_since(self, moment: datetime) -> OrderQuerySet:
        """Prepaid orders placed before `moment` that nothing was paid for (partial index orders_order_pending)."""
        return self.filter(
            status=self.model.Status.PENDING,
            payment_status=self.model.PaymentStatus.PENDING,
            payment_terms=self.model.Terms.PREPAID,
            placed_at__lt=moment,
        )

    def to_ship(self) -> OrderQuerySet:
        """Orders in progress, not shipped in full (partial index orders_order_to_ship)."""
        return self.filter(status=self.model.Status.PROCESSING)

    def unpaid(self) -> OrderQuerySet:
        """Orders that go on and are not paid in full (partial index orders_order_unpaid)."""
        return self.filter(payment_status__in=UNPAID, status__in=GOING_ON)

    def refunded(self) -> OrderQuerySet:
        """Orders refunded in part or in full (partial index orders_order_refunded)."""
        return self.filter(
            payment_status__in=(self.model.PaymentStatus.REFUNDED, self.model.PaymentStatus.PARTIALLY_REFUNDED)
        )

    def disputed(self) -> OrderQuerySet:
        """Orders with the tag of a disputed payment (partial index orders_order_disputed)."""
        return self.filter(tags__contains=[DISPUTED])

    def on_delivery(self) -> OrderQuerySet:
        """Orders that are paid when they arrive (partial index orders_order_on_delivery)."""
        return self.filter(payment_terms=self.model.Terms.ON_DELIVERY)

    def payment_failed_since(self, moment: datetime) -> OrderQuerySet:
        """Orders whose payment failed at `moment` or later (partial index orders_order_payment_failed)."""
        return self.filter(payment_status=self.model.PaymentStatus.FAILED, expired_at__gte=moment)

    def placed_from(self, day: date) -> OrderQuerySet:
        """Orders placed on this day or later, each by its own store's calendar."""
        # the moments, a day wider than any zone needs, are a range of the indexes on placed_at; the days decide
        return self.filter(order_day__gte=day, placed_at__gte=_utc_midnight(day) - A_DAY)

    def placed_to(self, day: date) -> OrderQuerySet:
        """Orders placed on this day or earlier, each by its own store's calendar."""
        return self.filter(order_day__lte=day, placed_at__lt=_utc_midnight(day) + 3 * A_DAY)


def _utc_midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
