"""Computed figures, kept in Redis while nothing they are made of has changed.

A value is stored with the generation of its scope that was read before it was computed, and is served only while that
is still the generation and no change of the scope is being committed (`dashboard.caching.invalidation`): who computed
before a commit can store what they have, but nobody will take it for current. One reader at a time computes a value;
the others get the one before, marked STALE, or wait. Without Redis everybody computes. Nothing is read or stored inside
an open transaction, which may see its own changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import simplejson
from django.db import connection
from django.utils import timezone
from redis.exceptions import RedisError

from customers.scopes import StoreScope
from dashboard.caching.invalidation import EVERYTHING, generation_key, generation_of, mark_key
from dashboard.caching.redis_link import RELEASE, Command, ask
from dealport.kit.redis import redis_key
from dealport.kit.values import Json

logger = logging.getLogger(__name__)

TTL = timedelta(minutes=5)
GENERATION_SECONDS = 86_400
STALE_FOR = timedelta(minutes=5)
LOCK_MS = 15_000
WAIT_SECONDS = 5.0
POLL_SECONDS = 0.02
MOMENTS = ("asOf", "computedAt", "expiresAt")


class State(StrEnum):
    """Cache status of a value: current in the cache, computed for this answer, or the one before it."""

    HIT = "HIT"
    MISS = "MISS"
    STALE = "STALE"


@dataclass(frozen=True)
class Entry:
    """A computed value as JSON, the moment it is true for, and how long it may be served.

    `etag` is a digest of the value without the moments in it: it stays while the figures do.
    """

    payload: bytes
    etag: str
    as_of: datetime
    computed_at: datetime
    expires_at: datetime
    generation: str = field(default="", compare=False)

    def is_fresh(self, now: datetime) -> bool:
        """Answer whether it may be served at `now`; one from the future, of a clock that was put back, may not."""
        return self.computed_at <= now < self.expires_at


@dataclass(frozen=True)
class Answer:
    """A value and its cache status."""

    state: State
    entry: Entry
    slot: Slot | None = field(default=None, compare=False)

    def data(self) -> Json:
        """Return the value with its `cacheState`; amounts are Decimal."""
        value: dict[str, object] = simplejson.loads(self.entry.payload, use_decimal=True)
        return {**value, "cacheState": str(self.state)}

    def body(self, *, with_state: bool = True) -> bytes:
        """Return `data` as JSON, without parsing it."""
        if not with_state:
            return self.entry.payload
        return self.entry.payload[:-1] + b',"cacheState":"%s"}' % self.state.encode()


def entry_of(
    data: dict[str, object],
    *,
    as_of: datetime,
    computed_at: datetime,
    expires_at: datetime,
    shown: Sequence[str] = MOMENTS,
) -> Entry:
    """Return a computed value as an entry; the moments that are `shown` are added here: they move by themselves."""
    figures = dumps(data)
    moments = dict(zip(MOMENTS, (as_of, computed_at, expires_at), strict=True))
    tail = dumps({name: moments[name].isoformat() for name in shown})
    return Entry(
        payload=figures[:-1] + b"," + tail[1:],
        etag=hashlib.sha256(figures).hexdigest()[:32],
        as_of=as_of,
        computed_at=computed_at,
        expires_at=expires_at,
    )


def dumps(data: object) -> bytes:
    """Return `data` as JSON; a Decimal is a number with exactly its digits."""
    text = simplejson.dumps(data, use_decimal=True, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


Compute = Callable[[], Entry]


def read(
    name: str,
    scope: StoreScope,
    compute: Compute,
    *,
    recall: Callable[[], Entry | None] | None = None,
    refresh: bool = False,
    old_will_do: bool = False,
) -> Answer:
    """Return the value called `name` of a scope, computing it if need be.

    `recall` may know a current value from elsewhere; `refresh` computes in any case. Where `old_will_do` the value
    before is served, marked STALE, and computing left to who refreshes it: for what takes longer than a page may.
    """
    if connection.in_atomic_block:
        return Answer(State.MISS, compute())
    slot = Slot(name, scope.key)
    try:
        seen = slot.look()
        if old_will_do and not refresh and seen.entry is not None and not seen.is_current:
            return Answer(State.STALE, seen.entry)
        return replace(_read_from(slot, seen, compute, recall, refresh), slot=slot)
    except RedisError as error:
        logger.warning("figures are read without the cache: %s", error)
    known = recall() if recall and not refresh else None
    return Answer(State.HIT, known) if known else Answer(State.MISS, compute())


def version_of(scope: StoreScope) -> str:
    """Return what names the state of a scope's figures, without reading any; empty while a change is committed.

    Two versions are equal only if nothing changed between them.
    """
    slot = Slot("version", scope.key)
    try:
        seen = slot.look()
        return (seen if seen.generation else slot.begin()).generation
    except RedisError:
        return generation_of(scope)


def _read_from(
    slot: Slot, seen: Seen, compute: Compute, recall: Callable[[], Entry | None] | None, refresh: bool
) -> Answer:
    """Serve what was seen, wait or compute. Raises RedisError if Redis is away before anything was computed."""
    until = time.monotonic() + WAIT_SECONDS
    while refresh or not seen.is_current:
        seen, has_lock = slot.claim()
        if has_lock or refresh or time.monotonic() >= until:
            return _fill(slot, seen, compute, recall, refresh)
        if not seen.is_current:
            if seen.entry is not None:
                return Answer(State.STALE, seen.entry)
            time.sleep(POLL_SECONDS * (0.5 + random.random()))
            seen = slot.look()
    assert seen.entry is not None
    return Answer(State.HIT, seen.entry)


def _fill(slot: Slot, seen: Seen, compute: Compute, recall: Callable[[], Entry | None] | None, refresh: bool) -> Answer:
    """Compute under the generation that was seen, and store: a change meanwhile makes it nobody's."""
    try:
        if seen.is_current and seen.entry is not None and not refresh:
            return Answer(State.HIT, seen.entry)  # somebody was faster than the lock
        known = recall() if recall and not refresh else None
        entry = replace(known or compute(), generation=seen.generation)
        slot.put(entry)
        return Answer(State.HIT if known else State.MISS, entry)
    finally:
        slot.release()


