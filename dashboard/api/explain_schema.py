"""What the OpenAPI document says of opened figures and of the changed past."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboard.api.inputs import ChangedPastQuery, ExplainQuery, MonthAsOfQuery
from dashboard.api.schema import PeriodSerializer
from dashboard.figures import FIGURES
from dashboard.models import Basis
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import MoneyField


class PaginationSerializer(serializers.Serializer[Any]):
    """Which page of how many."""

    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()
    totalPages = serializers.IntegerField()


class ExplainedEntrySerializer(serializers.Serializer[Any]):
    """One signed contribution to a figure."""

    kind = serializers.ChoiceField(choices=("order", "payment", "refund", "customer", "subscription", "credit"))
    at = serializers.DateTimeField()
    orderId = serializers.IntegerField(allow_null=True)
    orderNumber = serializers.CharField(allow_null=True)
    customerId = serializers.IntegerField(allow_null=True)
    amount = MoneyField(min_value=None)


class ExplanationSerializer(serializers.Serializer[Any]):
    """A figure, its definition, and one page of the entries that add up to it."""

    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of a field, not its label
    definition = serializers.CharField()
    basis = serializers.ChoiceField(choices=Basis.choices)
    basisDefinition = serializers.CharField()
    period = PeriodSerializer()
    store = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    value = MoneyField(min_value=None)
    entriesTotal = MoneyField(min_value=None, help_text="The sum of all entries, not of this page alone.")
    entries = ExplainedEntrySerializer(many=True)
    pagination = PaginationSerializer()
    asOf = serializers.DateTimeField()


class PastChangeSerializer(serializers.Serializer[Any]):
    """One event that moved a month already over, and by how much."""

    at = serializers.DateTimeField()
    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$")
    orderId = serializers.IntegerField()
    orderNumber = serializers.CharField()
    event = serializers.CharField()
    actor = serializers.CharField()
    totalSales = MoneyField(min_value=None)
    totalCompletedOrders = serializers.IntegerField()
    totalExpiredOrders = serializers.IntegerField()
    totalRefundedOrders = serializers.IntegerField()


class ChangedPastSerializer(serializers.Serializer[Any]):
    """What moved months already over since a moment."""

    store = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    basis = serializers.ChoiceField(choices=Basis.choices)
    since = serializers.DateTimeField()
    changes = PastChangeSerializer(many=True)
    pagination = PaginationSerializer()
    asOf = serializers.DateTimeField()


class KnownFiguresSerializer(serializers.Serializer[Any]):
    """A month's figures as they stood."""

    totalSales = MoneyField(min_value=None)
    totalOrders = serializers.IntegerField()
    totalCompletedOrders = serializers.IntegerField()
    totalExpiredOrders = serializers.IntegerField()
    totalRefundedOrders = serializers.IntegerField()


class MonthAsOfSerializer(serializers.Serializer[Any]):
    """A month as it was known at a past moment."""

    store = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    basis = serializers.ChoiceField(choices=Basis.choices)
    period = PeriodSerializer()
    summary = KnownFiguresSerializer()
    asOf = serializers.DateTimeField()


_MARCH = {"type": "monthly", "year": 2026, "month": 3, "startDate": "2026-03-01", "endDate": "2026-03-31"}
_STORE = {"store": "tea-house", "currency": "GBP", "timezone": "Europe/London", "basis": "placed"}
_PAGE = {"page": 1, "limit": 20, "total": 1, "totalPages": 1}

EXPLAIN = operation(
    "explainFigure",
    "Explain a figure: its definition and the orders, payments and refunds behind it",
    answer=ExplanationSerializer,
    example={
        **_STORE,
        "metric": "totalSales",
        "label": "Total sales",
        "definition": FIGURES["total_sales"].meaning,
        "basisDefinition": "Everything an order earns or gives back counts on the day it was placed.",
        "period": _MARCH,
        "value": 92.02,
        "entriesTotal": 92.02,
        "entries": [
            {
                "kind": "payment",
                "at": "2026-03-10T12:00:00+00:00",
                "orderId": 7001,
                "orderNumber": "ORD-20260310-0001",
                "customerId": None,
                "amount": 92.02,
            }
        ],
        "pagination": _PAGE,
        "asOf": "2026-04-01T09:00:00+01:00",
    },
    query=ExplainQuery,
)
CHANGED_PAST = operation(
    "listChangedPast",
    "List changes to closed months since a moment",
    answer=ChangedPastSerializer,
    example={
        **_STORE,
        "since": "2026-04-01T00:00:00+01:00",
        "changes": [
            {
                "at": "2026-04-02T09:00:00+01:00",
                "month": "2026-03",
                "orderId": 7001,
                "orderNumber": "ORD-20260310-0001",
                "event": "refunded",
                "actor": "jo@example.com",
                "totalSales": -10.0,
                "totalCompletedOrders": 0,
                "totalExpiredOrders": 0,
                "totalRefundedOrders": 0,
            }
        ],
        "pagination": _PAGE,
        "asOf": "2026-04-03T09:00:00+01:00",
    },
    query=ChangedPastQuery,
)
MONTH_AS_OF = operation(
    "readMonthAsOf",
    "Read a month's figures as they stood at a past moment",
    answer=MonthAsOfSerializer,
    example={
        **_STORE,
        "period": _MARCH,
        "summary": {
            "totalSales": 92.02,
            "totalOrders": 2,
            "totalCompletedOrders": 1,
            "totalExpiredOrders": 1,
            "totalRefundedOrders": 0,
        },
        "asOf": "2026-04-01T00:00:00+01:00",
    },
    query=MonthAsOfQuery,
)
