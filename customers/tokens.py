"""Logins of the SPA and of scripts: short access tokens, refresh tokens that are used once."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

import jwt
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from customers.accounts import account_changed
from customers.models import RefreshToken, User

ALGORITHM = "HS256"
KIND = "access"
MOST_CHARACTERS = 2_000
"""Of an access token; ours have about 350."""
LAST_SECOND = 2**40


@dataclass(frozen=True)
class Tokens:
    """What a login gets: both tokens as text, and the seconds the access token lives."""

    access: str
    refresh: str
    expires_in: int
    user: User


@dataclass(frozen=True)
class Device:
    """Where a login is used from, as its owner sees it."""

    address: str | None = None
    user_agent: str = ""


NOWHERE = Device()


@dataclass(frozen=True)
class Claims:
    """What an access token says: the account and its version, the login it belongs to, when it ends (Unix time)."""

    user_id: int
    version: int
    family: str
    expires: int


def log_in(user: User, device: Device = NOWHERE) -> Tokens:
    """Start a family of refresh tokens for somebody whose password was right."""
    return _issue(user, uuid.uuid4(), device, timezone.now())


def refresh(token: str, *, received_at: datetime | None = None, device: Device = NOWHERE) -> Tokens | None:
    """Exchange a refresh token for the next pair; None if it is unknown, used, revoked or out of date.

    A used token that comes again revokes its whole family. Of requests that come at once exactly one wins: one that
    was received (`received_at`) before the token was used cannot have known, and is only refused (docs/adr/0010).
    """
    received_at = received_at or timezone.now()
    with transaction.atomic():
        family = RefreshToken.objects.filter(token_hash=_hash(token)).values_list("family", flat=True).first()
        # somebody uses or ends this login this moment: the other one wins
        if family is None or not _lock(family, wait=False):
            return None
        row = RefreshToken.objects.select_related("user").get(token_hash=_hash(token))
        if row.revoked_at is not None:
            return None
        if row.used_at is not None:
            if received_at > row.used_at:
                _revoke(row)
            return None
        if not row.user.is_active or row.user.auth_version != row.auth_version:
            _revoke(row)
            return None
        if row.expires_at <= timezone.now():
            return None
        issued = _issue(row.user, row.family, device, row.started_at or row.created_at)
        row.used_at = timezone.now()
        row.save(update_fields=["used_at"])
        return issued


@transaction.atomic
def log_out(token: str) -> None:
    """End the login a refresh token belongs to, its access tokens too. An unknown token ends nothing."""
    row = RefreshToken.objects.filter(token_hash=_hash(token)).first()
    if row is not None:
        _lock(row.family, wait=True)
        _revoke(row)


@transaction.atomic
def end_family(user: User, family: uuid.UUID) -> bool:
    """End a login of an account by its family; answer whether there is one."""
    _lock(family, wait=True)
    row = RefreshToken.objects.filter(user_id=user.pk, family=family).first()
    if row is not None:
        _revoke(row)
    return row is not None


def prune_tokens() -> int:
    """Delete refresh tokens that expired; return how many."""
    return RefreshToken.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def access_token(user: User, family: uuid.UUID | None = None) -> str:
    """Return a token that speaks for the account until its state changes, its login ends or the token expires."""
    now = timezone.now()
    claims = {
        "token_type": KIND,
        "user_id": str(user.pk),
        "ver": user.auth_version,
        "family": str(family or uuid.uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + settings.DEALPORT_ACCESS_TOKEN_LIFETIME).timestamp()),
    }
    return jwt.encode(claims, settings.SECRET_KEY, ALGORITHM)


def read_access_token(token: bytes) -> Claims | None:
    """Return what a token says if SECRET_KEY, or one of its fallbacks, signed it and it is not over; else None."""
    if len(token) > MOST_CHARACTERS:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _claims(jwt.decode(token, key, [ALGORITHM], {"require": ["exp", "iat"]}))
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            return None
    return None


def _claims(found: dict[str, object]) -> Claims | None:
    """Return the claims if each has the one form that `access_token` gives it."""
    kind, user_id, version, family, expires = (
        found.get(name) for name in ("token_type", "user_id", "ver", "family", "exp")
    )
    if kind != KIND or not isinstance(user_id, str) or not isinstance(family, str) or len(family) != 36:
        return None
    if not (user_id.isascii() and user_id.isdecimal() and len(user_id) < 19):
        return None
    if type(version) is not int or type(expires) is not int or not 0 < expires < LAST_SECOND:
        return None
    return Claims(int(user_id), version, family, expires)


def _issue(user: User, family: uuid.UUID, device: Device, started_at: datetime) -> Tokens:
    token = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        user=user,
        family=family,
        token_hash=_hash(token),
        auth_version=user.auth_version,
        started_at=started_at,
        address=device.address,
        user_agent=device.user_agent,
        expires_at=timezone.now() + settings.DEALPORT_REFRESH_TOKEN_LIFETIME,
    )
    seconds = int(settings.DEALPORT_ACCESS_TOKEN_LIFETIME.total_seconds())
    return Tokens(access_token(user, family), token, seconds, user)


def _lock(family: uuid.UUID, *, wait: bool) -> bool:
    """Take a login until the transaction ends; answer whether that was possible.

    Without it a token that is issued while its login ends would live on: the ending does not see it yet.
    """
    number = int.from_bytes(family.bytes[:8], signed=True)
    call = "pg_advisory_xact_lock(%s) IS NOT NULL" if wait else "pg_try_advisory_xact_lock(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}", [number])
        return bool(cursor.fetchone()[0])


def _revoke(row: RefreshToken) -> None:
    """End a login in the caller's transaction: none of its tokens is worth anything from the commit on."""
    if RefreshToken.objects.filter(family=row.family, revoked_at=None).update(revoked_at=timezone.now()):
        account_changed(row.user_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
