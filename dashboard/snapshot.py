"""The admin snapshot: computed ahead, kept in Redis and in `admin_dashboard_cache`, never stale by accident.

Redis answers first, then the table, then the figures themselves. A row is used while the state of the database is the
one it was computed in, so it outlives a Redis that lost everything; see `dashboard.invalidation.generation_of`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers.errors import invalid
from customers.models import Store
from dashboard import cache, figures
from dashboard.invalidation import figures_changed, generation_of
from dashboard.models import DashboardCache
from dashboard.periods import MAX_DAYS, day_start
from dashboard.serializers import snapshot_data

DAYS_BACK = 30

Tenant = Store | int | str | None
"""A store, its id or its slug; None for all stores."""

# of two that computed at the same time the later one's row stays
_SAVE = f"""
INSERT INTO {DashboardCache._meta.db_table} AS known
    (store_id, from_day, payload, etag, generation, as_of, computed_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (store_id, from_day) DO UPDATE SET payload = excluded.payload, etag = excluded.etag,
    generation = excluded.generation, as_of = excluded.as_of, computed_at = excluded.computed_at,
    expires_at = excluded.expires_at
WHERE known.as_of <= excluded.as_of
"""


def get_dashboard_metrics(tenant: Tenant = None, from_day: date | None = None, refresh: bool = False) -> dict[str, Any]:
    """Return the snapshot as `GET /api/v1/dashboard/metrics` has it; amounts are Decimal.

    Raises Store.DoesNotExist for an unknown tenant, ValidationError for a `from_day` that is out of range.
    """
    return read_snapshot(find_store(tenant), from_day, refresh=refresh).data()


def refresh_dashboard_metrics_cache(
    tenant: Tenant = None, from_day: date | None = None, ttl: timedelta = cache.TTL
) -> dict[str, Any]:
    """Compute the snapshot now, keep it for `ttl` in Redis and the table, and return it. Raises as above."""
    return read_snapshot(find_store(tenant), from_day, refresh=True, ttl=ttl).data()


def invalidate_dashboard_metrics_cache(tenant: Tenant = None) -> None:
    """Let nobody use what was computed so far for a store and for all together; without a tenant, for anything.

    Takes effect with the caller's transaction. Raises Store.DoesNotExist.
    """
    store = find_store(tenant)
    with transaction.atomic():
        if store is None:
            DashboardCache.objects.all().delete()
        else:
            DashboardCache.objects.filter(store=None).delete()
            DashboardCache.objects.filter(store=store).delete()
        figures_changed([store.pk if store else None])


def find_store(tenant: Tenant) -> Store | None:
    """Return the store meant, None for all. Raises Store.DoesNotExist."""
    if tenant is None or isinstance(tenant, Store):
        return tenant
    if isinstance(tenant, int) or tenant.isdigit():
        return Store.objects.get(pk=int(tenant))
    return Store.objects.get(slug=tenant)


def read_snapshot(
    store: Store | None, from_day: date | None, *, refresh: bool = False, ttl: timedelta = cache.TTL
) -> cache.Answer:
    """Return the snapshot of a store or of all, from the cache where it is current. Raises ValidationError."""
    scope = "all" if store is None else f"store:{store.pk}"
    if from_day is not None:
        check_first_day(from_day, _latest_today(store, timezone.now()) if store else None)
    return cache.read(
        f"metrics:{scope}:from={from_day or ''}",
        store,
        partial(_compute, store, from_day, ttl),
        recall=partial(_recall, store, from_day),
        refresh=refresh,
    )


def check_first_day(day: date, today: date | None) -> None:
    """Raise ValidationError naming `from` for a day that has not begun anywhere, or is too long ago."""
    today = today or (timezone.now() + timedelta(hours=14)).date()
    if not today - timedelta(days=MAX_DAYS - 1) <= day <= today:
        raise invalid("from", f"must be a day that has begun, at most {MAX_DAYS - 1} days ago")


def _compute(store: Store | None, from_day: date | None, ttl: timedelta) -> cache.Entry:
    """Read the figures, and save them as the scope's row."""
    now = timezone.now()
    with figures.snapshot() as as_of:
        zones = figures.time_zones(store)
        last = max(now.astimezone(zone).date() for zone in zones)
        first = from_day or last - timedelta(days=DAYS_BACK)
        found = figures.company_snapshot(store, min(first, last), last, zones)
        generation = generation_of(store.pk if store else None)
    midnights = (day_start(now.astimezone(zone).date() + timedelta(days=1), zone) for zone in zones)
    entry = cache.entry_of(
        snapshot_data(found), as_of=as_of, computed_at=now, expires_at=cache.expiry(now, ttl, *midnights)
    )
    _save(store, from_day, entry, generation)
    return entry


def _latest_today(store: Store, now: datetime) -> date:
    return now.astimezone(store.zone).date()


def _save(store: Store | None, from_day: date | None, entry: cache.Entry, generation: str) -> None:
    if connection.in_atomic_block:
        return  # what it was computed from may never be committed
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE,
            [
                store.pk if store else None, from_day, entry.payload.decode(), entry.etag, generation,
                entry.as_of, entry.computed_at, entry.expires_at,
            ],
        )  # fmt: skip


def _recall(store: Store | None, from_day: date | None) -> cache.Entry | None:
    """Return what the scope's row holds if it is still true; delete it if it has expired."""
    row = DashboardCache.objects.filter(store=store, from_day=from_day).first()
    if row is None:
        return None
    entry = cache.Entry(row.payload.encode(), row.etag, row.as_of, row.computed_at, row.expires_at)
    now = timezone.now()
    if row.expires_at <= now:
        DashboardCache.objects.filter(pk=row.pk, expires_at__lte=now).delete()
        return None
    return entry if entry.is_fresh(now) and row.generation == generation_of(store.pk if store else None) else None


def prune_snapshots() -> int:
    """Delete expired rows; return how many (beat job)."""
    return DashboardCache.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def scopes_to_refresh() -> Iterable[Store | None]:
    """Return all stores together, then every store that has customers."""
    return [None, *Store.objects.filter(customers__isnull=False).distinct().order_by("pk")]
