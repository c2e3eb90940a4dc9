"""Failed logins are limited per account and address, and per address, wherever the password is asked for.

Every attempt is counted before the password is looked at, in one atomic step, so that parallel attempts cannot pass
the limit; the right password takes its count back. Without Redis nobody is let in (redis.exceptions.RedisError).
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils.translation import gettext
from django_redis import get_redis_connection
from rest_framework.exceptions import AuthenticationFailed, Throttled

from customers import second_factor
from customers.models import User
from customers.session_store import account_read
from dealport.kit.emails import fold_email
from dealport.kit.redis import redis_key
from dealport.kit.texts import lazy_text as _


class OtpRequired(AuthenticationFailed):
    """The password is right; the account also asks for a code (401). Send the same again with `otp`."""

    default_code = "otp_required"
    default_detail = _("Enter the code of your authenticator app, or a recovery code.")


class OtpInvalid(AuthenticationFailed):
    """The password is right, the code is wrong or was used already (401)."""

    default_code = "otp_invalid"
    default_detail = _("This code is not right or was used already. Enter the code your app shows now.")


class OtpSetupRequired(AuthenticationFailed):
    """The password is right, but the account must have a second factor and has none (401)."""

    default_code = "otp_setup_required"
    default_detail = _("This account needs a second factor. Log in to the pages once to set it up.")

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


# KEYS: counts, the narrowest first. ARGV: seconds of the window, the limit of each. An attempt that a narrow limit
# refuses does not count against the wider one: one locked account must not lock its whole office.
COUNT = """
for place, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, ARGV[1]) end
  if count > tonumber(ARGV[1 + place]) then return redis.call('TTL', key) end
end
return 0
"""
TAKE_BACK = """
redis.call('DEL', KEYS[1])
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('DECR', KEYS[2]) end
"""
# Asking for the code is no failure, but must not forget earlier ones either: codes could be tried without end.
TAKE_BACK_ONE = """
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('DECR', key) end
end
"""


class GuardedBackend(ModelBackend):
    """Django's password check behind the limits; the one backend of API, pages and admin."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        """Return the account if the password is right, and the code where the account has a second factor.

        `password_only` is for people who are logged in already. Raises Throttled beyond a limit, right password or
        not; OtpRequired, OtpInvalid and OtpSetupRequired for a right password.
        """
        if request is None or username is None:
            return super().authenticate(request, username, password, **kwargs)
        address = request.META.get("REMOTE_ADDR", "")
        keys = [_key("account", f"{fold_email(username)} {address}"), _key("address", address)]
        limits = [settings.DEALPORT_LOGIN_FAILURES, settings.DEALPORT_ADDRESS_LOGIN_FAILURES]
        redis = get_redis_connection()
        seconds = redis.eval(COUNT, len(keys), *keys, settings.DEALPORT_LOGIN_WINDOW_SECONDS, *limits)
        if seconds:
            raise Throttled(wait=max(seconds, 1), detail=gettext("Too many failed logins."))
        user = super().authenticate(request, username, password)
        if user is None:
            return None
        if not kwargs.get("password_only"):
            try:
                _check_code(user, str(kwargs.get("otp") or ""))
            except (OtpRequired, OtpSetupRequired):
                redis.eval(TAKE_BACK_ONE, len(keys), *keys)
                raise
        redis.eval(TAKE_BACK, len(keys), *keys)
        return user

    def get_user(self, user_id: object) -> User | None:
        """Return an active account, without a statement where it was read with the session."""
        account = account_read(user_id)
        if account is None:
            return super().get_user(user_id)
        return account if self.user_can_authenticate(account) else None


def _check_code(user: User, code: str) -> None:
    """Check the second factor of an account whose password was right.

    Wrong codes are counted per account too, from whatever addresses they come. Raises what `authenticate` does.
    """
    if not second_factor.is_on(user):
        if second_factor.is_required(user):
            raise OtpSetupRequired(user)
        return
    if not code:
        raise OtpRequired
    key, redis = _key("code", str(user.pk)), get_redis_connection()
    window, limit = settings.DEALPORT_LOGIN_WINDOW_SECONDS, settings.DEALPORT_LOGIN_FAILURES
    seconds = redis.eval(COUNT, 1, key, window, limit)
    if seconds:
        raise Throttled(wait=max(seconds, 1), detail=gettext("Too many wrong codes."))
    if not second_factor.takes_code(user, code):
        raise OtpInvalid
    redis.delete(key)


def _key(kind: str, value: str) -> str:
    return redis_key("login", "failures", kind, hashlib.sha256(value.encode()).hexdigest())
