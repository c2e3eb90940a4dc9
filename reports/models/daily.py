"""The figures of days that are over, one row each."""

from __future__ import annotations

from django.db import models

from dashboard.figures import Document, shown_in
from dealport.kit.fields import SumField


def with_figures(model: type[DailyMetrics]) -> type[DailyMetrics]:
    """Give the model a column for each figure of daily metrics."""
    for figure in shown_in(Document.DAILY).values():
        model.add_to_class(figure.column, SumField() if figure.is_money else models.IntegerField())
    return model


@with_figures
class DailyMetrics(models.Model):
    """The figures of a store's local day; without a store, those of all stores that sell in `currency`.

    True as of `computed_at`: a refund later moves `sales` of a day that is over, until the day is aggregated again.
    Products, subscriptions and credits outstanding are as of `standings_at`, when the row was first written, and stay:
    what they were cannot be known again.
    The figures are the registry's; written by `reports.daily.aggregation` alone.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    day = models.DateField()
    currency = models.CharField(max_length=3)
    sales_by_country = models.JSONField(help_text="By country code, empty for unknown: sales as text, and orders.")
    computed_at = models.DateTimeField()
    standings_at = models.DateTimeField()

    class Meta:
        db_table = "daily_metrics"
        verbose_name_plural = "daily metrics"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "currency"], nulls_distinct=False, name="reports_daily_metrics_once"
            ),
        ]

    def __str__(self) -> str:
        return f"store {self.store_id or 'all'}, {self.day} ({self.currency})"
