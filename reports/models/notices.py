"""Trouble that people are told of, and who wants to be told of what."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Trouble(models.Model):
    """Something that went wrong and what became of it: one row per connection, store or schedule, used again.

    `subject_id` is the key of what `kind` names. Who raises `told_at` from empty writes the mails, in that transaction.
    """

    class Kind(models.TextChoices):
        """What can go wrong: the kinds of notifications."""

        CONNECTION = "connection", "A connection is in trouble or behind"
        FIGURES = "figures", "Figures differ from the orders"
        SCHEDULE = "schedule", "A schedule of yours failed"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject_id = models.BigIntegerField(help_text="Key of the connection, store or schedule.")
    store = models.ForeignKey(
        "customers.Store", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        "customers.User",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Whose alone it is: the owner of a schedule.",
    )
    label = models.CharField(max_length=254)
    detail = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "trouble"
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_id"], name="reports_trouble_once"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.kind}"


class NotificationChoice(models.Model):
    """That a person wants a mail when something of this kind happens in their stores."""

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=10, choices=Trouble.Kind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="reports_notification_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind}"
