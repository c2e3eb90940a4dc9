"""Who looked at what, and how often: written once a minute from what Redis counted."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class DailyActivity(models.Model):
    """Page views of one account on one local day of a store; `store` null counts the account once for all stores.

    One row per account, so that distinct accounts are counted for any period and never added up.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    day = models.DateField()
    user_id = models.BigIntegerField()
    page_views = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "daily activity"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "user_id"], nulls_distinct=False, name="dashboard_activity_of_day"
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.user_id} on {self.day}"


class MinuteActivity(models.Model):
    """The same by minute (UTC), kept for a week."""

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    minute = models.DateTimeField(db_index=True)
    user_id = models.BigIntegerField()
    page_views = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "minute activity"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "minute", "user_id"], nulls_distinct=False, name="dashboard_activity_of_minute"
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.user_id} at {self.minute:%Y-%m-%d %H:%M}"


class ActivityBatch(models.Model):
    """A batch of counts that is in the tables: a flush that died before it could say so is not counted twice."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "activity batches"

    def __str__(self) -> str:
        return str(self.key)
