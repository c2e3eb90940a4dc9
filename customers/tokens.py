"""Logins of the SPA and of scripts: short access tokens, refresh tokens that are used once."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from customers.models import RefreshToken, User

VERSION_CLAIM = "ver"
RACE = timedelta(seconds=10)
"""A used token that comes back within this time is a client that asked twice; later it was stolen."""


@dataclass(frozen=True)
class Tokens:
    """What a login gets: both tokens as text, and the seconds the access token lives."""

    access: str
    refresh: str
    expires_in: int
    user: User


def log_in(user: User) -> Tokens:
    """Start a family of refresh tokens for somebody whose password was right."""
    return _issue(user, uuid.uuid4())


def refresh(token: str) -> Tokens | None:
    """Exchange a refresh token for the next pair; None if it is unknown, used, revoked or out of date.

    Of requests that come at once exactly one wins. A used token that comes back later revokes its whole family.
    """
    now = timezone.now()
    with transaction.atomic():
        mine = RefreshToken.objects.filter(token_hash=_hash(token))
        won = mine.filter(used_at=None, revoked_at=None, expires_at__gt=now).update(used_at=now)
        row = mine.select_related("user").first()
        if row is None:
            return None
        if not won:
            if row.used_at and row.used_at < now - RACE:
                _revoke(row.family)
            return None
        if not row.user.is_active or row.user.auth_version != row.auth_version:
            _revoke(row.family)
            return None
        return _issue(row.user, row.family)


def log_out(token: str) -> None:
    """End the login a refresh token belongs to. An unknown token ends nothing."""
    row = RefreshToken.objects.filter(token_hash=_hash(token)).first()
    if row is not None:
        _revoke(row.family)


def prune_tokens() -> int:
    """Delete refresh tokens that expired; return how many."""
    return RefreshToken.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def access_token(user: User) -> AccessToken:
    """Return a token that speaks for the account until its state changes or the token expires."""
    token = AccessToken.for_user(user)
    token[VERSION_CLAIM] = user.auth_version
    return token


def _issue(user: User, family: uuid.UUID) -> Tokens:
    token = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        user=user,
        family=family,
        token_hash=_hash(token),
        auth_version=user.auth_version,
        expires_at=timezone.now() + settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
    )
    access = access_token(user)
    return Tokens(str(access), token, int(access.lifetime.total_seconds()), user)


def _revoke(family: uuid.UUID) -> None:
    RefreshToken.objects.filter(family=family, revoked_at=None).update(revoked_at=timezone.now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
