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
from collections.abc import Collection, Iterable, Sequence

from django.db import connection, transaction
from redis.exceptions import RedisError

from customers.scopes import ALL_STORES, StoreScope, key_of
from dashboard.caching.redis_link import Command, ask
from dashboard.models import MetricDelta, ScopeVersion, StaleScope
from dealport.kit.redis import redis_key

logger = logging.getLogger(__name__)

SWEEP = 10_000
EVERYTHING = "everything"  # names the generation that stands for every store and all of them together
# in the tables of stale scopes and versions, where a store's id stands: a change of the figures of all stores together
# and of no single one; and a version that stands for everything (a stale scope that does has null)
_ALL_ALONE, _VERSION_OF_EVERYTHING = -1, 0
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
SELECT DISTINCT coalesce(store_id, {_VERSION_OF_EVERYTHING}), 1 FROM settled ORDER BY 1
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
SELECT s.id, coalesce(v.version, 0)
    + (SELECT coalesce(sum(version), 0) FROM {_VERSION} WHERE store_id = {_VERSION_OF_EVERYTHING})
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


def generation_key(run_id: str, scope: str) -> str:
    """Return the Redis key of the generation of a scope (`StoreScope.key`) or of EVERYTHING."""
    return redis_key("generation", scope, run_id)


def mark_key(run_id: str, scope: str) -> str:
    """Return the Redis key of the changes of such a scope that may be committed while caches do not know yet."""
    return redis_key("changing", scope, run_id)


def generation_of(scope: StoreScope) -> str:
    """Return what names the state of the figures of a scope in the database, in this transaction's view.

    It never comes back once anything has changed: each change adds a ledger row or a stale scope, folding turns the
    one into the other, settling raises a version.
    """
    if scope.store is not None:
        return generations_of([scope.store.pk])[scope.store.pk]
    with connection.cursor() as cursor:
        cursor.execute(_GENERATION)
        return str(cursor.fetchone()[0])


def generations_of(store_ids: Iterable[int]) -> dict[int, str]:
    """Return the same of some stores, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_GENERATIONS, {"stores": list(store_ids)})
        return dict(cursor.fetchall())


def figures_changed(store_ids: Iterable[int]) -> None:
    """Note in the caller's transaction that figures of these stores change; invalidate them after it.

    The figures of all stores together always change with them; without any store they change alone. What Redis could
    not be told stays noted; the sweep does it.
    """
    _note([*store_ids] or [_ALL_ALONE])


def all_figures_changed() -> None:
    """Do the same for every store and for all of them together."""
    _note([None])


def _note(rows: Sequence[int | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [list(rows)])
        keys = [key for (key,) in cursor.fetchall()]
    mark = _mark(rows)
    transaction.on_commit(lambda: settle(keys, mark), robust=True)


def settle(keys: Collection[int], mark: str = "") -> int:
    """Invalidate these stale scopes in Redis and delete their rows; return how many, 0 if Redis is down."""
    scopes = list(StaleScope.objects.filter(pk__in=keys).values_list("pk", "store_id"))
    if not scopes or not _invalidate({store for _, store in scopes}, mark):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [[key for key, _ in scopes]])
    return len(scopes)


def sweep() -> int:
    """Settle what is left of earlier invalidations; return how many (beat job)."""
    return settle(list(StaleScope.objects.order_by("pk").values_list("pk", flat=True)[:SWEEP]))


def mark_dirty(store_ids: Iterable[int]) -> str:
    """Mark these stores as changing, in the transaction of the change; return the mark's name.

    `invalidate` takes the mark away. That of a transaction that was rolled back, or of a process that died, expires.
    """
    return _mark(store_ids)


def _mark(rows: Iterable[int | None]) -> str:
    mark = uuid.uuid4().hex
    try:
        ask(lambda run: [_script(_MARK_DIRTY, run, rows, mark, MARK_SECONDS)])
    except RedisError as error:
        logger.warning("the cache could not be told that figures change: %s", error)
    return mark


def invalidate(store_ids: Iterable[int], mark: str = "") -> bool:
    """Invalidate cached figures of these stores; False if Redis is away.

    The figures of all stores together always go with them. The change's mark goes, and those that are out of date.
    """
    return _invalidate(store_ids, mark)


def _invalidate(rows: Iterable[int | None], mark: str) -> bool:
    try:
        ask(lambda run: [_script(_INVALIDATE, run, rows, mark)])
    except RedisError as error:
        logger.warning("the cache could not be told that figures changed: %s", error)
        return False
    return True


def _script(text: str, run: str, rows: Iterable[int | None], *arguments: str | int) -> Command:
    """Return the command that runs a script on the scopes that stale rows stand for, and on all stores together."""
    named = {EVERYTHING if store_id is None else key_of(store_id) for store_id in rows if store_id != _ALL_ALONE}
    scopes = [ALL_STORES.key, *sorted(named)]
    keys = [key for scope in scopes for key in (generation_key(run, scope), mark_key(run, scope))]
    return ("EVAL", text, len(keys), *keys, *arguments)
