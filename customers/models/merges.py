"""Merges of two customers."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class CustomerMerge(models.Model):
    """One customer became part of another: what moved, so that it can move back."""

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    order_ids = models.JSONField(default=list)
    credit_ids = models.JSONField(default=list)
    subscription_id = models.BigIntegerField(null=True)
    merged_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="customers_merge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.customer_id}"
