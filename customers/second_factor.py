"""The second factor of logging in: setting it up, checking a code, taking it away.

The secret is encrypted with a key made from SECRET_KEY (or one of its fallbacks, until the next login writes it with
the newest): a copy of the database alone makes no codes. A code works once; recovery codes are stored as hashes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers import totp
from customers.auditing import record
from customers.models import RecoveryCode, SecondFactor, User
from dealport.kit.errors import Conflict, invalid

ISSUER = "DealPort"
SECRET_BYTES, RECOVERY_BYTES, RECOVERY_CODES = 20, 10, 10
KEY = b"dealport.customers.second_factor"


@dataclass(frozen=True)
class Setup:
    """What an authenticator app is given: the secret as it is typed, and the address a QR code holds."""

    secret: str
    address: str


def is_on(user: User) -> bool:
    """Answer whether logging in to the account takes a code."""
    return SecondFactor.objects.filter(user_id=user.pk, confirmed_at__isnull=False).exists()


def is_required(user: User) -> bool:
    """Answer whether the account must have a second factor."""
    return bool(settings.DEALPORT_SUPER_ADMIN_OTP) and user.role == User.Role.SUPER_ADMIN


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes are unused."""
    return RecoveryCode.objects.filter(user_id=user.pk, used_at=None).count()


@transaction.atomic
def begin_setup(*, user: User, renew: bool = True) -> Setup:
    """Make a secret that counts for nothing until a code of it confirms it; `renew` replaces an unconfirmed one.

    Raises Conflict if the account has a second factor.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    factor = SecondFactor.objects.filter(user_id=user.pk).first()
    if factor is not None and factor.confirmed_at is not None:
        raise Conflict(gettext("This account has a second factor already. Remove it first."))
    secret = None if factor is None or renew else _decrypted(factor)
    if secret is None:
        secret = secrets.token_bytes(SECRET_BYTES)
        encrypted = _keys().encrypt(secret).decode()
        SecondFactor.objects.update_or_create(
            user_id=user.pk, defaults={"secret": encrypted, "created_at": timezone.now(), "last_step": 0}
        )
    return Setup(totp.spelled(secret), totp.address_of(secret, account=user.email, issuer=ISSUER))


@transaction.atomic
def confirm_setup(*, user: User, code: str) -> list[str]:
    """Put the second factor in force with a first code; return the recovery codes, which are shown this once.

    Raises Conflict if nothing was set up or it is in force, ValidationError for a wrong code.
    """
    factor = SecondFactor.objects.select_for_update().filter(user_id=user.pk).first()
    if factor is None or factor.confirmed_at is not None:
        raise Conflict(gettext("Begin to set up the second factor first."))
    if not _takes(factor, code):
        raise invalid("code", gettext("This code is not right. Enter the code your app shows now."))
    factor.confirmed_at = timezone.now()
    factor.save(update_fields=["confirmed_at"])
    codes = [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user_id=user.pk).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user.pk, code_hash=_hash(code)) for code in codes)
    record("second factor set up", user, before={"second_factor": False}, after={"second_factor": True}, actor=user)
    return codes


@transaction.atomic
def takes_code(user: User, code: str) -> bool:
    """Answer whether a code of the app or a recovery code is right, and use it up: of two at once one wins."""
    factor = SecondFactor.objects.select_for_update().filter(user_id=user.pk, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    if _takes(factor, code):
        return True
    unused = RecoveryCode.objects.filter(user_id=user.pk, code_hash=_hash(code), used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    record("recovery code used", user, before={}, after={"codes_left": recovery_codes_left(user)}, actor=user)
    return True


@transaction.atomic
def remove(*, user: User, actor: User) -> bool:
    """Take the second factor and its recovery codes away; answer whether there was one in force."""
    was_on = is_on(user)
    SecondFactor.objects.filter(user_id=user.pk).delete()
    RecoveryCode.objects.filter(user_id=user.pk).delete()
    if was_on:
        record(
            "second factor removed", user, before={"second_factor": True}, after={"second_factor": False}, actor=actor
        )
    return was_on


def _takes(factor: SecondFactor, code: str) -> bool:
    """Answer whether a code of the app is right and newer than the last, and remember it; the row is locked."""
    secret = _decrypted(factor)
    step = None if secret is None else totp.step_of(secret, _bare(code), at=time.time(), after=factor.last_step)
    if step is None:
        return False
    factor.last_step, factor.secret = step, _keys().rotate(factor.secret.encode()).decode()
    factor.save(update_fields=["last_step", "secret"])
    return True


def _decrypted(factor: SecondFactor) -> bytes | None:
    """Return the secret, None if its key is gone: recovery codes work, and an admin can take the factor away."""
    try:
        return _keys().decrypt(factor.secret.encode())
    except InvalidToken:
        return None


def _keys() -> MultiFernet:
    """Return the cipher of SECRET_KEY, with its fallbacks for what an older one wrote."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hmac.new(KEY, key.encode(), hashlib.sha256).digest())) for key in keys
    )


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _bare(code: str) -> str:
    """Return a code without the blanks and dashes people type."""
    return "".join(code.split()).replace("-", "").lower()


def _hash(code: str) -> str:
    return hashlib.sha256(_bare(code).encode()).hexdigest()
