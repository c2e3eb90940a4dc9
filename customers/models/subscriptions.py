"""What a customer pays a store every month."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone

from dealport.kit.fields import MoneyField, are_numbers


class Subscription(models.Model):
    """A customer's plan. Active ones make up the monthly recurring revenue."""

    class Status(models.TextChoices):
        """Whether the subscription is paid for, waits for a payment, or has ended."""

        ACTIVE = "active", "Active"
        PAST_DUE = "past_due", "Past due"
        CANCELED = "canceled", "Canceled"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, related_name="subscription")
    plan = models.CharField(max_length=60)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    current_period_end = models.DateTimeField()
    monthly_amount = MoneyField(default=Decimal("0.00"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            are_numbers("customers_subscription_is_a_number", "monthly_amount"),
            models.CheckConstraint(
                condition=Q(monthly_amount__gte=0), name="customers_subscription_amount_not_negative"
            ),
        ]
        indexes = [
            # active subscriptions and recurring revenue of a store
            models.Index(fields=["store"], name="customers_subscription_active", condition=Q(status="active")),
        ]

    def __str__(self) -> str:
        return f"{self.plan} ({self.get_status_display()})"
