"""What the OpenAPI document says of the admin snapshot and of what stands beside it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboard.api.inputs import MetricsQuery, SalesByCountryQuery, TopProductsQuery, WeekQuery
from dashboard.api.schema import FiguresSerializer, ProductSalesSerializer, examples
from dashboard.caching.cache import State
from dashboard.figures import Document, shown_in
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import MoneyField


class CachedSerializer(serializers.Serializer[Any]):
    """The moment the figures are true for, and how they were come by."""

    asOf = serializers.DateTimeField()
    computedAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField()
    cacheState = serializers.ChoiceField(choices=[str(state) for state in State])


class UsageSerializer(serializers.Serializer[Any]):
    """One local day. Amounts are null where stores of several currencies are taken together."""

    date = serializers.DateField()
    orders = serializers.IntegerField()
    sales = MoneyField(min_value=None, allow_null=True)
    creditsGranted = MoneyField(allow_null=True)
    creditsSpent = MoneyField(allow_null=True)
    activeUsers = serializers.IntegerField()
    pageViews = serializers.IntegerField()


class CurrencyDaySerializer(serializers.Serializer[Any]):
    """A day on which amounts of the currency moved."""

    date = serializers.DateField()
    sales = MoneyField(min_value=None)
    creditsGranted = MoneyField()
    creditsSpent = MoneyField()


class CurrencySerializer(FiguresSerializer):
    """The amounts of one currency."""

    shown = shown_in(Document.CURRENCY)
    currency = serializers.CharField()
    usage = CurrencyDaySerializer(many=True)


class SinceSerializer(serializers.Serializer[Any]):
    """The first day; its name is a keyword of Python."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, `from` first."""
        return {"from": serializers.DateField(), **super().get_fields()}


class MetricsSerializer(SinceSerializer, CachedSerializer, FiguresSerializer):
    """The admin snapshot. Amounts are null where stores of several currencies are taken together: see `currencies`."""

    shown = shown_in(Document.SNAPSHOT)
    null_amounts = True
    tenant = serializers.CharField(allow_null=True)
    to = serializers.DateField()
    currency = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    usage = UsageSerializer(many=True)
    currencies = CurrencySerializer(many=True)


class WeekTotalSerializer(serializers.Serializer[Any]):
    """A week's total, as far as it is compared."""

    startDate = serializers.DateField()
    endDate = serializers.DateField()
    totalSales = MoneyField(min_value=None)
    totalOrders = serializers.IntegerField()
    completedOrders = serializers.IntegerField()


class ChangeSerializer(serializers.Serializer[Any]):
    """By how many percent the totals moved; null where there was nothing before."""

    totalSales = MoneyField(min_value=None, allow_null=True)
    totalOrders = MoneyField(min_value=None, allow_null=True)
    completedOrders = MoneyField(min_value=None, allow_null=True)


class WeekDayBeforeSerializer(serializers.Serializer[Any]):
    """A day of the week before. `hours` is not 24 where clocks change; partial is what is cut off at the same time."""

    date = serializers.DateField()
    totalSales = MoneyField(min_value=None)
    totalOrders = serializers.IntegerField()
    completedOrders = serializers.IntegerField()
    hours = MoneyField()
    isClockChange = serializers.BooleanField()
    isPartial = serializers.BooleanField()


class WeekDaySerializer(WeekDayBeforeSerializer):
    """A day of the week and its counterpart."""

    weekday = serializers.CharField()
    previous = WeekDayBeforeSerializer()


class WeeklyReportSerializer(CachedSerializer):
    """A week against the same part of the week before."""

    store = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    week = serializers.RegexField(r"^[0-9]{4}-W[0-9]{2}$")
    isRunning = serializers.BooleanField()
    comparedUntil = serializers.DateTimeField(allow_null=True)
    current = WeekTotalSerializer()
    previous = WeekTotalSerializer()
    change = ChangeSerializer()
    days = WeekDaySerializer(many=True)


