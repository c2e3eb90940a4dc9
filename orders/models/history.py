"""The permanent history of orders."""

from __future__ import annotations

from django.db import models

from dealport.kit.fields import MoneyField, are_numbers


class OrderEvent(models.Model):
    """One thing that happened to an order: who, what, when, from which state to which. Never changed or deleted.

    `amount` is the change of the order's sales (captured less refunded) that the event made.
    """

    class Kind(models.TextChoices):
        """The steps of an order's life; each row of history is one of them."""

        PLACED = "placed", "Placed"
        AUTHORIZED = "authorized", "Payment authorized"
        PAID = "paid", "Paid"
        PROCESSED = "processed", "Processed"
        REFUSED = "refused", "Payment refused"
        EXPIRED = "expired", "Expired unpaid"
        REOPENED = "reopened", "Reopened by its source"
        SHIPPED = "shipped", "Shipped"
        PARTLY_SHIPPED = "partly_shipped", "Partly shipped"
        DELIVERED = "delivered", "Delivered"
        CANCELED = "canceled", "Canceled"
        REFUND_ANNOUNCED = "refund_announced", "Refund announced before payment"
        REFUNDED = "refunded", "Refunded"
        EDITED = "edited", "Edited"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        "customers.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    actor_label = models.CharField(max_length=254, blank=True, help_text="Email of the person, or the system part.")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    from_payment_status = models.CharField(max_length=18, blank=True)
    to_payment_status = models.CharField(max_length=18)
    amount = MoneyField(default=0)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            are_numbers("orders_order_event_is_a_number", "amount"),
        ]
        ordering = ["id"]
        indexes = [
            # what happened in a store on a day: the booked basis, the changed-past journal
            models.Index(fields=["store", "at"], name="orders_event_by_store_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"
