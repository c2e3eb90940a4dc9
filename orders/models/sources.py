"""Where orders come from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

FURTHER_COUPONS = "furtherCoupons"
"""Key in the details: ids of the coupons an order used besides its first."""


class SourceRecord(models.Model):
    """Which order of which source an order is. Identity is (store, source, external id); a name is only a name.

    `updated_at` is the state of the source that was applied last, null for a file. `details` keeps what the order
    itself has no place for: taxes by name, all discount codes, taxes contained in the prices.
    """

    order = models.OneToOneField(
        "orders.Order", on_delete=models.CASCADE, primary_key=True, related_name="source_record"
    )
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    external_id = models.CharField(max_length=100, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source", "external_id"],
                condition=~Q(external_id=""),
                name="orders_source_once_per_store",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"
