"""Failed logins are limited per account and address, and per address, wherever the password is asked for.

Every attempt is counted before the password is looked at, in one atomic step, so that parallel attempts cannot pass
the limit; the right password takes its count back. Without Redis nobody is let in (redis.exceptions.RedisError).
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django_redis import get_redis_connection
from rest_framework.exceptions import Throttled

from customers.models import User
from dealport.kit.emails import fold_email

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


class GuardedBackend(ModelBackend):
    """Django's password check behind the limits; the one backend of API, pages and admin."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the account if the password is right. Raises Throttled beyond a limit, right password or not."""
        if request is None or username is None:
            return super().authenticate(request, username, password, **kwargs)
        address = request.META.get("REMOTE_ADDR", "")
        keys = [_key("account", f"{fold_email(username)} {address}"), _key("address", address)]
        limits = [settings.DEALPORT_LOGIN_FAILURES, settings.DEALPORT_ADDRESS_LOGIN_FAILURES]
        redis = get_redis_connection()
        seconds = redis.eval(COUNT, len(keys), *keys, settings.DEALPORT_LOGIN_WINDOW_SECONDS, *limits)
        if seconds:
            raise Throttled(wait=max(seconds, 1), detail="Too many failed logins.")
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            redis.eval(TAKE_BACK, len(keys), *keys)
        return user


def _key(kind: str, value: str) -> str:
    return f"dealport:login:failures:{kind}:{hashlib.sha256(value.encode()).hexdigest()}"
