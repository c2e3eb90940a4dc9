"""Figures, ledger and checks: to be read alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from customers.admin.technical import TechnicalAdmin
from customers.models import Store
from dashboard.metrics.measures import MEASURES, OF_ORDERS, OF_PRODUCTS, Measure
from dashboard.models import (
    ActivityBatch,
    DailyActivity,
    DashboardCache,
    FoldTotals,
    MetricDelta,
    MinuteActivity,
    ScopeVersion,
    StaleScope,
    StoreDailySales,
    StoreDailySalesByCountry,
    StoreDailySalesByDimension,
    StoreDailySalesByProduct,
    StoreMonthlySales,
    StoreMonthlySalesByDimension,
    StoreMonthlySalesByProduct,
    StoreYearlySalesByProduct,
    Verification,
    VerificationRun,
)
from dealport.kit.admin.display import badge, moment, money
from dealport.kit.texts import lazy_text as _
from orders.models import Product


class FiguresAdmin(ReadOnlyAdmin):
    """Rows that hold ids instead of foreign keys; names are read along in the same query."""

    store_path = "store_id"
    day_field = "day"
    ordering = ["-id"]
    search_help_text = _("A day (2026-11-20) or the first day of a month")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Read the store's name and currency along."""
        store = Store.objects.filter(pk=OuterRef("store_id"))
        return (
            super()
            .get_queryset(request)
            .annotate(store_name=Subquery(store.values("name")), currency=Subquery(store.values("currency")))
        )

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Return the rows of one day (`2026-03-31`); none for anything else."""
        try:
            return queryset.filter(**{self.day_field: date.fromisoformat(term)})
        except ValueError:
            return queryset.none()

    @admin.display(description=_("store"))
    def store(self, row: Any) -> str:
        """Return the name of the row's store, which came with the row."""
        return str(row.store_name)


def columns(measures: Iterable[Measure]) -> list[Any]:
    """Return the columns of measures, amounts in the store's currency."""
    return [_amount(measure.name) if measure.is_money else measure.name for measure in measures]


def _amount(name: str) -> Callable[[object], str]:
    @admin.display(description=name.replace("_", " "))
    def amount(row: Any) -> str:
        return money(getattr(row, name), row.currency or "")

    return amount


class ByProduct(FiguresAdmin):
    """Figures by product, each with the name the product has today."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Return the rows with the name of their product: rollups know its id alone."""
        product = Product.objects.filter(pk=OuterRef("product_id"))
        return super().get_queryset(request).annotate(product_name=Subquery(product.values("name")))

    @admin.display(description=_("product"))
    def product(self, row: Any) -> str:
        """Return the product's name."""
        return str(row.product_name)


@admin.register(StoreDailySales)
class StoreDailySalesAdmin(FiguresAdmin):
    """Rollups by day and basis, as folded: what waits in the ledger is not in them yet."""

    list_display = ["day", "store", "basis", *columns(MEASURES)]
    list_filter = ["basis", store_filter("store_id"), ("day", admin.DateFieldListFilter)]
    search_fields = ["=day"]


@admin.register(StoreMonthlySales)
class StoreMonthlySalesAdmin(FiguresAdmin):
    """Rollups by month and basis, as folded: what waits in the ledger is not in them yet."""

    day_field = "month"
    list_display = ["month", "store", "basis", *columns(MEASURES)]
    list_filter = ["basis", store_filter("store_id"), ("month", admin.DateFieldListFilter)]
    search_fields = ["=month"]


@admin.register(StoreDailySalesByProduct)
class StoreDailySalesByProductAdmin(ByProduct):
    """Figures of products by day."""

    list_display = ["day", "store", "basis", "product", *columns(OF_PRODUCTS)]
    list_filter = ["basis", store_filter("store_id"), ("day", admin.DateFieldListFilter)]
    search_fields = ["=day"]


@admin.register(StoreMonthlySalesByProduct)
class StoreMonthlySalesByProductAdmin(ByProduct):
    """Figures of products by month."""

    day_field = "month"
    list_display = ["month", "store", "basis", "product", *columns(OF_PRODUCTS)]
    list_filter = ["basis", store_filter("store_id"), ("month", admin.DateFieldListFilter)]
    search_fields = ["=month"]


@admin.register(StoreYearlySalesByProduct)
class StoreYearlySalesByProductAdmin(ByProduct):
    """Figures of products by year."""

    day_field = "year"
    list_display = ["year", "store", "basis", "product", *columns(OF_PRODUCTS)]
    list_filter = ["basis", store_filter("store_id"), ("year", admin.DateFieldListFilter)]
    search_fields = ["=year"]


