"""What the OpenAPI document says of the store dashboard."""

from __future__ import annotations

from rest_framework import serializers

from dashboard.answers import documents
from dashboard.answers.serializers import SummarySerializer, examples
from dealport.kit.rest.documents import serializer_of
from dealport.kit.values import Json


class AsOfSerializer(serializers.Serializer[object]):
    """The moment the figures are exact at."""

    asOf = serializers.DateTimeField()


ANSWER = serializer_of(documents.StoreDashboard, AsOfSerializer)
EXAMPLE: Json = {
    "period": {"type": "monthly", "year": 2026, "month": 3, "startDate": "2026-03-01", "endDate": "2026-03-31"},
    "summary": examples(SummarySerializer.shown),
    "dailyTrend": [{"date": f"2026-03-{day}", "totalSales": 0.0, "totalOrders": 0} for day in range(25, 32)],
    "salesByProduct": [
        {
            "productId": 501,
            "productName": "Silk scarf, red",
            "imgCardUrl": "/media/products/scarf-red.png",
            "totalSales": 72.0,
            "totalOrders": 1,
            "percentage": 100.0,
        }
    ],
    "firstAvailablePeriod": {"year": 2026, "month": 2, "period": "2026-02"},
    "lastAvailablePeriod": {"year": 2026, "month": 3, "period": "2026-03"},
    "store": "atelier-moda",
    "currency": "EUR",
    "timezone": "Europe/Madrid",
    "basis": "placed",
    "asOf": "2026-04-02T09:30:00+02:00",
    "verification": {"checkedAt": "2026-04-02T02:30:00+02:00", "difference": 0.0, "wrongBuckets": 0},
    "comparison": {
        "compare": "previous_period",
        "startDate": "2026-02-01",
        "endDate": "2026-02-28",
        "until": None,
        "summary": examples(SummarySerializer.shown),
        "change": dict.fromkeys(SummarySerializer.shown, 0.0),
        "salesByProduct": [{"productId": 501, "totalSales": 36.0, "change": 100.0}],
    },
}
