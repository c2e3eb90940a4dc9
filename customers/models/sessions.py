"""Refresh tokens, and cached values that must go."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class RefreshToken(models.Model):
    """One use of a login: exchanged once for an access token and the next refresh token.

    All tokens that descend from one login share its `family`. The token itself is not stored, only its SHA-256.
    """

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="+")
    family = models.UUIDField(db_index=True)
    token_hash = models.CharField(max_length=64, unique=True)
    auth_version = models.PositiveIntegerField(help_text="The account's when the token was issued.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk} of user {self.user_id}"


class StaleAccount(models.Model):
    """An account whose cached state is out of date: written with the change, deleted once the cache knows."""

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"account {self.user_id}"
