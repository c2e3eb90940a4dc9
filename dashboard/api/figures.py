"""The admin snapshot and what stands beside it, as JSON, from the cache.

Rights are checked for each request, before the cache is asked: what is kept belongs to a store, not to a reader.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.access import Viewer, get_or_404, named_store, sees_all_stores, stores_for
from customers.models import Store
from customers.rest.views import WorksInStores
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.answers import documents, highlights, snapshot
from dashboard.answers.shares import (
    countries_of_all_data,
    sales_by_category_data,
    sales_by_country_data,
    top_products_data,
    top_products_of_all_data,
)
from dashboard.api import figures_schema
from dashboard.api.inputs import (
    MetricsQuery,
    ProductSalesQuery,
    SalesByCategoryQuery,
    SalesByCountryQuery,
    TopProductsQuery,
    WeekQuery,
    check_range,
    monday_of,
)
from dashboard.caching import cache
from dashboard.caching.fast_path import answered
from dashboard.figures.before import Comparison, comparison_of, shares_before
from dashboard.figures.categories import sales_by_category, tree_of
from dashboard.figures.periods import Period
from dashboard.metrics import activity
from dealport.kit.dates import FIRST_YEAR, LAST_YEAR
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues, Json
from orders.models import Product

EVER = DayRange(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 30))


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
        return answered(request, snapshot.read_snapshot(scope, values.get("from"), values["compare"], refresh=refresh))


class WeeklyReportView(FiguresView):
    """`GET /api/v1/dashboard/weekly-report`: a week against the same part of the week before."""

    @figures_schema.WEEKLY
    def get(self, request: Request) -> HttpResponse:
        """Answer with a week against the same part of the week before; of all stores by currency."""
        values = WeekQuery.read(request.query_params)
        (scope, own), now = _scope_or_own(request.user, values.get("store")), timezone.now()
        activity.seen(request, scope)
        if scope.store is None:
            monday_of(values.get("week"), now.date())
            return answered(request, highlights.weekly_of_all(values.get("week"), own))
        monday = monday_of(values.get("week"), now.astimezone(scope.store.zone).date())
        return answered(request, highlights.weekly(scope.store, monday))


class TopProductsView(FiguresView):
    """`GET /api/v1/dashboard/top-products`: the best products by sales, units or orders."""

    @figures_schema.PRODUCTS
    def get(self, request: Request) -> HttpResponse:
        """Answer with the best products of a period and their share of all product sales."""
        values = TopProductsQuery.read(request.query_params)
        (scope, own), limit, order = (
            _scope_or_own(request.user, values.get("store")),
            values["limit"],
            values["orderBy"],
        )
        activity.seen(request, scope)
        if scope.store is None:
            read = _products_of_all(limit, order)
            return answered(request, _shares_of_all(f"products:{limit}:{order}", values, read, own))
        store = scope.store

        def compute(period: Period, comparison: Comparison | None) -> Json:
            found = figures.sales_by_product(store, period, limit=limit, order_by=order)
            before = shares_before(comparison, "product", [product.product_id for product in found])
            return top_products_data(store, period, found, before)

        name = partial(highlights.products_name, store.pk, limit, order_by=order)
        return answered(request, _shares(name, store, values, compute))


class SalesByCountryView(FiguresView):
    """`GET /api/v1/dashboard/sales-by-country`: sales by the country of the shipping address."""

    @figures_schema.COUNTRIES
    def get(self, request: Request) -> HttpResponse:
        """Answer with a period's sales by country and each one's share of all."""
        values = SalesByCountryQuery.read(request.query_params)
        scope, own = _scope_or_own(request.user, values.get("store"))
        activity.seen(request, scope)
        if scope.store is None:
            return answered(request, _shares_of_all("countries", values, _countries_of_all, own))
        store = scope.store

        def compute(period: Period, comparison: Comparison | None) -> Json:
            before = shares_before(comparison, "country")
            return sales_by_country_data(store, period, figures.sales_by_country(store, period), before)

        return answered(request, _shares(partial(highlights.countries_name, store.pk), store, values, compute))


class SalesByCategoryView(FiguresView):
    """`GET /api/v1/dashboard/sales-by-category`: sales of products along today's tree."""

    @figures_schema.CATEGORIES
    def get(self, request: Request) -> HttpResponse:
        """Answer with a period's sales along today's tree of categories."""
        values = SalesByCategoryQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))

        def compute(period: Period, comparison: Comparison | None) -> Json:
            before = shares_before(comparison, "category")
            return sales_by_category_data(store, period, sales_by_category(store, period), before, tree_of(store))

        activity.seen(request, StoreScope(store))
        return answered(request, _shares(partial(highlights.categories_name, store.pk), store, values, compute))


