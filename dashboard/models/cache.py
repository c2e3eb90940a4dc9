"""What is kept of computed figures, and what is known to be out of date."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class DashboardCache(models.Model):
    """The admin snapshot of a store, or of all (`store` null), from a day on (null: the last 30 days).

    `generation` says which state of the database the figures are of
    (`dashboard.caching.invalidation.generation_of`): the row is used only while that is still the state, whatever
    happened to Redis meanwhile.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    from_day = models.DateField(null=True)
    payload = models.TextField(help_text="The figures as JSON with exact decimals.")
    etag = models.CharField(max_length=64)
    generation = models.CharField(max_length=80)
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "admin_dashboard_cache"
        verbose_name = "cached dashboard"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "from_day"], nulls_distinct=False, name="dashboard_cache_once_per_scope"
            ),
        ]

    def __str__(self) -> str:
        return f"store {self.store_id or 'all'} from {self.from_day or 'the last 30 days'}"


class StaleScope(models.Model):
    """A store (null: everything) whose cached figures are out of date: deleted once they are invalidated in Redis.

    Written in the transaction of the change, so that an invalidation outlives whoever had to tell Redis.
    """

    store_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"store {self.store_id or 'all'}"


class ScopeVersion(models.Model):
    """How often a store's stale scopes have been settled; store 0 stands for everything."""

    store_id = models.BigIntegerField(unique=True)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"store {self.store_id or 'all'}: {self.version}"
