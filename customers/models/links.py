"""Links in mails that set a password."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from dealport.kit.fields import EmailAddressField


class PasswordLink(models.Model):
    """A request for a mail whose link sets a password once: forgotten, or the first one of an invited account.

    A row is written for any address, whether it has an account or not, so that the answer and its time are the same;
    the job that sends the mails finds out. The token is made when the mail is, and only its SHA-256 is stored.
    """

    class Kind(models.TextChoices):
        """What the mail is about."""

        RESET = "reset", "Forgotten password"
        INVITATION = "invitation", "Invitation"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    email = EmailAddressField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now, null=True, help_text="Empty: no mail waits.")
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    auth_version = models.PositiveIntegerField(null=True, help_text="The account's when the mail was sent.")
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["email", "created_at"], name="customers_link_by_email"),
            models.Index(
                fields=["next_try_at"], name="customers_link_due", condition=models.Q(next_try_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.email}"
