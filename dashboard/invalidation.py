"""Telling caches that figures have changed: at once where possible, and until it is done in any case.

A scope is a store or all of them. Redis holds a generation for each, a value that nobody can guess; a cached figure
is served while the generation is the one it was computed under. Invalidating deletes the generation, which also works
on a server that is full; the next reader makes a new one that no earlier value can match.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from django.db import connection, transaction
from redis.exceptions import RedisError

from dashboard.models import MetricDelta, ScopeVersion, StaleScope
from dashboard.redis_link import ask

logger = logging.getLogger(__name__)

SWEEP = 10_000
EVERYTHING = 0  # the store of a scope version, and the name of a generation, that stands for everything
ALL_ALONE = -1  # a change of the figures of all stores together and of no single one

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
# With the version standing still stale scopes only come; with both standing still ledger rows only come.
_ANY = "%(store)s::bigint IS NULL"
_GENERATION = f"""
SELECT (SELECT coalesce(sum(version), 0) FROM {_VERSION} WHERE {_ANY} OR store_id IN ({EVERYTHING}, %(store)s))
    || '.' || (SELECT count(*) FROM {_STALE} WHERE {_ANY} OR store_id IS NULL OR store_id = %(store)s)
    || '.' || (SELECT count(*) FROM {MetricDelta._meta.db_table} WHERE {_ANY} OR store_id = %(store)s)
"""


def generation_key(run_id: str, store_id: int | None) -> str:
    """Return the Redis key of the generation of a store, of all stores (None) or of everything there is."""
    scope = "all" if store_id is None else "everything" if store_id == EVERYTHING else f"store:{store_id}"
    return f"dealport:generation:{scope}:{run_id}"


def generation_of(store_id: int | None) -> str:
    """Return what names the state of the figures of a store (None: all) in the database, in this transaction's view.

    It never comes back once anything has changed: each change adds a ledger row or a stale scope, folding turns the
    one into the other, settling raises a version.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GENERATION, {"store": store_id})
        return str(cursor.fetchone()[0])


def figures_changed(store_ids: Iterable[int | None]) -> None:
    """Note in the caller's transaction that figures of these stores (None: everything) change, and tell after it.

    What could not be told stays noted; the sweep tells it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [list(store_ids)])
        keys = [key for (key,) in cursor.fetchall()]
    transaction.on_commit(lambda: settle(keys), robust=True)


def settle(keys: Collection[int]) -> int:
    """Tell Redis about these stale scopes and forget them; return how many there were, 0 if Redis is away."""
    scopes = list(StaleScope.objects.filter(pk__in=keys).values_list("pk", "store_id"))
    if not scopes or not tell({store for _, store in scopes}):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [[key for key, _ in scopes]])
    return len(scopes)


def sweep() -> int:
    """Settle what is left of earlier invalidations; return how many (beat job)."""
    return settle(list(StaleScope.objects.order_by("pk").values_list("pk", flat=True)[:SWEEP]))


def tell(store_ids: Iterable[int | None]) -> bool:
    """Let nobody use what was computed so far for these stores (None: for anything); False if Redis is away.

    The figures of all stores together always go with them.
    """
    scopes = {EVERYTHING if store is None else store for store in store_ids}
    try:
        ask(lambda run: [("DEL", generation_key(run, None), *(generation_key(run, scope) for scope in scopes))])
    except RedisError as error:
        logger.warning("the cache could not be told that figures changed: %s", error)
        return False
    return True
