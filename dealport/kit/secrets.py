"""Secrets at rest: encrypted with the first of CREDENTIALS_KEYS, readable with each of them.

A new key goes in front; `manage.py rotate_credentials` writes everything anew with it; then the old key can go.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from dealport.kit.values import FieldValues

PURPOSE = b"dealport.credentials"


class UnreadableSecret(Exception):
    """None of CREDENTIALS_KEYS opens it."""


def seal(values: FieldValues) -> str:
    """Return the values as text, encrypted with the newest of CREDENTIALS_KEYS."""
    return _cipher().encrypt(json.dumps(values).encode()).decode()


def unseal(sealed: str) -> FieldValues:
    """Return what was sealed, {} for nothing. Raises UnreadableSecret."""
    if not sealed:
        return {}
    try:
        values: dict[str, object] = json.loads(_cipher().decrypt(sealed.encode()))
    except InvalidToken:
        raise UnreadableSecret("None of CREDENTIALS_KEYS opens these credentials.") from None
    return values


def rotate(sealed: str) -> str:
    """Return the same values encrypted with the first key. Raises UnreadableSecret."""
    try:
        return _cipher().rotate(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise UnreadableSecret("None of CREDENTIALS_KEYS opens these credentials.") from None


def is_key(key: str) -> bool:
    """Answer whether a text is a key: 32 random bytes as URL-safe base64."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _cipher() -> MultiFernet:
    """Return the cipher of the keys; outside production one made from SECRET_KEY stands in for them."""
    keys = settings.CREDENTIALS_KEYS
    if not keys:
        own = hmac.new(PURPOSE, settings.SECRET_KEY.encode(), hashlib.sha256).digest()
        keys = [base64.urlsafe_b64encode(own).decode()]
    return MultiFernet([Fernet(key) for key in keys])
