"""Telling caches that figures have changed: at once where possible, and until it is done in any case.

A scope is a store or all of them. Redis holds a generation for each, a value that nobody can guess; a cached figure
is served while the generation is the one it was computed under. Invalidating deletes the generation, which also works
on a server that is full; the next reader makes a new one that no earlier value can match.

It happens twice. Before its commit a change marks its scopes as changing: while a mark is there nothing is served, and
what is computed is kept for nobody. After the commit the mark is taken away. So whoever asks once a change is
committed never gets the figures before it, not even between the commit and its telling, or if the process dies there.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable

from django.db import connection, transaction
from redis.exceptions import RedisError

from dashboard.caching.redis_link import Command, ask
from dashboard.models import MetricDelta, ScopeVersion, StaleScope

logger = logging.getLogger(__name__)

SWEEP = 10_000
EVERYTHING = 0  # the store of a scope version, and the name of a generation, that stands for everything
ALL_ALONE = -1  # a change of the figures of all stores together and of no single one
# what a transaction may take from its change to its commit; a mark that was rolled back keeps caches off for as long
MARK_SECONDS = 10

_STALE, _VERSION = StaleScope._meta.db_table, ScopeVersion._meta.db_table

_NOTE = f"INSERT INTO {_STALE} (store_id, created_at) SELECT unnest(%s::bigint[]), now() RETURNING id"
# one statement: whoever compares versions sees the stale scope, or the version after it, but never neither
_SETTLE = f"""
WITH settled AS (
    DELETE FROM {_STALE} WHERE id IN (
        SELECT id FROM {_STALE} WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED
    ) RETURNING store_id
)
INSERT INTO {_VERSION} AS known (store_id, version)
SELECT DISTINCT coalesce(store_id, {EVERYTHING}), 1 FROM settled ORDER BY 1
ON CONFLICT (store_id) DO UPDATE SET version = known.version + 1
"""
# Scripts, because one command and one answer are what Python pays for; marks end by the server's clock. A server that
# is full takes no mark, but deletes.
_MARK_DIRTY = """
local now = tonumber(redis.call('TIME')[1])
for i = 1, #KEYS, 2 do redis.call('DEL', KEYS[i]) end
for i = 2, #KEYS, 2 do
    redis.call('ZADD', KEYS[i], now + ARGV[2], ARGV[1])
    redis.call('EXPIRE', KEYS[i], ARGV[2])
end
"""
_INVALIDATE = """
local now = tonumber(redis.call('TIME')[1])
for i = 1, #KEYS, 2 do
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', KEYS[i + 1], ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', now)
end
"""
# With the version standing still stale scopes only come; with both standing still ledger rows only come.
_GENERATION = f"""
SELECT (SELECT coalesce(sum(version), 0) FROM {_VERSION})
    || '.' || (SELECT count(*) FROM {_STALE}) || '.' || (SELECT count(*) FROM {MetricDelta._meta.db_table})
"""
_GENERATIONS = f"""
SELECT s.id, coalesce(v.version, 0) + (SELECT coalesce(sum(version), 0) FROM {_VERSION} WHERE store_id = {EVERYTHING})
    || '.' || coalesce(o.stale, 0) + (SELECT count(*) FROM {_STALE} WHERE store_id IS NULL)
    || '.' || coalesce(w.waiting, 0)
FROM unnest(%(stores)s::bigint[]) AS s (id)
LEFT JOIN {_VERSION} v ON v.store_id = s.id
LEFT JOIN (
    SELECT store_id, count(*) AS stale FROM {_STALE} WHERE store_id = ANY(%(stores)s) GROUP BY store_id
) AS o ON o.store_id = s.id
LEFT JOIN (
    SELECT store_id, count(*) AS waiting FROM {MetricDelta._meta.db_table} WHERE store_id = ANY(%(stores)s)
    GROUP BY store_id
) AS w ON w.store_id = s.id
"""


def generation_key(run_id: str, store_id: int | None) -> str:
    """Return the Redis key of the generation of a store, of all stores (None) or of everything there is."""
    return f"dealport:generation:{_scope(store_id)}:{run_id}"


def mark_key(run_id: str, store_id: int | None) -> str:
    """Return the Redis key of the changes of such a scope that may be committed and not told yet."""
    return f"dealport:changing:{_scope(store_id)}:{run_id}"


def _scope(store_id: int | None) -> str:
    return "all" if store_id is None else "everything" if store_id == EVERYTHING else f"store:{store_id}"


def generation_of(store_id: int | None) -> str:
    """Return what names the state of the figures of a store (None: all) in the database, in this transaction's view.

    It never comes back once anything has changed: each change adds a ledger row or a stale scope, folding turns the
    one into the other, settling raises a version.
    """
    if store_id is not None:
        return generations_of([store_id])[store_id]
    with connection.cursor() as cursor:
        cursor.execute(_GENERATION)
        return str(cursor.fetchone()[0])


def generations_of(store_ids: Iterable[int]) -> dict[int, str]:
    """Return the same of some stores, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_GENERATIONS, {"stores": list(store_ids)})
        return dict(cursor.fetchall())


def figures_changed(store_ids: Iterable[int | None]) -> None:
    """Note in the caller's transaction that figures of these stores (None: all) change; invalidate them after it.

    What Redis could not be told stays noted; the sweep does it.
    """
    scopes = list(store_ids)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [scopes])
        keys = [key for (key,) in cursor.fetchall()]
    mark = mark_dirty(scopes)
    transaction.on_commit(lambda: settle(keys, mark), robust=True)


def settle(keys: Collection[int], mark: str = "") -> int:
    """Tell Redis about these stale scopes and forget them; return how many there were, 0 if Redis is away."""
    scopes = list(StaleScope.objects.filter(pk__in=keys).values_list("pk", "store_id"))
    if not scopes or not invalidate({store for _, store in scopes}, mark):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [[key for key, _ in scopes]])
    return len(scopes)


def sweep() -> int:
    """Settle what is left of earlier invalidations; return how many (beat job)."""
    return settle(list(StaleScope.objects.order_by("pk").values_list("pk", flat=True)[:SWEEP]))


def mark_dirty(store_ids: Iterable[int | None]) -> str:
    """Mark these stores (None: everything) as changing, in the transaction of the change; return the mark's name.

    `invalidate` takes the mark away. That of a transaction that was rolled back, or of a process that died, expires.
    """
    mark = uuid.uuid4().hex
    try:
        ask(lambda run: [_script(_MARK_DIRTY, run, store_ids, mark, MARK_SECONDS)])
    except RedisError as error:
        logger.warning("the cache could not be told that figures change: %s", error)
    return mark


def invalidate(store_ids: Iterable[int | None], mark: str = "") -> bool:
    """Invalidate cached figures of these stores (None: of all); False if Redis is away.

    The figures of all stores together always go with them. The change's mark goes, and those that are out of date.
    """
    try:
        ask(lambda run: [_script(_INVALIDATE, run, store_ids, mark)])
    except RedisError as error:
        logger.warning("the cache could not be told that figures changed: %s", error)
        return False
    return True


def _script(text: str, run: str, store_ids: Iterable[int | None], *arguments: str | int) -> Command:
    """Return the command that runs a script on the scopes whose figures move with those of these stores."""
    scopes: list[int | None] = [None, *sorted({EVERYTHING if store is None else store for store in store_ids})]
    keys = [key for scope in scopes for key in (generation_key(run, scope), mark_key(run, scope))]
    return ("EVAL", text, len(keys), *keys, *arguments)
