"""The ledger of credits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from dealport.kit.fields import MoneyField, SumField, are_numbers


class CreditEntry(models.Model):
    """One signed change of a customer's credit balance: granted above zero, spent below. Never changed (a trigger)."""

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="credit_entries")
    amount = MoneyField()
    balance_after = SumField()
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey("customers.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "credit entries"
        constraints = [
            are_numbers("customers_credit_entry_are_numbers", "amount", sums=("balance_after",)),
            models.CheckConstraint(condition=~Q(amount=0), name="customers_credit_entry_not_zero"),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0), name="customers_credit_entry_balance_not_negative"
            ),
        ]
        indexes = [
            # credits granted and spent by day
            models.Index(fields=["store", "created_at"], name="customers_credit_by_store_day"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of customer {self.customer_id}"
