"""How many requests somebody may make: per address while unknown, per account once logged in.

Counted in Redis in one atomic step, so that parallel requests cannot pass the limit (Django REST framework's own
throttles read, then write). Without Redis requests pass: reads must not stop with it. Logins have a guard of their
own that closes instead (customers.lockout).
"""

from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from dealport.kit.redis import redis_key

log = structlog.get_logger(__name__)

# one window per key, begun by its first request
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


class RequestLimit(BaseThrottle):
    """Counts a request against its account, or against its address when nobody is logged in."""

    def __init__(self) -> None:
        self._wait: float | None = None

    def allow_request(self, request: Request, view: object) -> bool:
        """Answer whether the request is within the limit; `wait` then says when the next one will be."""
        if request.user.is_authenticated:
            if getattr(request._request, "counted_account", None) == request.user.pk:
                return True  # counted on the short way, which then could not answer
            return self._count(request, f"account:{request.user.pk}", settings.DEALPORT_ACCOUNT_REQUESTS)
        return self.allow_stranger(request)

    def allow_stranger(self, request: Request | HttpRequest) -> bool:
        """Answer for a request of nobody known, counting it once.

        The framework refuses most of those (401) before it asks a throttle; its error handler asks here then.
        """
        if getattr(request, "is_counted", False):
            return True
        return self._count(
            request, f"address:{request.META.get('REMOTE_ADDR', '')}", settings.DEALPORT_ANONYMOUS_REQUESTS
        )

    def wait(self) -> float | None:
        """Return the seconds until the window ends."""
        return self._wait

    def command(self, user_id: int) -> tuple[str | int, ...]:
        """Return the Redis command that counts a request of an account, for who sends it along with others."""
        window = settings.DEALPORT_REQUEST_WINDOW_SECONDS * 1000
        return ("EVAL", COUNT, 1, redis_key("requests", "account", user_id), window)

    def admits(self, counted: Any) -> bool:
        """Answer whether that command's answer is within the limit."""
        return bool(counted[0] <= settings.DEALPORT_ACCOUNT_REQUESTS)

    def _count(self, request: Request | HttpRequest, who: str, limit: int) -> bool:
        request.is_counted = True  # type: ignore[union-attr]
        window = settings.DEALPORT_REQUEST_WINDOW_SECONDS * 1000
        try:
            count, left = get_redis_connection().eval(COUNT, 1, redis_key("requests", who), window)
        except RedisError:
            log.warning("requests cannot be counted")
            return True
        self._wait = max(left, 0) / 1000
        return bool(count <= limit)
