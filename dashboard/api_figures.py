"""The admin snapshot and what stands beside it, as JSON, from the cache.

Rights are checked for each request, before the cache is asked: what is kept belongs to a store, not to a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.access import Viewer
from customers.models import Store, User
from customers.rest.views import WorksInStores
from dashboard import activity, cache, figures, figures_docs, snapshot
from dashboard.express import answered
from dashboard.parameters import (
    check_range,
    parse_days,
    parse_flag,
    parse_limit,
    parse_week,
    requested_store,
    single_values,
)
from dashboard.periods import Period, day_start
from dashboard.serializers import sales_by_country_data, top_products_data, weekly_data

PRODUCTS = 10


class FiguresView(APIView):
    """What reads of figures share."""

    permission_classes = (IsAuthenticated, WorksInStores)


class MetricsView(FiguresView):
    """`GET /api/v1/dashboard/metrics`: the admin snapshot."""

    @figures_docs.METRICS
    def get(self, request: Request) -> HttpResponse:
        """Answer with the snapshot of one store, or of all to an admin who names none.

        400 names a parameter that is unknown or wrong, 403 is `refresh` by who is no admin, 404 a foreign store.
        """
        params = single_values(request.query_params, "tenant", "from", "refresh")
        store = _tenant(request.user, params)
        refresh = parse_flag(params, "refresh")
        if refresh and not _is_admin(request.user):
            raise PermissionDenied("Only admins recompute the snapshot.")
        first = parse_days(params, "from").get("from")
        activity.seen(request, store)
        return answered(request, snapshot.read_snapshot(store, first, refresh=refresh))


class WeeklyReportView(FiguresView):
    """`GET /api/v1/dashboard/weekly-report`."""

    @figures_docs.WEEKLY
    def get(self, request: Request) -> HttpResponse:
        """Answer with a week against the same part of the week before."""
        params = single_values(request.query_params, "store", "week")
        store, now = requested_store(request.user, params), timezone.now()
        monday = parse_week(params, now.astimezone(store.zone).date())
        activity.seen(request, store)
        name = f"weekly:store:{store.pk}:{monday}"
        return answered(request, cache.read(name, store, partial(_weekly, store, monday)))


class TopProductsView(FiguresView):
    """`GET /api/v1/dashboard/top-products`."""

    @figures_docs.PRODUCTS
    def get(self, request: Request) -> HttpResponse:
        """Answer with the best products of a period and their share of all product sales."""
        params = single_values(request.query_params, "store", "limit", "from", "to")
        store = requested_store(request.user, params)
        limit = parse_limit(params, PRODUCTS, figures.PRODUCT_LIMIT)

        def compute(period: Period) -> dict[str, Any]:
            return top_products_data(store, period, figures.sales_by_product(store, period, limit=limit))

        activity.seen(request, store)
        return answered(request, _shares(f"products:store:{store.pk}:limit={limit}", store, params, compute))


class SalesByCountryView(FiguresView):
    """`GET /api/v1/dashboard/sales-by-country`."""

    @figures_docs.COUNTRIES
    def get(self, request: Request) -> HttpResponse:
        """Answer with a period's sales by country and each one's share of all."""
        params = single_values(request.query_params, "store", "from", "to")
        store = requested_store(request.user, params)

        def compute(period: Period) -> dict[str, Any]:
            return sales_by_country_data(store, period, figures.sales_by_country(store, period))

        activity.seen(request, store)
        return answered(request, _shares(f"countries:store:{store.pk}", store, params, compute))


def _tenant(user: Viewer, params: Mapping[str, str]) -> Store | None:
    if "tenant" in params:
        return requested_store(user, {"store": params["tenant"]})
    return None if _is_admin(user) else requested_store(user, {}, name="tenant")


def _is_admin(user: Viewer) -> bool:
    return isinstance(user, User) and user.sees_all_stores


def _shares(
    name: str, store: Store, params: Mapping[str, str], compute: Callable[[Period], dict[str, Any]]
) -> cache.Answer:
    """Return the shares of a period: `to` defaults to today and `from` to 30 days before it."""
    given, now = parse_days(params, "from", "to"), timezone.now()
    today = now.astimezone(store.zone).date()
    last = given.get("to", today)
    first = given.get("from", last - timedelta(days=snapshot.DAYS_BACK))
    check_range(first, last)
    period = Period("custom", first, last)

    def entry() -> cache.Entry:
        with figures.snapshot() as as_of:
            data = compute(period)
        # where the days are not named, the address means others tomorrow
        expires = cache.expiry(now, cache.TTL, _next_midnight(store, now))
        return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=expires)

    return cache.read(f"{name}:{first}:{last}", store, entry)


def _weekly(store: Store, monday: date) -> cache.Entry:
    """Compute the report; of a running week it is true for the minute that runs."""
    now = timezone.now()
    with figures.snapshot() as as_of:
        found = figures.weekly_report(store, monday, now)
    running = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    ends: list[datetime] = [running] if found.compared_until else [_next_midnight(store, now)]
    return cache.entry_of(
        weekly_data(found), as_of=as_of, computed_at=now, expires_at=cache.expiry(now, cache.TTL, *ends)
    )


def _next_midnight(store: Store, now: datetime) -> datetime:
    return day_start(now.astimezone(store.zone).date() + timedelta(days=1), store.zone)
