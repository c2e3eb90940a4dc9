"""Requests of time series and their answers: one way for the endpoints and the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext

from customers.access import Viewer, named_store, sees_all_stores
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.answers.snapshot import DAYS_BACK
from dashboard.api.inputs import check_range
from dashboard.caching import cache
from dashboard.figures.comparisons import NONE, compared_with
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.local_days import day_start
from dealport.kit.values import FieldValues
from reports.timeseries.data import overview_data, requests_data, revenue_data
from reports.timeseries.timeline import Timeline


@dataclass(frozen=True)
class SeriesRequest:
    """What a time series shows."""

    scope: StoreScope
    days: DayRange
    granularity: str
    basis: str
    compare: str | None
    now: datetime

    def timeline(self) -> Timeline:
        """Return the same with its buckets. A day is over once it is over in every zone."""
        today = min(todays(self.scope, self.now))
        compared = {}
        if self.compare:
            compared = {
                store: compared_with(self.days, self.compare, self.now.astimezone(store.zone))
                for store in self.scope.stores()
            }
        return Timeline(self.scope, self.days, self.granularity, today, self.basis, self.compare, compared)


def read_request(user: Viewer, values: FieldValues) -> SeriesRequest:
    """Return the request that validated parameters make; `to` defaults to today, `from` to 30 days before it.

    Without a store it is about all there are, or the only one of who does not work in all. Raises ValidationError
    naming a parameter, Http404 for a store that is not there.
    """
    is_everything = "store" not in values and sees_all_stores(user)
    scope = ALL_STORES if is_everything else StoreScope(named_store(user, values.get("store")))
    now = timezone.now()
    last = values.get("to", max(todays(scope, now)))
    first = values.get("from", last - timedelta(days=DAYS_BACK))
    if first > last and "to" not in values:
        raise invalid("from", gettext("Enter a day that is not after today, or enter to as well."))
    days = DayRange(first, last)
    check_range(days)
    basis = values.get("basis", str(Basis.PLACED))
    compare = values.get("compare", NONE)
    return SeriesRequest(scope, days, values["granularity"], basis, None if compare == NONE else compare, now)


def read_overview(request: SeriesRequest) -> cache.Answer:
    """Return every count and the sales by bucket."""
    return _cached("overview", request, partial(overview_data, request.timeline()))


def read_requests(request: SeriesRequest) -> cache.Answer:
    """Return orders, page views and active accounts by bucket."""
    return _cached("requests", request, partial(requests_data, request.timeline()))


def read_revenue(request: SeriesRequest) -> cache.Answer:
    """Return the sales by bucket, and those they are compared with."""
    return _cached(
        f"revenue:{request.basis}:{request.compare or ''}", request, partial(revenue_data, request.timeline())
    )


def todays(scope: StoreScope, now: datetime) -> list[date]:
    """Return the local days of each zone with a store of the scope at `now`."""
    return [now.astimezone(zone).date() for zone in scope.zones()]


def _cached(name: str, request: SeriesRequest, compute: Callable[[], dict[str, object]]) -> cache.Answer:
    """Return the answer from the cache where it is current.

    Which buckets are unfinished changes at midnight; what a running one is compared with, with the minute.
    """

    def entry() -> cache.Entry:
        with figures.consistent_read() as as_of:
            data = compute()
        zones = request.scope.zones()
        ends = [day_start(request.now.astimezone(zone).date() + timedelta(days=1), zone) for zone in zones]
        if request.compare and any(
            request.days.first <= today <= request.days.last for today in todays(request.scope, request.now)
        ):
            ends.append(request.now.replace(second=0, microsecond=0) + timedelta(minutes=1))
        expires_at = cache.expiry(request.now, cache.TTL, *ends)
        return cache.entry_of(data, as_of=as_of, computed_at=request.now, expires_at=expires_at)

    asked = f"{request.granularity}:{request.days.first}:{request.days.last}"
    return cache.read(f"{name}:{request.scope.key}:{asked}", request.scope, entry)