@admin.register(StoreDailySalesByCountry)
class StoreDailySalesByCountryAdmin(FiguresAdmin):
    """Figures of countries by day."""

    list_display = ["day", "store", "basis", "country", *columns(OF_ORDERS)]
    list_filter = ["basis", store_filter("store_id"), ("day", admin.DateFieldListFilter)]
    search_fields = ["=day"]


@admin.register(StoreDailySalesByDimension)
class StoreDailySalesByDimensionAdmin(FiguresAdmin):
    """Figures by coupon, payment method, channel, type of customer and hour, by day."""

    list_display = ["day", "store", "basis", "dimension", "key", *columns(OF_ORDERS)]
    list_filter = ["basis", "dimension", store_filter("store_id"), ("day", admin.DateFieldListFilter)]
    search_fields = ["=day", "=key"]


@admin.register(StoreMonthlySalesByDimension)
class StoreMonthlySalesByDimensionAdmin(FiguresAdmin):
    """The same by month, and by country."""

    day_field = "month"
    list_display = ["month", "store", "basis", "dimension", "key", *columns(OF_ORDERS)]
    list_filter = ["basis", "dimension", store_filter("store_id"), ("month", admin.DateFieldListFilter)]
    search_fields = ["=month", "=key"]


@admin.register(MetricDelta)
class MetricDeltaAdmin(FiguresAdmin):
    """What waits to be added to the figures."""

    day_field = "order_day"
    list_display = ["created_at", "store", "order_day", "event_day", "product_id", *columns(MEASURES)]
    list_filter = [store_filter("store_id"), ("order_day", admin.DateFieldListFilter)]
    search_fields = ["=order_day"]


@admin.register(FoldTotals)
class FoldTotalsAdmin(TechnicalAdmin):
    """What folding has done so far, for all stores: one row."""

    list_display = ["folds", "rows", "seconds"]


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    """Comparisons of the figures with the orders."""

    list_display = [
        "checked",
        "store",
        "first_day",
        "last_day",
        "is_complete",
        "result",
        "shown_difference",
        "is_repaired",
    ]
    list_filter = [store_filter(), "is_complete", "is_repaired", ("checked_at", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["^store__slug"]
    ordering = ["-id"]

    @admin.display(description=_("checked at"))
    def checked(self, verification: Verification) -> str:
        """Return when, in the store's zone."""
        return moment(verification.checked_at, verification.store.zone)

    @admin.display(description=_("result"))
    def result(self, verification: Verification) -> str:
        """Return how many buckets were wrong."""
        wrong = verification.wrong_buckets
        return (
            badge(gettext("{wrong} wrong").format(wrong=wrong), "danger")
            if wrong
            else badge(gettext("all right"), "success")
        )

    @admin.display(description=_("difference"))
    def shown_difference(self, verification: Verification) -> str:
        """Return the sum of the differences in sales."""
        return money(verification.difference, verification.store.currency)


@admin.register(VerificationRun)
class VerificationRunAdmin(TechnicalAdmin):
    """Comparisons of all days of a store that are under way."""

    list_display = ["store", "started_at", "next_day", "wrong_buckets", "not_before", "error"]
    list_filter = [("started_at", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["^store__slug"]


@admin.register(DashboardCache)
class DashboardCacheAdmin(TechnicalAdmin):
    """Snapshots kept beside Redis, with the moment they are true for."""

    list_display = ["computed_at", "store", "from_day", "as_of", "expires_at", "generation"]
    list_filter = [("computed_at", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["^store__slug"]


@admin.register(StaleScope)
class StaleScopeAdmin(TechnicalAdmin):
    """Stores whose cached figures are still to be invalidated in Redis."""

    list_display = ["created_at", "store_id"]
    list_filter = [("created_at", admin.DateFieldListFilter)]


@admin.register(ScopeVersion)
class ScopeVersionAdmin(TechnicalAdmin):
    """How often a store's cached figures went out of date."""

    list_display = ["store_id", "version"]
    list_filter = [store_filter("store_id")]


@admin.register(DailyActivity)
class DailyActivityAdmin(TechnicalAdmin):
    """Page views by account and day."""

    list_display = ["day", "store", "user_id", "page_views"]
    list_filter = [("day", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["^store__slug"]


@admin.register(MinuteActivity)
class MinuteActivityAdmin(TechnicalAdmin):
    """Page views by account and minute."""

    list_display = ["minute", "store", "user_id", "page_views"]
    list_filter = [("minute", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["^store__slug"]


@admin.register(ActivityBatch)
class ActivityBatchAdmin(TechnicalAdmin):
    """Batches of page views that were written."""

    list_display = ["written_at", "key"]
    list_filter = [("written_at", admin.DateFieldListFilter)]
