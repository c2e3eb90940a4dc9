"""What tests of the cache share: the uncached truth, and a Redis of one's own that can be stopped."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest import mock

import pytest
import redis

from customers.models import Store
from customers.scopes import StoreScope
from dashboard.answers import snapshot
from dashboard.caching import cache, redis_link
from dealport.kit.redis import BREAKERS
from dealport.servers import places
from dealport.servers.valkey import _program


def uncached(store: Store | None, from_day: date | None = None) -> str:
    """Return the digest of the snapshot as the database has it now, past every cache."""
    with mock.patch.object(snapshot, "_save"):
        return snapshot._compute(StoreScope(store), from_day, cache.TTL).etag


def answer(store: Store | None, **more: bool) -> cache.Answer:
    """Read the snapshot as a request does."""
    return snapshot.read_snapshot(StoreScope(store), None, **more)


class OwnRedis:
    """A Valkey that keeps its memory in a file when told to, for the caches of this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = places.runtime_user(folder / "anything")
        places.give_to(self.user, folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, with what it saved last."""
        self.process = subprocess.Popen(
            [str(_program()), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
            **self.user,
        )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(redis.RedisError):
                if self.client().ping():
                    BREAKERS["127.0.0.1", self.port].reset()
                    return
            time.sleep(0.05)
        raise AssertionError("the server does not start")

    def client(self) -> redis.Redis:
        """Return a client."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def stop(self) -> None:
        """Kill it: what it had not saved is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def own_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRedis]:
    """Let the caches of this process use a server of their own."""
    with tempfile.TemporaryDirectory(prefix="dealport-redis-") as name:
        Path(name).chmod(0o755)
        server = OwnRedis(Path(name))
        settings = {**redis_link._pool().connection_kwargs, "host": "127.0.0.1", "port": server.port, "db": 0}
        settings |= {"password": None, "username": None}
        pool = redis.ConnectionPool(connection_class=redis_link._pool().connection_class, **settings)
        monkeypatch.setattr(redis_link, "_pool", lambda: pool)
        try:
            yield server
        finally:
            pool.disconnect()
            server.stop()
