"""Failed logins: at most five per account and address in fifteen minutes, whatever door they come through.

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

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""


class GuardedBackend(ModelBackend):
    """Django's password check behind the limit; the one backend of API, pages and admin."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the account if the password is right. Raises Throttled beyond the limit, right password or not."""
        if request is None or username is None:
            return super().authenticate(request, username, password, **kwargs)
        key = _key(username, request.META.get("REMOTE_ADDR", ""))
        redis = get_redis_connection()
        count, seconds = redis.eval(COUNT, 1, key, settings.DEALPORT_LOGIN_WINDOW_SECONDS)
        if count > settings.DEALPORT_LOGIN_FAILURES:
            raise Throttled(wait=max(seconds, 1), detail="Too many failed logins.")
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            redis.delete(key)
        return user


def _key(account: str, address: str) -> str:
    digest = hashlib.sha256(f"{account.strip().lower()} {address}".encode()).hexdigest()
    return f"dealport:login:failures:{digest}"
