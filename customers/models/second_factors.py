"""Second factors of accounts: a time-based code, and recovery codes for when the device is lost."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SecondFactor(models.Model):
    """The secret an account's authenticator app has, encrypted; in force from its confirmation on."""

    user = models.OneToOneField("customers.User", on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=300, help_text="Encrypted with a key made from SECRET_KEY.")
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0, help_text="Time step of the last code used; older ones are refused.")

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the app once; only its SHA-256 is stored (the codes have 80 random bits)."""

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "code_hash"], name="customers_recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk} of user {self.user_id}"
