"""What payment providers have told us."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class WebhookEvent(models.Model):
    """A provider's report, written in the transaction of its effect and kept for good.

    So a report has its effect exactly if there is a row with an order, however often and wherever it is delivered. One
    without is of an order number that was not here when it came.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    event_id = models.CharField(max_length=100)
    type = models.CharField(max_length=40)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    order_number = models.CharField(max_length=40, blank=True, default="", db_default="")
    gateway_transaction_id = models.CharField(max_length=100, blank=True)
    occurred_at = models.DateTimeField(help_text="When the provider says it happened.")
    received_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "event_id"], name="orders_webhook_event_once_per_store"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
