"""What the OpenAPI document says of the admin snapshot and of what stands beside it."""

from __future__ import annotations

from rest_framework import serializers

from dashboard.answers import documents, shares
from dashboard.answers.serializers import CurrencyFiguresSerializer, SnapshotFiguresSerializer, examples
from dashboard.api.inputs import (
    MetricsQuery,
    ProductSalesQuery,
    SalesByCategoryQuery,
    SalesByCountryQuery,
    TopProductsQuery,
    WeekQuery,
)
from dashboard.caching.cache import State
from dashboard.figures import Document
from dashboard.figures.before import compared_in
from dealport.kit.rest.docs import operation
from dealport.kit.rest.documents import serializer_of


class CachedSerializer(serializers.Serializer[object]):
    """The moment the figures are true for, and their cache status."""

    asOf = serializers.DateTimeField()
    computedAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField()
    cacheState = serializers.ChoiceField(choices=[str(state) for state in State])


_CACHED = {
    "asOf": "2026-03-31T09:30:00+00:00",
    "computedAt": "2026-03-31T09:30:00+00:00",
    "expiresAt": "2026-03-31T09:35:00+00:00",
    "cacheState": "HIT",
}
_STORE = {"store": "tea-house", "currency": "GBP", "timezone": "Europe/London"}
_DAYS = {"from": "2026-03-31", "to": "2026-03-31"}
_COMPARED = {
    "comparison": {
        "compare": "previous_period",
        "startDate": "2026-03-30",
        "endDate": "2026-03-30",
        "until": "2026-03-30T09:30:00+01:00",
    }
}
_WEEK = {"totalSales": 92.02, "totalOrders": 2, "completedOrders": 1}
_WEEK_DAY = {**_WEEK, "hours": 24, "isClockChange": False, "isPartial": False}

METRICS = operation(
    "readDashboardMetrics",
    "Read the admin snapshot of one store or of all",
    answer=serializer_of(documents.Metrics, CachedSerializer),
    example={
        "tenant": "tea-house",
        **_DAYS,
        "currency": "GBP",
        "timezone": "Europe/London",
        **examples(SnapshotFiguresSerializer.shown),
        "usage": [
            {
                "date": "2026-03-31",
                "orders": 2,
                "sales": 92.02,
                "creditsGranted": 5.00,
                "creditsSpent": 0.00,
                "activeUsers": 3,
                "pageViews": 41,
            }
        ],
        "currencies": [
            {
                "currency": "GBP",
                **examples(CurrencyFiguresSerializer.shown),
                "usage": [{"date": "2026-03-31", "sales": 92.02, "creditsGranted": 5.00, "creditsSpent": 0.00}],
            }
        ],
        "comparison": {
            **_COMPARED["comparison"],
            "figures": examples(compared_in(Document.SNAPSHOT)),
            "change": dict.fromkeys(compared_in(Document.SNAPSHOT), 0.00),
            "currencies": [
                {
                    "currency": "GBP",
                    "figures": examples(compared_in(Document.CURRENCY)),
                    "change": dict.fromkeys(compared_in(Document.CURRENCY), 0.00),
                }
            ],
        },
        **_CACHED,
    },
    query=MetricsQuery,
    cached=True,
)
WEEKLY = operation(
    "readWeeklyReport",
    "Compare a week with the same part of the previous week",
    answer=serializer_of(documents.WeeklyReport, CachedSerializer),
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
                "date": "2026-03-29",
                **_WEEK_DAY,
                "hours": 23,
                "isClockChange": True,
                "weekday": "Sunday",
                "previous": {"date": "2026-03-22", **_WEEK_DAY},
            }
        ],
        "currencies": None,
        **_CACHED,
    },
    query=WeekQuery,
    cached=True,
)
PRODUCTS = operation(
    "readTopProducts",
    "Read the top products of a date range",
    answer=serializer_of(shares.TopProducts, CachedSerializer),
    example={
        **_STORE,
        **_DAYS,
        "products": [
            {
                "productId": 501,
                "productName": "Assam, 100 g",
                "imgCardUrl": None,
                "totalSales": 72.0,
                "totalOrders": 1,
                "percentage": 100.0,
                "sku": "ASSAM-100",
                "price": 24.0,
                "stock": 40,
                "unitsSold": 3,
                "unitsReturned": 0,
                "cost": 30.0,
                "margin": 42.0,
                "unitsWithoutCost": 0,
                "store": None,
                "previous": {"totalSales": 48.0, "totalOrders": 2, "unitsSold": 2},
                "change": 50.0,
            }
        ],
        "currencies": None,
        **_COMPARED,
        **_CACHED,
    },
    query=TopProductsQuery,
    cached=True,
)
COUNTRIES = operation(
    "readSalesByCountry",
    "Read the sales of a date range by country",
    answer=serializer_of(shares.SalesByCountry, CachedSerializer),
    example={
        **_STORE,
        **_DAYS,
        "countries": [
            {
                "country": "GB",
                "totalSales": 92.02,
                "totalOrders": 2,
                "percentage": 100.0,
                "previous": {"totalSales": 0.0, "totalOrders": 0},
                "change": None,
            }
        ],
        "currencies": None,
        **_COMPARED,
        **_CACHED,
    },
    query=SalesByCountryQuery,
    cached=True,
)
CATEGORIES = operation(
    "readSalesByCategory",
    "Read the sales of a date range by category, along today's tree",
    answer=serializer_of(shares.SalesByCategory, CachedSerializer),
    example={
        **_STORE,
        **_DAYS,
        "categories": [
            {
                "categoryId": 31,
                "name": "Black tea",
                "parentId": None,
                "ownSales": 72.0,
                "totalSales": 72.0,
                "unitsSold": 3,
                "percentage": 100.0,
                "previous": {"ownSales": 48.0, "totalSales": 48.0, "unitsSold": 2},
                "change": 50.0,
            }
        ],
        **_COMPARED,
        **_CACHED,
    },
    query=SalesByCategoryQuery,
    cached=True,
)
PRODUCT = operation(
    "readProductSales",
    "Read what a product sold, all time or on some days",
    answer=serializer_of(documents.ProductFigures),
    example={
        "productId": 501,
        "store": "tea-house",
        "currency": "GBP",
        "basis": "placed",
        "unitsSold": 3,
        "unitsReturned": 0,
        "netSales": 72.0,
        "totalOrders": 1,
        "cost": 30.0,
        "margin": 42.0,
        "unitsWithoutCost": 0,
    },
    query=ProductSalesQuery,
)
