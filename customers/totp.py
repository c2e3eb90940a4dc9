"""Time-based one-time passwords (RFC 6238, with the SHA-1 and six digits every authenticator app knows)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS, DIGITS = 30, 6
DRIFT = 1
"""Steps a clock may be off, either way."""


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: bytes, code: str, *, at: float, after: int) -> int | None:
    """Return the time step a code belongs to, None for a wrong one and one of a step up to `after`.

    `at` is Unix time. Every step is compared, in constant time.
    """
    now = int(at) // STEP_SECONDS
    steps = range(now - DRIFT, now + DRIFT + 1)
    right = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    return next((step for step in right if step > after), None)


def address_of(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the otpauth:// address an authenticator app reads from the QR code."""
    parameters = {"secret": spelled(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{urlencode(parameters, quote_via=quote)}"


def spelled(secret: bytes) -> str:
    """Return the secret as it is typed into an app (base32)."""
    return base64.b32encode(secret).decode().rstrip("=")