class SharesSerializer(SinceSerializer, CachedSerializer):
    """What the two lists of shares have in common."""

    store = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    to = serializers.DateField()


class TopProductsSerializer(SharesSerializer):
    """The best products, best first."""

    products = ProductSalesSerializer(many=True)


class CountrySalesSerializer(serializers.Serializer[Any]):
    """A country's sales and its share of all in percent; an unknown country is null."""

    country = serializers.CharField(allow_null=True)
    totalSales = MoneyField(min_value=None)
    totalOrders = serializers.IntegerField()
    percentage = MoneyField(min_value=None)


class SalesByCountrySerializer(SharesSerializer):
    """Sales by country, best first."""

    countries = CountrySalesSerializer(many=True)


_CACHED = {
    "asOf": "2026-03-31T09:30:00+00:00",
    "computedAt": "2026-03-31T09:30:00+00:00",
    "expiresAt": "2026-03-31T09:35:00+00:00",
    "cacheState": "HIT",
}
_STORE = {"store": "tea-house", "currency": "GBP", "timezone": "Europe/London"}
_DAYS = {"from": "2026-03-31", "to": "2026-03-31"}
_WEEK = {"totalSales": 92.02, "totalOrders": 2, "completedOrders": 1}
_WEEK_DAY = {**_WEEK, "hours": 24, "isClockChange": False, "isPartial": False}

METRICS = operation(
    "readDashboardMetrics",
    "Read the admin snapshot of one store or of all",
    answer=MetricsSerializer,
    example={
        "tenant": "tea-house",
        **_DAYS,
        "currency": "GBP",
        "timezone": "Europe/London",
        **examples(MetricsSerializer.shown),
        "usage": [
            {
                "date": "2026-03-31", "orders": 2, "sales": 92.02, "creditsGranted": 5.00, "creditsSpent": 0.00,
                "activeUsers": 3, "pageViews": 41,
            }
        ],
        "currencies": [
            {
                "currency": "GBP", **examples(CurrencySerializer.shown),
                "usage": [{"date": "2026-03-31", "sales": 92.02, "creditsGranted": 5.00, "creditsSpent": 0.00}],
            }
        ],
        **_CACHED,
    },
    query=MetricsQuery,
    cached=True,
)  # fmt: skip
WEEKLY = operation(
    "readWeeklyReport",
    "Compare a week with the same part of the previous week",
    answer=WeeklyReportSerializer,
    example={
        **_STORE,
        "week": "2026-W13",
        "isRunning": False,
        "comparedUntil": None,
        "current": {"startDate": "2026-03-23", "endDate": "2026-03-29", **_WEEK},
        "previous": {"startDate": "2026-03-16", "endDate": "2026-03-22", **_WEEK},
        "change": {"totalSales": 0.00, "totalOrders": 0.00, "completedOrders": 0.00},
        "days": [
            {
                "date": "2026-03-29", **_WEEK_DAY, "hours": 23, "isClockChange": True, "weekday": "Sunday",
                "previous": {"date": "2026-03-22", **_WEEK_DAY},
            }
        ],
        **_CACHED,
    },
    query=WeekQuery,
    cached=True,
)  # fmt: skip
PRODUCTS = operation(
    "readTopProducts",
    "Read the top products of a date range",
    answer=TopProductsSerializer,
    example={
        **_STORE,
        **_DAYS,
        "products": [
            {
                "productId": 501, "productName": "Assam, 100 g", "imgCardUrl": None, "totalSales": 72.0,
                "totalOrders": 1, "percentage": 100.0,
            }
        ],
        **_CACHED,
    },
    query=TopProductsQuery,
    cached=True,
)  # fmt: skip
COUNTRIES = operation(
    "readSalesByCountry",
    "Read the sales of a date range by country",
    answer=SalesByCountrySerializer,
    example={
        **_STORE,
        **_DAYS,
        "countries": [{"country": "GB", "totalSales": 92.02, "totalOrders": 2, "percentage": 100.0}],
        **_CACHED,
    },
    query=SalesByCountryQuery,
    cached=True,
)
