"""One round trip to Redis, with keys that only this very server, since this very start, can know.

Every key that counts carries the server's run id, which a connection learns when it is made and keeps. A server that
comes back with an old copy of its memory, or another one that takes its place, has another id: whatever was written
before is never read. The connection is chosen before the keys are made, so that the id is the one of whom we ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django_redis import get_redis_connection
from redis.connection import BlockingConnectionPool, ConnectionPool
from redis.exceptions import ConnectionError, RedisError

Command = tuple[str | bytes | int, ...]
# A thousand threads that all connect at once would wait longer for their connections than for a few of them.
CONNECTIONS, WAIT_SECONDS = 16, 5
RUN_ID = re.compile(rb"run_id:(\w+)")

# compare-and-delete
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def ask(commands: Callable[[str], Sequence[Command]]) -> list[Any]:
    """Send the commands that `commands` makes for a server's run id, in one go; return the answers.

    A connection that broke meanwhile is made again once, and the commands with it. Raises RedisError when Redis is
    away, was a moment ago (dealport.kit.redis), or refuses one of them.
    """
    return _ask(_pool(), commands)


def _ask(pool: ConnectionPool, commands: Callable[[str], Sequence[Command]]) -> list[Any]:
    connection = pool.get_connection()
    try:
        try:
            return _exchange(connection, commands)
        except ConnectionError:
            connection.disconnect()
            return _exchange(connection, commands)
    except BaseException:
        connection.disconnect()  # answers that nobody read must not be taken for those of the next question
        raise
    finally:
        pool.release(connection)


def _exchange(connection: Any, commands: Callable[[str], Sequence[Command]]) -> list[object]:
    if connection._sock is None:
        connection.connect()
    asked = commands(connection.dealport_run_id)
    connection.send_packed_command(connection.pack_commands(asked))
    return [connection.read_response() for _ in asked]


@cache
def _pool() -> ConnectionPool:
    """Return connections to the server of Django's cache, with its time-outs, that know the server's run id."""
    pool = get_redis_connection("default").connection_pool
    settings = {**pool.connection_kwargs, "redis_connect_func": _learn_run_id}
    return BlockingConnectionPool(
        max_connections=CONNECTIONS, timeout=WAIT_SECONDS, connection_class=pool.connection_class, **settings
    )


def _learn_run_id(connection: Any) -> None:
    connection.on_connect()
    connection.send_command("INFO", "server", check_health=False)
    found = RUN_ID.search(connection.read_response(disable_decoding=True))
    if found is None:
        raise RedisError("the server does not say its run id")
    connection.dealport_run_id = found[1].decode()
