"""The metric ledger: what changed, not yet added to the rollups."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q, Value

from dealport.kit.fields import MoneyField


def is_a_number(column: str, name: str) -> models.CheckConstraint:
    """Return the constraint that refuses NaN: one such row would make every sum it enters NaN for good."""
    return models.CheckConstraint(condition=~Q(**{column: Value("NaN")}), name=name)


class Basis(models.TextChoices):
    """Which day a change counts on: the day the order was placed, or the day the change was booked."""

    PLACED = "placed", "By order day"
    BOOKED = "booked", "By booking day"


class MetricDelta(models.Model):
    """Signed changes of a store's figures (`product` null) or of one product's, waiting to be folded.

    Written in the transaction of the change by `dashboard.metrics.ledger`, deleted by the fold that adds it up. No
    index but the key: appending is what a thousand orders a second do, and the table is nearly empty once folded.
    """

    store_id = models.BigIntegerField()
    order_day = models.DateField(help_text="Local day the order was placed (the customer was created).")
    event_day = models.DateField(help_text="Local day of the change.")
    product_id = models.BigIntegerField(null=True)
    country = models.CharField(max_length=2, blank=True)
    sales = MoneyField(default=Decimal("0.00"))
    orders = models.SmallIntegerField(default=0)
    completed = models.SmallIntegerField(default=0)
    refunded = models.SmallIntegerField(default=0)
    expired = models.SmallIntegerField(default=0)
    with_coupon = models.SmallIntegerField(default=0)
    pending = models.SmallIntegerField(default=0)
    canceled = models.SmallIntegerField(default=0)
    customers = models.SmallIntegerField(default=0)
    new_customers = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "metric delta"
        constraints = [is_a_number("sales", "dashboard_delta_is_a_number")]

    def __str__(self) -> str:
        return f"{self.sales} on {self.order_day} in store {self.store_id}"


class FoldTotals(models.Model):
    """What folding has done so far, in one row that the fold updates with its rows: for the monitoring."""

    folds = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name_plural = "fold totals"

    def __str__(self) -> str:
        return f"{self.rows} rows in {self.folds} folds"
