"""Ad-hoc SQL: what was asked, and what is worth keeping."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SavedQuery(models.Model):
    """A SELECT worth running again, for every super admin."""

    name = models.CharField(max_length=120, unique=True)
    sql = models.TextField()
    owner = models.ForeignKey("customers.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "saved queries"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class QueryRun(models.Model):
    """One try to run a statement: written before it runs, completed after. Never changed otherwise, never deleted."""

    class Outcome(models.TextChoices):
        """How it ended; `running` that stays means the process died meanwhile."""

        RUNNING = "running", "Running"
        ANSWERED = "answered", "Answered"
        REFUSED = "refused", "Refused before it ran"
        FAILED = "failed", "Failed"

    user = models.ForeignKey("customers.User", on_delete=models.SET_NULL, null=True, related_name="+")
    user_email = models.CharField(max_length=254)
    via = models.CharField(max_length=10, help_text="api, page or export")
    sql = models.TextField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.RUNNING)
    reason = models.CharField(max_length=500, blank=True)
    row_count = models.BigIntegerField(null=True)
    is_truncated = models.BooleanField(default=False)
    elapsed_ms = models.IntegerField(null=True)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["-started_at", "-id"], name="reports_query_run_newest")]

    def __str__(self) -> str:
        return f"{self.user_email} {self.started_at:%Y-%m-%d %H:%M}: {self.outcome}"
