"""Requests to recalculate daily metrics, and how daily metrics compared with the figures."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Recalculation(models.Model):
    """Days to recalculate, of a store or, without one, of every store.

    A worker claims the row by setting `started_at`; only a row that nobody claimed yet is the same as an equal
    request: what moved after a run began may be missing from it.
    """

    MAX_ATTEMPTS = 5

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField(help_text="Included.")
    requested_by = models.ForeignKey("customers.User", on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_written = models.IntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True, help_text="Why the last attempt failed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "first_day", "last_day"],
                condition=Q(started_at__isnull=True),
                nulls_distinct=False,
                name="reports_recalculation_equal_waiting_once",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="reports_recalculation_days_in_order"
            ),
        ]
        indexes = [
            # what the sweep looks for
            models.Index(
                fields=["id"], name="reports_recalculation_open", condition=Q(finished_at__isnull=True, attempts__lt=5)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}, store {self.store_id or 'all'}"

    @property
    def state(self) -> str:
        """Where it stands: queued, running, finished or failed; one that failed is tried MAX_ATTEMPTS times."""
        if self.finished_at:
            return "finished"
        if self.error and self.attempts >= self.MAX_ATTEMPTS:
            return "failed"
        return "running" if self.started_at else "queued"


class MetricsComparison(models.Model):
    """One comparison of daily metrics with the figures.

    `rows_moved` were not what the figures say any more (a refund lowers the day of its order) and were written anew;
    `differences` are the figures that differed even then: none of them is right.
    """

    checked_at = models.DateTimeField(default=timezone.now)
    first_day = models.DateField()
    last_day = models.DateField(help_text="Included.")
    rows_compared = models.IntegerField()
    rows_moved = models.IntegerField()
    differences = models.IntegerField()
    details = models.JSONField(default=list, blank=True, help_text="The first of what is left, then of what moved.")

    class Meta:
        indexes = [models.Index(fields=["-checked_at", "-id"], name="reports_comparison_newest")]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}: {self.differences} differences"
