"""Results of comparing the figures with the orders."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils import timezone

from dealport.kit.fields import SumField, are_numbers


class VerificationRun(models.Model):
    """A comparison of all days of a store that is under way, slice by slice; a `Verification` once all are compared.

    `next_day` is the first day that is not compared yet; the rest adds up what the slices before it found.
    With `recomputes` the slices are written anew instead (`dashboard.metrics.recomputing`).
    """

    store = models.OneToOneField("customers.Store", on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(null=True, help_text="When the first slice was compared.")
    next_day = models.DateField()
    recomputes = models.BooleanField(
        default=False, db_default=False, help_text="The buckets are computed anew, as an upgrade needs, not compared."
    )
    wrong_buckets = models.PositiveIntegerField(default=0)
    difference = SumField(default=Decimal("0.00"))
    details = models.JSONField(default=list, blank=True)
    not_before = models.DateTimeField(default=timezone.now, help_text="Later than now after a failure.")
    error = models.TextField(blank=True, help_text="Why the last slice could not be compared.")

    class Meta:
        verbose_name = "verification under way"
        verbose_name_plural = "verifications under way"
        constraints = [are_numbers("dashboard_verification_run_is_a_number", sums=("difference",))]

    def __str__(self) -> str:
        return f"{self.store_id}: from {self.next_day} on"


class Verification(models.Model):
    """One comparison of a store's buckets with its orders: when, which days, what differed, what was repaired.

    `difference` is the sum of the absolute differences in sales; `wrong_buckets` counts every bucket of every
    rollup in which any figure differed. Both are as found, before a repair.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+", db_index=False)
    checked_at = models.DateTimeField(default=timezone.now)
    first_day = models.DateField()
    last_day = models.DateField()
    is_complete = models.BooleanField(default=False, help_text="All days of the store were compared.")
    wrong_buckets = models.PositiveIntegerField()
    difference = SumField(default=Decimal("0.00"))
    is_repaired = models.BooleanField(default=False)
    details = models.JSONField(default=list, blank=True, help_text="The first differing buckets.")

    class Meta:
        indexes = [
            # the newest result of a store, shown on its page
            models.Index(fields=["store", "-checked_at"], name="dashboard_verification_newest"),
        ]
        constraints = [are_numbers("dashboard_verification_is_a_number", sums=("difference",))]

    def __str__(self) -> str:
        return f"{self.store_id}: {self.wrong_buckets} wrong at {self.checked_at:%Y-%m-%d %H:%M}"
