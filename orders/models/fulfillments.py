"""What was sent to customers."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Fulfillment(models.Model):
    """A parcel, or whatever was handed over at once: some pieces of some lines of an order, and how to follow it."""

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="fulfillments")
    tracking_number = models.CharField(max_length=100, blank=True)
    carrier = models.CharField(max_length=80, blank=True)
    tracking_url = models.CharField("tracking URL", max_length=500, blank=True)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # lists newest first
            models.Index(fields=["store", "-shipped_at", "-id"], name="orders_fulfillment_by_store"),
            # the parcel that a customer asks about
            models.Index(
                fields=["tracking_number"], name="orders_fulfillment_by_tracking", condition=~Q(tracking_number="")
            ),
            # search by a part of that number
            GinIndex(fields=["tracking_number"], opclasses=["gin_trgm_ops"], name="orders_fulfillment_by_part"),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"fulfillment {self.pk}"


class FulfillmentLine(models.Model):
    """How many pieces of a line went with a fulfillment."""

    fulfillment = models.ForeignKey(Fulfillment, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("orders.OrderItem", on_delete=models.PROTECT, related_name="fulfillment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fulfillment", "item"], name="orders_fulfillment_line_once_per_item"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_fulfillment_line_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.item_id}"