@dataclass(frozen=True)
class Seen:
    """The generation in force, empty while a change is being committed; and the value stored, whatever it is of."""

    generation: str
    entry: Entry | None
    is_current: bool


class Slot:
    """The place of one value in Redis; `scope` is the key of whose value it is (`StoreScope.key`)."""

    def __init__(self, name: str, scope: str) -> None:
        self.name, self.scope = name, scope
        self.token = uuid.uuid4().hex

    def look(self) -> Seen:
        """Return what is there, in one round trip."""
        return self.seen(*ask(self.looking))

    def claim(self) -> tuple[Seen, bool]:
        """Try to become the one who computes; make generations that are missing; look again."""
        *_, locked, changing, values = ask(self.claiming)
        return self.seen(changing, values), bool(locked)

    def begin(self) -> Seen:
        """Make generations that are missing; look again."""
        *_, changing, values = ask(lambda run: [*self.making(run), *self.looking(run)])
        return self.seen(changing, values)

    def put(self, entry: Entry) -> None:
        """Store a value for as long as it may be served, and then as the one before. Redis may be away."""
        try:
            ask(lambda run: self.putting(run, entry))
        except RedisError as error:
            logger.warning("computed figures could not be cached: %s", error)

    def release(self) -> None:
        """Let others compute; a lock that cannot be given back ends by itself."""
        with contextlib.suppress(RedisError):
            ask(self.releasing)

    def looking(self, run: str) -> list[Command]:
        """Return the commands whose answers `seen` takes."""
        return [self.changing(run), ("MGET", *self.keys(run))]

    def making(self, run: str) -> list[Command]:
        """Return the commands that make generations that are missing."""
        fresh = uuid.uuid4().hex
        return [("SET", key, fresh, "NX", "EX", GENERATION_SECONDS) for key in self.keys(run)[:2]]

    def claiming(self, run: str) -> list[Command]:
        """Return the commands of `claim`; the last three answers are whether it succeeded, and what `seen` takes."""
        return [
            *self.making(run),
            ("SET", self._lock(run), self.token, "NX", "PX", LOCK_MS),
            *self.looking(run),
        ]

    def putting(self, run: str, entry: Entry) -> list[Command]:
        """Return the command that stores a value; none for one that expired long ago."""
        left = entry.expires_at - timezone.now() + STALE_FOR
        if left <= timedelta():
            return []
        return [("SET", self.keys(run)[2], _packed(entry), "PX", int(left.total_seconds() * 1000))]

    def releasing(self, run: str) -> list[Command]:
        """Return the command that lets others compute."""
        return [("EVAL", RELEASE, 1, self._lock(run), self.token)]

    def changing(self, run: str) -> Command:
        """Return the command that says whether a change is being committed; who asks it first misses none."""
        return ("EXISTS", mark_key(run, EVERYTHING), mark_key(run, self.scope))

    def seen(self, changing: int, values: list[bytes | None]) -> Seen:
        """Return what the answer to `changing` and, after it, the values under `keys` say."""
        everything, generation, value = values
        entry = None if value is None else _unpacked(value)
        if changing or everything is None or generation is None:
            return Seen("", entry, is_current=False)
        now = f"{everything.decode()}.{generation.decode()}"
        is_current = entry is not None and entry.generation == now and entry.is_fresh(timezone.now())
        return Seen(now, entry, is_current)

    def keys(self, run: str) -> tuple[str, str, str]:
        """Return the keys of the generations and of the value, as `seen` takes what they hold."""
        return (
            generation_key(run, EVERYTHING),
            generation_key(run, self.scope),
            redis_key("dashboard", self.name, run),
        )

    def _lock(self, run: str) -> str:
        return redis_key("dashboard-lock", self.name, run)


def _packed(entry: Entry) -> bytes:
    moments = (entry.as_of, entry.computed_at, entry.expires_at)
    head = "|".join([entry.generation, entry.etag, *(moment.isoformat() for moment in moments)])
    return head.encode() + b"\n" + entry.payload


def _unpacked(value: bytes) -> Entry:
    head, payload = value.split(b"\n", 1)
    generation, etag, *moments = head.decode().split("|")
    as_of, computed_at, expires_at = (datetime.fromisoformat(moment) for moment in moments)
    return Entry(payload, etag, as_of, computed_at, expires_at, generation)


def expiry(now: datetime, ttl: timedelta, *midnights: datetime) -> datetime:
    """Return when a value computed at `now` expires: after `ttl`, or when a day it speaks of ends."""
    return min([now + ttl, *(moment.astimezone(UTC) for moment in midnights if moment > now)])
