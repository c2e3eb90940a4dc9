"""Exports, and the schedules that repeat them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class ExportFormat(models.TextChoices):
    """What a file is written as."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"


class ScheduledExport(models.Model):
    """An export that is requested again and again, and mailed as a link to people with an account.

    `filters` may hold `period`, a relative one that is resolved at each run (`reports.scheduling`). A run is due at
    `next_run_at`; whoever moves that on has claimed it, so a missed run is caught up once, whatever was away.
    """

    owner = models.ForeignKey("customers.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    dataset = models.CharField(max_length=20)
    query = models.ForeignKey("reports.SavedQuery", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    filters = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True, help_text="Names in the order of the file; empty: all.")
    format = models.CharField(max_length=4, choices=ExportFormat.choices, default=ExportFormat.CSV)
    cron = models.CharField(max_length=100, help_text="minute hour day-of-month month day-of-week")
    timezone = models.CharField(max_length=64, default="UTC")
    recipients = models.JSONField(default=list, help_text="Email addresses of accounts that may open exports.")
    is_active = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row; at five the schedule stops.")
    last_error = models.CharField(max_length=500, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(query__isnull=False) | ~Q(dataset="query"), name="reports_schedule_query_is_named"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(next_run_at__isnull=False), name="reports_schedule_active_has_next_run"
            ),
        ]
        indexes = [
            # what is due
            models.Index(fields=["next_run_at"], name="reports_schedule_due", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name


class ExportJob(models.Model):
    """One export: requested, written by a worker, kept for some days.

    Every run claims the job by raising `attempt`; what a run writes to the row holds only while `attempt` is still
    its own, so that a worker that was believed dead can neither finish nor spoil the job. `file_key` names the file
    in the store from the moment it is whole.
    """

    class Status(models.TextChoices):
        """How far an export is; an expired one has no file any more."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"
        EXPIRED = "expired", "Expired"

    UNFINISHED = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey("customers.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    schedule = models.ForeignKey(ScheduledExport, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    dataset = models.CharField(max_length=20)
    sql = models.TextField(blank=True, help_text="The statement, where the dataset is a saved query.")
    title = models.CharField(max_length=120)
    filters = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True, help_text="Names in the order of the file; empty: all.")
    format = models.CharField(max_length=4, choices=ExportFormat.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED)
    request_hash = models.CharField(max_length=64, help_text="The same for equal requests of one owner.")
    requested_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    alive_at = models.DateTimeField(null=True, blank=True, help_text="When the worker last said that it works on it.")
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    file_key = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=150, blank=True)
    file_size = models.BigIntegerField(null=True, blank=True)
    is_masked = models.BooleanField(default=True, help_text="Personal data was left out.")
    receipt = models.JSONField(default=dict, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When its schedule took note of how it ended.")
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When the last of its mails was handed over.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request_hash"],
                condition=Q(status__in=("queued", "running")),
                name="reports_export_equal_unfinished_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | ~Q(file_key=""), name="reports_export_succeeded_has_file"
            ),
        ]
        indexes = [
            # a person's exports, newest first
            models.Index(fields=["owner", "-requested_at", "-id"], name="reports_export_by_owner"),
            models.Index(fields=["-requested_at", "-id"], name="reports_export_newest"),
            # what the sweep looks at: unfinished jobs, and files that expire
            models.Index(
                fields=["status", "expires_at"],
                name="reports_export_to_sweep",
                condition=Q(status__in=("queued", "running", "succeeded")),
            ),
            # what schedules have to take note of
            models.Index(
                fields=["finished_at"],
                name="reports_export_to_settle",
                condition=Q(schedule__isnull=False, settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.format}, {self.status})"

    @property
    def is_unfinished(self) -> bool:
        """Waiting for a worker, or being written."""
        return self.status in self.UNFINISHED
