"""Time series as they are asked for and read: one way for the endpoints and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from customers.access import Viewer, store_or_404
from customers.models import Store
from dashboard import figures
from dashboard.answers.snapshot import DAYS_BACK
from dashboard.api.inputs import check_range, parse_basis, parse_days, single_values
from dashboard.caching import cache
from dealport.kit.errors import invalid
from dealport.kit.local_days import day_start
from reports.timeseries.data import overview_data, requests_data, revenue_data
from reports.timeseries.timeline import Timeline

COMMON = ("store", "from", "to", "granularity")


@dataclass(frozen=True)
class Asked:
    """What a time series is asked with."""

    store: Store | None
    first: date
    last: date
    granularity: str
    basis: str
    compare: str | None
    now: datetime

    def timeline(self) -> Timeline:
        """Return the same with its buckets. A day is over once it is over in every zone."""
        today = min(todays(self.store, self.now))
        return Timeline(self.store, self.first, self.last, self.granularity, today, self.basis, self.compare)


def ask(user: Viewer, query: QueryDict, *more: str) -> Asked:
    """Read the parameters COMMON and `more` (basis, compare); `to` defaults to today, `from` to 30 days before it.

    Raises ValidationError naming a parameter, Http404 for a store that is not there.
    """
    params = single_values(query, *COMMON, *more)
    store = store_or_404(user, params["store"]) if "store" in params else None
    granularity = _one_of(params, "granularity", figures.GRANULARITIES, "daily")
    assert granularity is not None
    now = timezone.now()
    given = parse_days(params, "from", "to")
    last = given.get("to", max(todays(store, now)))
    first = given.get("from", last - timedelta(days=DAYS_BACK))
    if first > last and "to" not in given:
        raise invalid("from", "must not be after today where to is left out")
    check_range(first, last)
    compare = _one_of(params, "compare", figures.COMPARISONS, None)
    return Asked(store, first, last, granularity, parse_basis(params), compare, now)


def read_overview(asked: Asked) -> cache.Answer:
    """Return every count and the sales by bucket."""
    return _cached("overview", asked, partial(overview_data, asked.timeline()))


def read_requests(asked: Asked) -> cache.Answer:
    """Return orders, page views and active accounts by bucket."""
    return _cached("requests", asked, partial(requests_data, asked.timeline()))


def read_revenue(asked: Asked) -> cache.Answer:
    """Return the sales by bucket, and those they are compared with."""
    return _cached(f"revenue:{asked.basis}:{asked.compare or ''}", asked, partial(revenue_data, asked.timeline()))


def todays(store: Store | None, now: datetime) -> list[date]:
    """Return the days on which a store, or each zone with a store, is at `now`."""
    return [now.astimezone(zone).date() for zone in figures.time_zones(store)]


def _one_of(params: Mapping[str, str], name: str, allowed: Sequence[str], default: str | None) -> str | None:
    value = params.get(name, default)
    if value is not None and value not in allowed:
        raise invalid(name, f"must be one of {', '.join(allowed)}")
    return value


def _cached(name: str, asked: Asked, compute: Callable[[], dict[str, Any]]) -> cache.Answer:
    """Return the answer from the cache where it is current; which buckets are unfinished changes at midnight."""

    def entry() -> cache.Entry:
        with figures.consistent_read() as as_of:
            data = compute()
        zones = figures.time_zones(asked.store)
        midnights = (day_start(asked.now.astimezone(zone).date() + timedelta(days=1), zone) for zone in zones)
        expires_at = cache.expiry(asked.now, cache.TTL, *midnights)
        return cache.entry_of(data, as_of=as_of, computed_at=asked.now, expires_at=expires_at)

    scope = f"store:{asked.store.pk}" if asked.store else "all"
    return cache.read(f"{name}:{scope}:{asked.granularity}:{asked.first}:{asked.last}", asked.store, entry)
