"""Views of analytics that somebody saved: a query with a name."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SavedView(models.Model):
    """A query of analytics with a name, private to its owner or shared.

    `query` is the query string of `/api/v1/analytics/query` without `store` and page: that of the view is `store`;
    null, each reader's own stores. A shared view of a store is everybody's who works there; one without a store is
    everybody's who works in any. `pinned_by` are those who have it on their Home.
    """

    owner = models.ForeignKey("customers.User", on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    query = models.CharField(max_length=2000)
    is_shared = models.BooleanField(default=False)
    pinned_by = models.ManyToManyField("customers.User", related_name="+", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="reports_saved_view_name_once_per_owner"),
        ]

    def __str__(self) -> str:
        return self.name
