"""Pictures that people upload or name by an address."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone


def new_token() -> str:
    """Return the part of a picture's address that nobody can guess: 128 bits."""
    return secrets.token_hex(16)


class Picture(models.Model):
    """A picture: fetched or received once, made anew and small by a worker, then served from our own address.

    `subject` and `subject_id` say what it shows. `file_key` and `thumbnail_key` name the files in the storage;
    `incoming_key` the one that was uploaded, until a worker has read it. A worker takes what is due and puts `due_at`
    off for as long as it may take. Public pictures, those of goods, are for whoever knows the address; others for
    people of their store, or without one every account.
    """

    class Status(models.TextChoices):
        """Whether a worker has made the picture, has yet to, or could not."""

        WAITING = "waiting", "Waiting for a worker"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    subject = models.CharField(max_length=40, help_text="What it shows: a model, such as orders.product.")
    subject_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0, help_text="Among the pictures of its subject.")
    is_public = models.BooleanField(default=False)
    source_url = models.CharField(max_length=2000, blank=True)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    error = models.CharField(max_length=300, blank=True)
    incoming_key = models.CharField(max_length=300, blank=True)
    file_key = models.CharField(max_length=300, blank=True)
    thumbnail_key = models.CharField(max_length=300, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="ready") | ~Q(file_key="") & ~Q(thumbnail_key=""),
                name="customers_picture_has_files",
            )
        ]
        indexes = [
            # what a product, category, customer or account has
            models.Index(fields=["subject", "subject_id", "position", "id"], name="customers_picture_of"),
            # what a worker takes
            models.Index(fields=["due_at"], name="customers_picture_due", condition=Q(status="waiting")),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """Where browsers load it from."""
        return f"/pictures/{self.token}"

    @property
    def thumbnail_address(self) -> str:
        """Where browsers load it small from."""
        return f"/pictures/{self.token}/small"
