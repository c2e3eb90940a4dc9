"""Mails about scheduled exports and trouble: a row each, so that none is lost and none is sent again without need."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ScheduleMail(models.Model):
    """One mail to one person: that a file is there, that the schedule stopped (without `job`), or of trouble.

    Written with what it tells of, in one transaction; handed to the mail server afterwards. Who raises `attempts`
    has claimed it until `next_try_at`. A worker killed after the server took the mail and before the row says so
    leaves it to be sent once more, with the same Message-ID.
    """

    class State(models.TextChoices):
        """Whether a mail of a schedule went out, or why it did not."""

        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        WITHHELD = "withheld", "Withheld: the account may not open exports any more"
        REFUSED = "refused", "Refused by the mail server"
        GIVEN_UP = "given_up", "Given up: no mail server took it in time"

    schedule = models.ForeignKey(
        "reports.ScheduledExport", on_delete=models.CASCADE, null=True, blank=True, related_name="mails"
    )
    trouble = models.ForeignKey(
        "reports.Trouble", on_delete=models.CASCADE, null=True, blank=True, related_name="mails"
    )
    job = models.ForeignKey(
        "reports.ExportJob", on_delete=models.CASCADE, null=True, blank=True, related_name="mails", db_index=False
    )
    recipient = models.EmailField(max_length=254)
    reason = models.CharField(max_length=500, blank=True, help_text="Why the schedule stopped.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(schedule__isnull=False, trouble__isnull=True)
                | Q(schedule__isnull=True, job__isnull=True, trouble__isnull=False),
                name="reports_mail_is_about_one",
            ),
            models.UniqueConstraint(fields=["job", "recipient"], name="reports_mail_once_for_a_job"),
        ]
        indexes = [
            # what is to be sent
            models.Index(fields=["next_try_at"], name="reports_mail_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.state}"
