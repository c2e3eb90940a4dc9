"""The admin snapshot: computed ahead, kept in Redis and in `admin_dashboard_cache`, never stale by accident.

Redis answers first, then the table, then the figures themselves. A row is used while the state of the database is the
one it was computed in, so it outlives a Redis that lost everything; see `dashboard.caching.invalidation.generation_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.answers.payloads import snapshot_data
from dashboard.caching import cache
from dashboard.caching.cache_many import read_many
from dashboard.caching.invalidation import all_figures_changed, figures_changed, generation_of, generations_of
from dashboard.figures.before import Comparison, comparison_of, quantities_before
from dashboard.figures.comparisons import NONE
from dashboard.figures.periods import MAX_DAYS
from dashboard.models import DashboardCache
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.local_days import day_start
from dealport.kit.values import Json

DAYS_BACK = 29
"""How many days before today the last 30 days begin, wherever these words stand: today is one of them."""

Tenant = Store | int | str | None
"""A store, its id or its slug; None for all stores."""

# of two that computed at the same time the later one's row stays
_SAVE = f"""
INSERT INTO {DashboardCache._meta.db_table} AS known
    (store_id, from_day, payload, etag, generation, as_of, computed_at, expires_at)
SELECT unnest(%s::bigint[]), %s, unnest(%s::text[]), unnest(%s::text[]), unnest(%s::text[]), unnest(%s::timestamptz[]),
    unnest(%s::timestamptz[]), unnest(%s::timestamptz[])
ON CONFLICT (store_id, from_day) DO UPDATE SET payload = excluded.payload, etag = excluded.etag,
    generation = excluded.generation, as_of = excluded.as_of, computed_at = excluded.computed_at,
    expires_at = excluded.expires_at
