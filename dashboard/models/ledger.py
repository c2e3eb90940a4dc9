"""The metric ledger: what changed, not yet added to the rollups."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q, Value

from dashboard.metrics.measures import MEASURES, Measure, measured
from dealport.kit import fields
from dealport.kit.fields import MoneyField


def are_numbers(measures: Iterable[Measure], table: str, *, sums: bool = True) -> list[models.BaseConstraint]:
    """Return the constraints of what amounts, or sums of them, can be (`dealport.kit.fields.are_numbers`)."""
    found = {
        f"{table}_is_a_number" if measure.name == "sales" else f"{table}_{measure.name}_is_a_number": measure
        for measure in measures
        if measure.is_money
    }
    return [
        fields.are_numbers(name, sums=[measure.name])
        if sums or measure.is_wide
        else fields.are_numbers(name, measure.name)
        for name, measure in found.items()
    ]


class Basis(models.TextChoices):
    """Which day a change counts on: the day the order was placed, or the day the change was booked."""

    PLACED = "placed", "Order date"
    BOOKED = "booked", "Transaction date"


@measured(MEASURES, money=MoneyField, count=models.SmallIntegerField, wide=models.IntegerField)
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
    coupon_code = models.CharField(max_length=255, blank=True, default="", db_default="")
    payment_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    channel = models.CharField(max_length=6, blank=True, default="", db_default="")
    placed_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    customer_type = models.CharField(max_length=9, blank=True, default="", db_default="")
    order_hour = models.SmallIntegerField(null=True, help_text="Local hour the order was placed in.")
    event_hour = models.SmallIntegerField(null=True, help_text="Local hour of the change.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "metric delta"
        constraints = are_numbers(MEASURES, "dashboard_delta", sums=False)

    def __str__(self) -> str:
        return f"change of {self.order_day} in store {self.store_id}"


class FoldTotals(models.Model):
    """What folding has done so far, in one row that the fold updates with its rows: for the monitoring."""

    folds = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name_plural = "fold totals"
        constraints = [
            models.CheckConstraint(condition=~Q(seconds=Value("NaN")), name="dashboard_fold_totals_is_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows in {self.folds} folds"
