"""Redis behind one circuit breaker for each server and process: the connections that know it, and sending messages.

A server that hangs costs one caller its time-outs (0.5 s to connect, 1 s for an answer); until it answers again one
caller a second tries, and all others are refused at once with ConnectionError. Everything that reaches Redis uses
these connections: Django's cache, what asks the cache's server directly, and `publish` before it sends a message.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError, ResponseError, TimeoutError
from redis.retry import Retry

from dealport.kit.breaker import Breaker
from dealport.kit.installation import installation_id

logger = logging.getLogger(__name__)

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 1.0
BREAKERS: defaultdict[object, Breaker] = defaultdict(Breaker)
"""The breaker of each server, by its host and port, or by its socket."""


def redis_key(*parts: object) -> str:
    """Return the name of something of this installation in Redis: another's, on the same server, is never read."""
    return ":".join(["dealport", installation_id(), *map(str, parts)])


def cache_key(name: str, prefix: str, version: int) -> str:
    """Return the name of a value of Django's cache (KEY_FUNCTION)."""
    return redis_key("cache", version, name)


class _Guarded:
    """What makes a connection of the client library report to its server's breaker and obey it."""

    @property
    def _breaker(self) -> Breaker:
        connection: Any = self
        return BREAKERS[getattr(connection, "path", None) or (connection.host, connection.port)]

    def _refuse_if_open(self) -> None:
        if self._breaker.is_open():
            raise ConnectionError("Redis was away a moment ago")

    def connect_check_health(self, *args: object, **kwargs: object) -> None:
        """Connect, or refuse at once while the breaker is open; a failure counts."""
        connection: Any = super()
        self._refuse_if_open()
        try:
            connection.connect_check_health(*args, **kwargs)
        except (ConnectionError, TimeoutError):
            self._breaker.failed()
            raise

    def send_packed_command(self, *args: object, **kwargs: object) -> None:
        """Send a command, or refuse at once while the breaker is open."""
        connection: Any = super()
        self._refuse_if_open()
        connection.send_packed_command(*args, **kwargs)

    def read_response(self, *args: object, **kwargs: object) -> object:
        """Wait for the answer; silence counts as a failure, an error answer as a sign of life."""
        connection: Any = super()
        try:
            answer = connection.read_response(*args, **kwargs)
        except TimeoutError:
            self._breaker.failed()
            raise
        except ResponseError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return answer


class _Tcp(_Guarded, Connection):
    pass


class _Tls(_Guarded, SSLConnection):
    pass


class _Unix(_Guarded, UnixDomainSocketConnection):
    pass


def connection_settings(url: str) -> dict[str, object]:
    """Return how connections to the server at `url` are made, as a pool of the client library takes it."""
    return {
        "connection_class": {"redis": _Tcp, "rediss": _Tls, "unix": _Unix}[urlsplit(url).scheme],
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        # one new try for a connection the server closed meanwhile, none for a server that gave no answer
        "retry": Retry(NoBackoff(), 1, (ConnectionError,)),
    }


@cache
def client(url: str) -> redis.Redis:
    """Return this process's client of the server at `url`."""
    return redis.Redis(connection_pool=ConnectionPool.from_url(url, **connection_settings(url)))


def publish(send: Callable[[], object]) -> bool:
    """Send a message to the workers with `send`; return whether that worked.

    Only ever the fast path: what must not be lost is a row that a beat job sweeps. So nobody waits for a broker that
    hangs, and one that is away or full is a line in the log.
    """
    try:
        client(settings.REDIS_URL).ping()
        send()
    except Exception as error:  # in whatever words the clients of the broker say it
        logger.warning("a message could not be sent, the sweep does the work: %s", error)
        return False
    return True