WHERE known.as_of <= excluded.as_of
"""


def get_dashboard_metrics(
    tenant: Tenant = None, from_day: date | None = None, refresh: bool = False
) -> dict[str, object]:
    """Return the snapshot as `GET /api/v1/dashboard/metrics` has it; amounts are Decimal.

    Raises Store.DoesNotExist for an unknown tenant, ValidationError for a `from_day` that is out of range.
    """
    return read_snapshot(find_scope(tenant), from_day, refresh=refresh).data()


def refresh_dashboard_metrics_cache(
    tenant: Tenant = None, from_day: date | None = None, ttl: timedelta = cache.TTL
) -> dict[str, object]:
    """Compute the snapshot now, keep it for `ttl` in Redis and the table, and return it. Raises as above."""
    return read_snapshot(find_scope(tenant), from_day, refresh=True, ttl=ttl).data()


def invalidate_dashboard_metrics_cache(tenant: Tenant = None) -> None:
    """Invalidate the snapshots of a store and of all together; without a tenant, of every store.

    Takes effect with the caller's transaction. Raises Store.DoesNotExist.
    """
    scope = find_scope(tenant)
    with transaction.atomic():
        if scope.store is None:
            DashboardCache.objects.all().delete()
            all_figures_changed()
        else:
            DashboardCache.objects.filter(store=None).delete()
            DashboardCache.objects.filter(store=scope.store).delete()
            figures_changed([scope.store.pk])


def find_scope(tenant: Tenant) -> StoreScope:
    """Return whose snapshot is meant. Raises Store.DoesNotExist."""
    if tenant is None or isinstance(tenant, Store):
        return StoreScope(tenant)
    found = find_stores([str(tenant)])
    if not found:
        raise Store.DoesNotExist(f"no store {tenant}")
    return StoreScope(found[str(tenant)])


def find_stores(keys: Sequence[str]) -> dict[str, Store]:
    """Return the stores with these ids or slugs, by the key that named them; missing ones are left out."""
    ids = {key: int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19}
    by_id = Store.objects.in_bulk(ids.values())
    by_slug = Store.objects.in_bulk({*keys} - {*ids}, field_name="slug")
    found = {key: by_id.get(ids[key]) if key in ids else by_slug.get(key) for key in keys}
    return {key: store for key, store in found.items() if store}


def read_snapshot(
    scope: StoreScope,
    from_day: date | None,
    compare: str = NONE,
    *,
    refresh: bool = False,
    ttl: timedelta = cache.TTL,
) -> cache.Answer:
    """Return the snapshot of a scope, from the cache where it is current. Raises ValidationError.

    Compared ones are true for the minute that runs, and in Redis alone.
    """
    if from_day is not None:
        check_first_day(from_day, _today(scope.store, timezone.now()) if scope.store else None)
    return cache.read(
        _name(scope, from_day, compare),
        scope,
        partial(_compute, scope, from_day, ttl, compare),
        recall=partial(_recall, scope, from_day) if compare == NONE else None,
        refresh=refresh,
    )


def read_snapshots(
    stores: Sequence[Store],
    from_day: date | None = None,
    compare: str = NONE,
    *,
    refresh: bool = False,
    ttl: timedelta = cache.TTL,
) -> dict[int, cache.Answer]:
    """Return the snapshot of each store by its id, as above: a fixed number of statements and round trips."""
    by_id = {store.pk: store for store in stores}
    if from_day is not None:
        for store in stores:
            check_first_day(from_day, _today(store, timezone.now()))

    def compute(store_ids: Collection[int]) -> Mapping[int, cache.Entry]:
        return _compute_stores([by_id[key] for key in store_ids], from_day, ttl, compare)

    names = {store.pk: _name(StoreScope(store), from_day, compare) for store in stores}
    if compare != NONE:
        return read_many(names, compute, refresh=refresh)
    return read_many(names, compute, recall=partial(_recall_stores, from_day=from_day), refresh=refresh)


def _name(scope: StoreScope, from_day: date | None, compare: str) -> str:
    return f"metrics:{scope.key}:from={from_day or ''}" + ("" if compare == NONE else f":{compare}")


def check_first_day(day: date, today: date | None) -> None:
    """Raise ValidationError naming `from` for a day that has not begun anywhere, or is too long ago."""
    today = today or (timezone.now() + timedelta(hours=14)).date()
    if not today - timedelta(days=MAX_DAYS - 1) <= day <= today:
        raise invalid(
            "from", gettext("Enter a day that has begun, at most {limit} days ago.").format(limit=MAX_DAYS - 1)
        )


def _compute(scope: StoreScope, from_day: date | None, ttl: timedelta, compare: str = NONE) -> cache.Entry:
    """Read the figures, and save them as the scope's row where they are compared with nothing."""
    if scope.store:
        return _compute_stores([scope.store], from_day, ttl, compare)[scope.store.pk]
    now = timezone.now()
    with figures.consistent_read() as as_of:
        zones = scope.zones()
        days = company_days(now, zones, from_day)
        found = figures.scope_snapshot(scope, days, zones)
        generation = generation_of(ALL_STORES)
        stores = Store.objects.order_by("pk") if compare != NONE else ()
        comparison = comparison_of([figures.Window(store, days) for store in stores], compare, now)
        before = quantities_before(comparison) if comparison else {}
    entry = _entry(snapshot_data(found, comparison, before), as_of, now, ttl, comparison, *zones)
    if compare == NONE:
        _save({None: entry}, from_day, {None: generation})
    return entry


def company_days(now: datetime, zones: Sequence[ZoneInfo], from_day: date | None = None) -> DayRange:
    """Return the days of the snapshot of all stores: until today where it is latest."""
    last = max(now.astimezone(zone).date() for zone in zones)
    return _days_until(last, from_day)


