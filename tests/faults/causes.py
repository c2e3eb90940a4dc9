"""What brings the faults about, for the tests of this folder and for `make chaos`."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import psutil
import psycopg
import redis

from dealport.servers.use import Servers

SLOW_HEAD = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SLOW_BODIES = (b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")


def server_process(servers: Servers, kind: str) -> psutil.Process:
    """Return the main process of `postgres` or `valkey`."""
    state = next(home.state() for home in servers.homes if home.folder.name == kind)
    assert state is not None
    return psutil.Process(state["server"])


@contextlib.contextmanager
def frozen(servers: Servers, kind: str) -> Iterator[None]:
    """Freeze `postgres` or `valkey`, the whole server, as `kill -STOP` does."""
    server = server_process(servers, kind)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


@contextlib.contextmanager
def full_redis(url: str) -> Iterator[None]:
    """Leave Redis no memory for anything new."""
    with redis.Redis.from_url(url) as client:
        before = client.config_get("maxmemory")["maxmemory"]
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", before)


@contextlib.contextmanager
def locked(url: str, statement: str) -> Iterator[None]:
    """Hold what a statement of SQL locks."""
    with psycopg.connect(url) as locker:
        locker.execute(statement.encode())
        yield
        locker.rollback()


@contextlib.contextmanager
def slow_bodies(port: int, count: int) -> Iterator[None]:
    """Open connections that say they send a body and do not."""
    opened = []
    try:
        for number in range(count):
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=30))
            opened[-1].sendall(SLOW_HEAD + SLOW_BODIES[number % 2])
        yield
    finally:
        for connection in opened:
            connection.close()
