"""The admin snapshot and what stands beside it, as JSON, from the cache.

Rights are checked for each request, before the cache is asked: what is kept belongs to a store, not to a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.access import Viewer, named_store, sees_all_stores
from customers.models import Store
from customers.rest.views import WorksInStores
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.answers import highlights, snapshot
from dashboard.answers.payloads import sales_by_country_data, top_products_data
from dashboard.api import figures_schema
from dashboard.api.inputs import (
    MetricsQuery,
    SalesByCountryQuery,
    TopProductsQuery,
    WeekQuery,
    check_range,
    monday_of,
)
from dashboard.caching import cache
from dashboard.caching.fast_path import answered
from dashboard.figures.periods import Period
from dashboard.metrics import activity


class FiguresView(APIView):
    """What reads of figures share."""

    permission_classes = (IsAuthenticated, WorksInStores)


class MetricsView(FiguresView):
    """`GET /api/v1/dashboard/metrics`: the admin snapshot."""

    @figures_schema.METRICS
    def get(self, request: Request) -> HttpResponse:
        """Answer with the snapshot of one store, or of all to an admin who names none.

        400 names a parameter that is unknown or wrong, 403 is `refresh` by who is no admin, 404 a foreign store.
        """
        values = MetricsQuery.read(request.query_params)
        scope, refresh = _scope(request.user, values.get("tenant")), values["refresh"]
        if refresh and not sees_all_stores(request.user):
            raise PermissionDenied("Only admins recompute the snapshot.")
        activity.seen(request, scope)
        return answered(request, snapshot.read_snapshot(scope, values.get("from"), refresh=refresh))


class WeeklyReportView(FiguresView):
    """`GET /api/v1/dashboard/weekly-report`."""

    @figures_schema.WEEKLY
    def get(self, request: Request) -> HttpResponse:
        """Answer with a week against the same part of the week before."""
        values = WeekQuery.read(request.query_params)
        store, now = named_store(request.user, values.get("store")), timezone.now()
        monday = monday_of(values.get("week"), now.astimezone(store.zone).date())
        activity.seen(request, StoreScope(store))
        return answered(request, highlights.weekly(store, monday))


class TopProductsView(FiguresView):
    """`GET /api/v1/dashboard/top-products`."""

    @figures_schema.PRODUCTS
    def get(self, request: Request) -> HttpResponse:
        """Answer with the best products of a period and their share of all product sales."""
        values = TopProductsQuery.read(request.query_params)
        store, limit = named_store(request.user, values.get("store")), values["limit"]

        def compute(period: Period) -> dict[str, Any]:
            return top_products_data(store, period, figures.sales_by_product(store, period, limit=limit))

        activity.seen(request, StoreScope(store))
        name = partial(highlights.products_name, store.pk, limit)
        return answered(request, _shares(name, store, values, compute))


class SalesByCountryView(FiguresView):
    """`GET /api/v1/dashboard/sales-by-country`."""

    @figures_schema.COUNTRIES
    def get(self, request: Request) -> HttpResponse:
        """Answer with a period's sales by country and each one's share of all."""
        values = SalesByCountryQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))

        def compute(period: Period) -> dict[str, Any]:
            return sales_by_country_data(store, period, figures.sales_by_country(store, period))

        activity.seen(request, StoreScope(store))
        return answered(request, _shares(partial(highlights.countries_name, store.pk), store, values, compute))


def _scope(user: Viewer, key: str | None) -> StoreScope:
    """Return the store that the parameter `tenant` names; without it, all stores to who sees them."""
    return ALL_STORES if key is None and sees_all_stores(user) else StoreScope(named_store(user, key, field="tenant"))


def _shares(
    name: Callable[[Period], str], store: Store, values: Mapping[str, Any], compute: Callable[[Period], dict[str, Any]]
) -> cache.Answer:
    """Return the shares of a period: `to` defaults to today and `from` to 30 days before it."""
    now = timezone.now()
    last = values.get("to", now.astimezone(store.zone).date())
    first = values.get("from", last - timedelta(days=snapshot.DAYS_BACK))
    period = Period(first, last)
    check_range(period)

    def entry() -> cache.Entry:
        with figures.consistent_read() as as_of:
            data = compute(period)
        return highlights.shares_entry(store, data, as_of, now)

    return cache.read(name(period), StoreScope(store), entry)
