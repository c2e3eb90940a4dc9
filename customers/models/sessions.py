"""Logins: refresh tokens, browser sessions, and cached values that must go."""

from __future__ import annotations

import uuid

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
    started_at = models.DateTimeField(null=True, help_text="When the login began.")
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True, db_default="")

    def __str__(self) -> str:
        return f"refresh token {self.pk} of user {self.user_id}"


class BrowserSession(models.Model):
    """A login of a browser, as its owner sees it; the session itself is Django's row, found by the key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now, help_text="To five minutes.")
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"browser session of user {self.user_id}"


class StaleAccount(models.Model):
    """An account whose cached state is out of date: written with the change, deleted once the cache knows."""

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"account {self.user_id}"