def _compute_stores(
    stores: Sequence[Store], from_day: date | None, ttl: timedelta, compare: str
) -> dict[int, cache.Entry]:
    """Read the figures of each store, all in one pass, and save them as their rows if compared with nothing."""
    now = timezone.now()
    windows = [_window(store, from_day, now) for store in stores]
    comparison = comparison_of(windows, compare, now)
    with figures.consistent_read() as as_of:
        found = figures.store_snapshots(windows)
        before = quantities_before(comparison) if comparison else {}
        generations = generations_of([store.pk for store in stores])
    entries = {}
    for store, snapshot in zip(stores, found, strict=True):
        own = comparison.of(store) if comparison else None
        data = snapshot_data(snapshot, own, {store: before[store]} if own else {})
        entries[store.pk] = _entry(data, as_of, now, ttl, own, store.zone)
    if comparison is None:
        _save(entries, from_day, generations)
    return entries


def _window(store: Store, from_day: date | None, now: datetime) -> figures.Window:
    return figures.Window(store, _days_until(_today(store, now), from_day))


def _days_until(last: date, from_day: date | None) -> DayRange:
    return DayRange(min(from_day or last - timedelta(days=DAYS_BACK), last), last)


def _today(store: Store, now: datetime) -> date:
    return now.astimezone(store.zone).date()


def _entry(
    data: Json, as_of: datetime, now: datetime, ttl: timedelta, comparison: Comparison | None, *zones: ZoneInfo
) -> cache.Entry:
    midnights = (day_start(now.astimezone(zone).date() + timedelta(days=1), zone) for zone in zones)
    ends = comparison.ends(now) if comparison else []
    return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=cache.expiry(now, ttl, *midnights, *ends))


def _save(entries: Mapping[Any, cache.Entry], from_day: date | None, generations: Mapping[Any, str]) -> None:
    """Save computed values as the rows of their stores (None: all), in the order of the stores."""
    if connection.in_atomic_block:
        return  # what it was computed from may never be committed
    ordered = sorted(entries.items(), key=lambda item: item[0] or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE,
            [
                [store for store, _ in ordered],
                from_day,
                [entry.payload.decode() for _, entry in ordered],
                [entry.etag for _, entry in ordered],
                [generations[store] for store, _ in ordered],
                [entry.as_of for _, entry in ordered],
                [entry.computed_at for _, entry in ordered],
                [entry.expires_at for _, entry in ordered],
            ],
        )


def _recall(scope: StoreScope, from_day: date | None) -> cache.Entry | None:
    """Return what the scope's row holds if it is still true; delete it if it has expired."""
    if scope.store:
        return _recall_stores([scope.store.pk], from_day=from_day).get(scope.store.pk)
    rows = DashboardCache.objects.filter(store=None, from_day=from_day)
    return _current(rows, lambda found: {None: generation_of(ALL_STORES)}).get(None)


def _recall_stores(store_ids: Collection[int], *, from_day: date | None) -> dict[int, cache.Entry]:
    """Return the same of each of these stores that has a true row."""
    rows = DashboardCache.objects.filter(store__in=store_ids, from_day=from_day)
    return _current(rows, generations_of)


def _current(rows: Iterable[DashboardCache], states: Callable[[list[Any]], dict[Any, str]]) -> dict[Any, cache.Entry]:
    """Return the rows that hold what is true now, by store; delete those that have expired."""
    now = timezone.now()
    found = {row.store_id: row for row in rows}
    expired = [row.pk for row in found.values() if row.expires_at <= now]
    if expired:
        DashboardCache.objects.filter(pk__in=expired, expires_at__lte=now).delete()
    entries = {
        store: cache.Entry(row.payload.encode(), row.etag, row.as_of, row.computed_at, row.expires_at)
        for store, row in found.items()
    }
    fresh = {store: entry for store, entry in entries.items() if entry.is_fresh(now)}
    generations = states(list(fresh)) if fresh else {}
    return {store: entry for store, entry in fresh.items() if found[store].generation == generations[store]}


def prune_snapshots() -> int:
    """Delete expired rows; return how many (beat job)."""
    return DashboardCache.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def scopes_to_refresh() -> list[StoreScope]:
    """Return all stores together, then every store that has customers."""
    stores = Store.objects.filter(customers__isnull=False).distinct().order_by("pk")
    return [ALL_STORES, *map(StoreScope, stores)]
