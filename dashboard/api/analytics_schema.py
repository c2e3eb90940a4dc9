"""What the OpenAPI document says of analytics queries."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard.api.figures_schema import CachedSerializer, SinceSerializer
from dashboard.api.inputs import AnalyticsQuery
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE
from dashboard.models import Basis
from dealport.kit.rest.docs import operation
from dealport.kit.values import Json

_NUMBER = {"type": ["number", "null"]}
_ASKED = [*QUERYABLE]


@extend_schema_field({"type": "object", "properties": dict.fromkeys(_ASKED, _NUMBER), "additionalProperties": False})
class ValuesField(serializers.DictField):
    """The figures of the query, by name."""


class AnalyticsTotalsSerializer(serializers.Serializer[object]):
    """The figures of the whole, and what they are compared with."""

    values = ValuesField()
    previous = ValuesField(allow_null=True)


class AnalyticsRowSerializer(AnalyticsTotalsSerializer):
    """One value of the dimension, one bucket of time, or one of both; `time` is the bucket's first day or its hour."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    time = serializers.CharField(allow_null=True)
    unfinished = serializers.BooleanField()


class AnalyticsOtherSerializer(serializers.Serializer[object]):
    """What belongs to no value of the dimension; counts of orders are null where an order can be in several rows."""

    values = ValuesField()


class AnalyticsCurrencySerializer(serializers.Serializer[object]):
    """The stores of one currency."""

    currency = serializers.CharField()
    rows = AnalyticsRowSerializer(many=True)
    totals = AnalyticsTotalsSerializer()
    other = AnalyticsOtherSerializer(allow_null=True)


class AnalyticsAnswerSerializer(SinceSerializer, CachedSerializer):
    """Of one store its rows; of several, `currencies` and null in their place."""

    figures = serializers.ListField(child=serializers.ChoiceField(choices=_ASKED))
    by = serializers.ListField(child=serializers.ChoiceField(choices=["time", *DIMENSIONS]))
    basis = serializers.ChoiceField(choices=Basis.choices)
    to = serializers.DateField()
    store = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    rows = AnalyticsRowSerializer(many=True, allow_null=True)
    totals = AnalyticsTotalsSerializer(allow_null=True)
    other = AnalyticsOtherSerializer(allow_null=True)
    currencies = AnalyticsCurrencySerializer(many=True, allow_null=True)
    verified = serializers.BooleanField(allow_null=True)


EXAMPLE: Json = {
    "figures": ["totalSales", "orders"],
    "by": ["country"],
    "basis": "placed",
    "from": "2026-03-01",
    "to": "2026-03-31",
    "store": "tea-house",
    "timezone": "Europe/London",
    "currency": "GBP",
    "rows": [
        {
            "key": "GB",
            "label": "GB",
            "time": None,
            "values": {"totalSales": 92.02, "orders": 2},
            "previous": {"totalSales": 80.0, "orders": 1},
            "unfinished": False,
        }
    ],
    "totals": {"values": {"totalSales": 92.02, "orders": 2}, "previous": {"totalSales": 80.0, "orders": 1}},
    "other": {"values": {"totalSales": 0.0, "orders": 0}},
    "currencies": None,
    "verified": True,
    "asOf": "2026-04-01T09:30:00+01:00",
    "computedAt": "2026-04-01T09:30:00+01:00",
    "expiresAt": "2026-04-01T09:35:00+01:00",
    "cacheState": "HIT",
}
QUERY = operation(
    "queryAnalytics",
    "Query figures by time and by a dimension",
    answer=AnalyticsAnswerSerializer,
    example=EXAMPLE,
    query=AnalyticsQuery,
    cached=True,
    paged=True,
)