class ProductSalesView(FiguresView):
    """`GET /api/v1/products/{id}/sales`: units, net sales and margin of one product."""

    @figures_schema.PRODUCT
    def get(self, request: Request, pk: str) -> Response:
        """Answer with what a product sold, all time or on some days; 404 for a product of another store."""
        values = ProductSalesQuery.read(request.query_params)
        product = get_or_404(Product.objects.select_related("store"), request.user, pk)
        days = DayRange(values.get("from", EVER.first), values.get("to", EVER.last))
        if not days.count:
            raise invalid("to", "Enter a day that is not before from.")
        found = figures.product_figures(product, days, values["basis"])
        return Response(
            documents.ProductFigures(
                product_id=product.pk,
                store=product.store.slug,
                currency=product.store.currency,
                basis=values["basis"],
                units_sold=found.units_sold,
                units_returned=found.units_returned,
                net_sales=found.net_sales,
                total_orders=found.orders,
                cost=found.cost,
                margin=found.net_sales - found.cost,
                units_without_cost=found.units_without_cost,
            ).to_json()
        )


def _scope(user: Viewer, key: str | None, field: str = "tenant") -> StoreScope:
    """Return the store that the parameter `field` names; without it, all stores to who sees them."""
    return ALL_STORES if key is None and sees_all_stores(user) else StoreScope(named_store(user, key, field=field))


def _scope_or_own(user: Viewer, key: str | None) -> tuple[StoreScope, list[int] | None]:
    """Return the store that `store` names; without it all stores, and the ids of their own to who sees several."""
    if key is None and not sees_all_stores(user):
        own = list(stores_for(user).order_by("pk").values_list("pk", flat=True))
        if len(own) > 1:
            return ALL_STORES, own
    return _scope(user, key, "store"), None


def _products_of_all(limit: int, order: str) -> Callable[[DayRange, list[figures.Window], Comparison | None], Json]:
    def read(days: DayRange, windows: list[figures.Window], comparison: Comparison | None) -> Json:
        products = figures.products_of_currencies(windows, limit, order)
        every = [product for of_one in products.values() for product in of_one]
        before = shares_before(comparison, "product", [product.product_id for product in every])
        return top_products_of_all_data(days, products, figures.stores_of_products(every), before)

    return read


def _countries_of_all(days: DayRange, windows: list[figures.Window], comparison: Comparison | None) -> Json:
    before = shares_before(comparison, "country")
    return countries_of_all_data(days, figures.countries_of_currencies(windows, figures.COUNTRY_LIMIT), before)


def _shares_of_all(name: str, values: FieldValues, read: Any, own: list[int] | None) -> cache.Answer:
    """Return the shares of all stores, or of the person's own: where a day is left out, each store has its own."""
    first, last = values.get("from"), values.get("to")
    if first and last:
        check_range(DayRange(first, last))

    def window(store: Store, now: datetime) -> Period:
        period = _period(values, store, now)
        check_range(period)
        return period

    return highlights.shares_of_all(f"{name}:all:{first}:{last}", window, read, own, values["compare"])


def _period(values: FieldValues, store: Store, now: datetime) -> Period:
    last = values.get("to", now.astimezone(store.zone).date())
    return Period(values.get("from", last - timedelta(days=snapshot.DAYS_BACK)), last)


def _shares(
    name: Callable[[Period], str],
    store: Store,
    values: FieldValues,
    compute: Callable[[Period, Comparison | None], Json],
) -> cache.Answer:
    """Return the shares of a period: `to` defaults to today and `from` to 30 days before it."""
    now, compare = timezone.now(), values["compare"]
    period = _period(values, store, now)
    check_range(period)
    comparison = comparison_of([figures.Window(store, period)], compare, now)

    def entry() -> cache.Entry:
        with figures.consistent_read() as as_of:
            data = compute(period, comparison)
        return highlights.shares_entry(store, data, as_of, now, comparison)

    # pages share what is compared with nothing
    return cache.read(name(period) + (f":{compare}" if comparison else ""), StoreScope(store), entry)
