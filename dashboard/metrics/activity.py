"""Who is active and how many pages they look at, counted in Redis and written to the database by a beat job.

A request costs an addition in memory; a second later the process sends what it counted to Redis in one go. Whatever
is there is written twice a minute. A Redis that loses its memory loses what was counted since; one that is away counts
nothing. Counts carry the server's run id: an old copy of them is not written again.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import LazyObject, empty
from redis.exceptions import RedisError, ResponseError
from rest_framework.request import Request

from customers.models import Store, User
from customers.scopes import StoreScope
from dashboard.caching.invalidation import figures_changed
from dashboard.caching.redis_link import ask
from dashboard.models import ActivityBatch, DailyActivity, MinuteActivity
from dealport.kit.local_days import local_day
from dealport.kit.redis import redis_key

PUSH_SECONDS = 1.0
KEPT_SECONDS = 7 * 86_400
KEPT_DAYS = 7
FLUSH_LOCK = 0x61637476  # "actv": the transaction-level advisory lock of who writes the counts
SKIPPED = ("/static/", "/media/", "/health", "/metrics", "/live/")
BATCH = b"batch"

_DAYS, _MINUTES = DailyActivity._meta.db_table, MinuteActivity._meta.db_table
_ADD = """
INSERT INTO {table} AS known (store_id, {moment}, user_id, page_views)
SELECT * FROM unnest(%s::bigint[], %s::{type}[], %s::bigint[], %s::integer[])
ON CONFLICT (store_id, {moment}, user_id) DO UPDATE SET page_views = known.page_views + excluded.page_views
"""
_ADD_DAYS = _ADD.format(table=_DAYS, moment="day", type="date")
_ADD_MINUTES = _ADD.format(table=_MINUTES, moment="minute", type="timestamptz")

Counts = Mapping[tuple[int | None, Any, int], int]
"""Page views by store (None: all), day or minute, and account."""


class ActivityMiddleware:
    """Counts the requests of accounts that were let in: every one as activity, a page that was looked at as a view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 and not request.path.startswith(SKIPPED):
            user = _known_user(request)
            if user is not None:
                is_view = request.method == "GET" and "HX-Request" not in request.headers
                BUFFER.add(user.pk, _store_key(request), int(is_view))
        return response


def seen(request: Request, scope: StoreScope) -> None:
    """Say which store a request is about, where neither its path nor its parameters do."""
    request._request.activity_store = scope.store and str(scope.store.pk)  # type: ignore[attr-defined]


def _known_user(request: HttpRequest) -> User | None:
    """Return the account if something read it already: an anonymous request costs no query."""
    user: object = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user._wrapped is empty:  # type: ignore[attr-defined]
        return None
    return user if isinstance(user, User) and user.is_authenticated else None


def _store_key(request: HttpRequest) -> str:
    """Return the id or slug of the store that the request is about, empty for none."""
    if hasattr(request, "activity_store"):
        return request.activity_store or ""
    match = request.resolver_match
    named = match.kwargs.get("slug") if match else None
    return str(named or request.GET.get("store") or "")[:60]


class Buffer:
    """What this process counted and has not sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._is_due = False

    def add(self, user_id: int, store_key: str, views: int) -> None:
        """Count one request in the minute that runs."""
        minute = int(timezone.now().timestamp()) // 60
        with self._lock:
            self._counts[f"{minute}|{user_id}|{store_key}"] += views
            if self._is_due:
                return
            self._is_due = True
        timer = threading.Timer(PUSH_SECONDS, self.push)
        timer.daemon = True
        timer.start()

    def push(self) -> None:
        """Send what was counted to Redis; without Redis it is forgotten."""
        with self._lock:
            counts, self._counts, self._is_due = self._counts, Counter(), False
        if not counts:
            return
        with contextlib.suppress(RedisError):
            ask(
                lambda run: [
                    *(("HINCRBY", _counts_key(run), field, views) for field, views in counts.items()),
                    ("EXPIRE", _counts_key(run), KEPT_SECONDS),
                ]
            )


BUFFER = Buffer()
atexit.register(BUFFER.push)


def _counts_key(run_id: str) -> str:
    return redis_key("activity", "counts", run_id)


def _taken_key(run_id: str) -> str:
    return redis_key("activity", "taken", run_id)


def flush() -> int:
    """Write what Redis counted to the tables, once whatever happens; return the number of counts (beat job)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FLUSH_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            taken = _take()
        except RedisError:
            return 0
        key = uuid.UUID(bytes=taken.pop(BATCH)) if taken else None
        if key is None:
            return 0
        if not ActivityBatch.objects.filter(key=key).exists():
            _write(taken)
            ActivityBatch.objects.create(key=key)
    with contextlib.suppress(RedisError):  # else the next flush finds a batch that is written
        ask(lambda run: [("DEL", _taken_key(run))])
    return len(taken)


def _take() -> dict[bytes, bytes]:
    """Set the counts aside under a name of their own, unless some are set aside already; return them."""
    if not ask(lambda run: [("EXISTS", _taken_key(run))])[0]:
        try:
            ask(lambda run: [("RENAME", _counts_key(run), _taken_key(run))])
        except ResponseError:
            return {}  # nothing was counted
    batch = uuid.uuid4().bytes
    _, fields = ask(lambda run: [("HSETNX", _taken_key(run), BATCH, batch), ("HGETALL", _taken_key(run))])
    if isinstance(fields, dict):
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _write(fields: Mapping[bytes, bytes]) -> None:
    """Add counts to the days and minutes of their stores and of all stores, and invalidate what shows them."""
    counts = [(field.decode().split("|", 2), int(views)) for field, views in fields.items()]
    stores = _stores({key for (_, _, key), _ in counts})
    days: Counter[tuple[int | None, date, int]] = Counter()
    minutes: Counter[tuple[int | None, datetime, int]] = Counter()
    for (minute, user, key), views in counts:
        moment, store = datetime.fromtimestamp(int(minute) * 60, UTC), stores.get(key)
        day = local_day(moment, store.zone) if store else moment.date()
        for store_id in {None, store.pk if store else None}:
            days[store_id, day, int(user)] += views
            minutes[store_id, moment, int(user)] += views
    _add(_ADD_DAYS, days)
    _add(_ADD_MINUTES, minutes)
    figures_changed({store.pk for store in stores.values()})


def _add(sql: str, counts: Counts) -> None:
    ordered = sorted(counts.items(), key=lambda item: (item[0][0] or 0, *item[0][1:]))
    columns = [list(column) for column in zip(*(key for key, _ in ordered), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns, [views for _, views in ordered]])


def _stores(keys: Iterable[str]) -> dict[str, Store]:
    """Return the stores by the key they were named with; a number is an id."""
    ids = {int(key): key for key in keys if key.isascii() and key.isdigit() and len(key) < 19}
    slugs = [key for key in keys if key and "\0" not in key]
    named = {store.slug: store for store in Store.objects.filter(slug__in=slugs)}
    return named | {ids[store.pk]: store for store in Store.objects.filter(pk__in=ids)}


def prune_activity() -> int:
    """Delete minutes and batches older than a week; return how many."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    batches = ActivityBatch.objects.filter(written_at__lt=old).delete()[0]
    return batches + MinuteActivity.objects.filter(minute__lt=old).delete()[0]
