"""What Home compares, from the cache: true for the minute that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from django.utils import timezone

from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.caching import cache
from dashboard.figures.so_far import so_far
from dealport.kit.values import Json


def home_figures(stores: Sequence[Store], *, is_everything: bool) -> Json:
    """Return `so_far` of one store, of all there are, or of some (not cached), and the minute it is true for."""

    def compute() -> cache.Entry:
        now = timezone.now()
        with figures.consistent_read() as as_of:
            found = so_far(list(Store.objects.order_by("pk")) if is_everything else stores, now)
        minute = now.replace(second=0, microsecond=0)
        data: dict[str, object] = {name: [asdict(each) for each in line] for name, line in found.items()}
        data["until"] = minute.isoformat()
        expires = cache.expiry(now, cache.TTL, minute + timedelta(minutes=1))
        return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=expires)

    if is_everything:
        return cache.read("home:all", ALL_STORES, compute).data()
    if len(stores) == 1:
        return cache.read(f"home:store:{stores[0].pk}", StoreScope(stores[0]), compute).data()
    return cache.Answer(cache.State.MISS, compute()).data()
