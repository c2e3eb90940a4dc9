"""`/admin/analytics`: figures along time, and daily metrics aggregated on demand. For admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.access import store_or_404
from customers.errors import invalid
from customers.models import Store
from customers.rest.views import IsAdmin
from dashboard import activity, cache, figures
from dashboard.answers import respond
from dashboard.models import Basis
from dashboard.parameters import check_range, parse_basis, parse_days, single_values
from dashboard.periods import day_start
from dashboard.snapshot import DAYS_BACK
from reports.api import analytics_docs
from reports.api.analytics_data import overview_data, requests_data, revenue_data
from reports.recalculation import request_recalculation
from reports.timeline import Timeline

COMMON = ("store", "from", "to", "granularity")


class AnalyticsView(APIView):
    """What the time series share."""

    permission_classes = (IsAuthenticated, IsAdmin)


class OverviewView(AnalyticsView):
    """`GET /api/v1/admin/analytics/overview`."""

    @analytics_docs.OVERVIEW
    def get(self, request: Request) -> HttpResponse:
        """Answer with every count and the sales by bucket. 400 names a parameter, 404 is a store that is not there."""
        asked = _asked(request)
        return respond(request, _cached("overview", asked, partial(overview_data, asked.timeline())))


class RequestsView(AnalyticsView):
    """`GET /api/v1/admin/analytics/requests`."""

    @analytics_docs.REQUESTS
    def get(self, request: Request) -> HttpResponse:
        """Answer with orders, page views and active accounts by bucket."""
        asked = _asked(request)
        return respond(request, _cached("requests", asked, partial(requests_data, asked.timeline())))


class RevenueView(AnalyticsView):
    """`GET /api/v1/admin/analytics/revenue`."""

    @analytics_docs.REVENUE
    def get(self, request: Request) -> HttpResponse:
        """Answer with the sales by bucket, and those they are compared with."""
        asked = _asked(request, "compare", "basis")
        basis = parse_basis(asked.params)
        compare = _one_of(asked.params, "compare", figures.COMPARISONS, None)
        timeline = asked.timeline(basis=basis, compare=compare)
        return respond(request, _cached(f"revenue:{basis}:{compare or ''}", asked, partial(revenue_data, timeline)))


class RecalculateView(AnalyticsView):
    """`POST /api/v1/admin/analytics/daily-metrics/recalculate`."""

    @analytics_docs.RECALCULATE
    def post(self, request: Request) -> Response:
        """Ask for some days to be aggregated anew. 400 names a field, 404 is a store that is not there."""
        body = analytics_docs.RecalculationInput(data=request.data)
        body.is_valid(raise_exception=True)
        first, last, key = body.validated_data["from"], body.validated_data["to"], body.validated_data.get("store")
        store = None if key is None else store_or_404(request.user, key)
        check_range(first, last)
        if last >= max(_todays(store, timezone.now())):
            raise invalid("to", "must be a day that is over")
        request_recalculation(store=store, first=first, last=last, actor=request.user)
        days = {"from": first.isoformat(), "to": last.isoformat()}
        return Response({**days, "store": store and store.slug, "status": "queued"}, status=202)


@dataclass(frozen=True)
class Asked:
    """What every time series is asked with."""

    params: Mapping[str, str]
    store: Store | None
    first: date
    last: date
    granularity: str
    now: datetime

    def timeline(self, basis: str = Basis.PLACED, compare: str | None = None) -> Timeline:
        """Return the same with its buckets. A day is over once it is over in every zone."""
        today = min(_todays(self.store, self.now))
        return Timeline(self.store, self.first, self.last, self.granularity, today, basis, compare)


def _asked(request: Request, *more: str) -> Asked:
    """Read the parameters; `to` defaults to today, `from` to 30 days before it. Raises ValidationError, Http404."""
    params = single_values(request.query_params, *COMMON, *more)
    store = store_or_404(request.user, params["store"]) if "store" in params else None
    granularity = _one_of(params, "granularity", figures.GRANULARITIES, "daily")
    assert granularity is not None
    now = timezone.now()
    given = parse_days(params, "from", "to")
    last = given.get("to", max(_todays(store, now)))
    first = given.get("from", last - timedelta(days=DAYS_BACK))
    check_range(first, last)
    activity.seen(request, store)
    return Asked(params, store, first, last, granularity, now)


def _one_of(params: Mapping[str, str], name: str, allowed: Sequence[str], default: str | None) -> str | None:
    value = params.get(name, default)
    if value is not None and value not in allowed:
        raise invalid(name, f"must be one of {', '.join(allowed)}")
    return value


def _todays(store: Store | None, now: datetime) -> list[date]:
    return [now.astimezone(zone).date() for zone in figures.time_zones(store)]


def _cached(name: str, asked: Asked, compute: Callable[[], dict[str, Any]]) -> cache.Answer:
    """Return the answer from the cache where it is current; which buckets are unfinished changes at midnight."""

    def entry() -> cache.Entry:
        with figures.snapshot() as as_of:
            data = compute()
        zones = figures.time_zones(asked.store)
        midnights = (day_start(asked.now.astimezone(zone).date() + timedelta(days=1), zone) for zone in zones)
        expires_at = cache.expiry(asked.now, cache.TTL, *midnights)
        return cache.entry_of(data, as_of=as_of, computed_at=asked.now, expires_at=expires_at)

    scope = f"store:{asked.store.pk}" if asked.store else "all"
    return cache.read(f"{name}:{scope}:{asked.granularity}:{asked.first}:{asked.last}", asked.store, entry)
