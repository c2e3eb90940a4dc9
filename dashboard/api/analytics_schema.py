"""What the OpenAPI document says of analytics queries."""

from __future__ import annotations

from dashboard.answers.analytics_documents import AnalyticsAnswer
from dashboard.api.figures_schema import CachedSerializer
from dashboard.api.inputs import AnalyticsQuery
from dealport.kit.rest.docs import operation
from dealport.kit.rest.documents import serializer_of
from dealport.kit.values import Json

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
            "secondKey": None,
            "secondLabel": None,
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
    "Query figures by time, by a dimension or by two",
    answer=serializer_of(AnalyticsAnswer, CachedSerializer),
    example=EXAMPLE,
    query=AnalyticsQuery,
    cached=True,
    paged=True,
)
