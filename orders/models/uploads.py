"""Files that people upload, to be read by a worker."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone


def part_key(file_key: str, number: int) -> str:
    """Return where a part of a file lies, counted from 0."""
    return f"{file_key}.part{number:05}"


class Upload(models.Model):
    """A file for one store: kept under `file_key`, checked by a worker, applied once somebody has seen the preview.

    `preview` says what applying it would do, `receipt` what it did; what they hold is the business of the `kind`
    (`orders.uploads.kinds`). A worker holds the row locked while it works. `file_key` is "" once the file is deleted.
    """

    class Kind(models.TextChoices):
        """What the file is of."""

        PRODUCTS = "products", "Prices and stock"
        ORDERS = "orders", "Orders"

    class Status(models.TextChoices):
        """Where it stands: SENDING while parts of it arrive; CHECKING and APPLYING wait for a worker, or have one."""

        SENDING = "sending", "Being sent"
        CHECKING = "checking", "Being checked"
        READY = "ready", "Ready to apply"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    WORK = (Status.CHECKING, Status.APPLYING)

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.CHECKING)
    created_by = models.ForeignKey(
        "customers.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    file_name = models.CharField(max_length=150)
    file_key = models.CharField(max_length=300, blank=True)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0, db_default=0, help_text="Bytes of the parts that have arrived.")
    parts = models.PositiveIntegerField(default=0, db_default=0, help_text="Files it arrived in; 0: one, whole.")
    sha256 = models.CharField("SHA-256", max_length=64)
    options = models.JSONField(default=dict, blank=True)
    preview = models.JSONField(default=dict, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began with what it does now.")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When a worker was last told of it.")
    finished_at = models.DateTimeField(null=True, blank=True)
    awaits_refused_file = models.BooleanField(
        default=False, db_default=False, help_text="Applied, but the rows left out are not stored yet."
    )
    expires_at = models.DateTimeField(help_text="When the file is deleted.")

    class Meta:
        indexes = [
            # a store's uploads, newest first
            models.Index(fields=["store", "-created_at", "-id"], name="orders_upload_by_store"),
            # what the sweep sends, and the files that expire
            models.Index(
                fields=["created_at"],
                name="orders_upload_to_sweep",
                condition=Q(status__in=("checking", "applying")),
            ),
            # those whose rows left out the sweep has stored
            models.Index(
                fields=["created_at"], name="orders_upload_to_complete", condition=Q(awaits_refused_file=True)
            ),
            models.Index(fields=["expires_at"], name="orders_upload_to_delete", condition=~Q(file_key="")),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def keys(self) -> list[str]:
        """The files its content lies in, in their order."""
        if self.parts or self.status == self.Status.SENDING:
            return [part_key(self.file_key, number) for number in range(self.parts)]
        return [self.file_key]

    @property
    def is_working(self) -> bool:
        """Waiting for a worker, or being worked on."""
        return self.status in self.WORK
