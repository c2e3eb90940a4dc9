"""What the OpenAPI document says of the dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from rest_framework import serializers

from dashboard.answers import documents
from dashboard.figures import Document, Figure, shown_in
from dashboard.figures.comparisons import COMPARISONS
from dashboard.figures.periods import KINDS
from dashboard.models import Basis
from dealport.kit.rest.documents import AnyField, serializer_of
from dealport.kit.rest.fields import MoneyField
from dealport.kit.values import Json


class PeriodSerializer(serializers.Serializer[object]):
    """The period as it was understood; `year` and `month` where its type has them."""

    lacks_fields = True
    type = serializers.ChoiceField(choices=KINDS)
    year = serializers.IntegerField(required=False)
    month = serializers.IntegerField(required=False)
    startDate = serializers.DateField()
    endDate = serializers.DateField()


class FiguresSerializer(serializers.Serializer[object]):
    """Figures of the registry, a field each, beside the fields declared; amounts may be null with `null_amounts`."""

    shown: ClassVar[Mapping[str, Figure]] = {}
    null_amounts = False

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields."""
        return super().get_fields() | {name: self._field(figure) for name, figure in self.shown.items()}

    def _field(self, figure: Figure) -> AnyField:
        if not figure.is_money:
            return serializers.IntegerField()
        lowest = None if figure.can_be_negative else Decimal(0)
        return MoneyField(min_value=lowest, allow_null=self.null_amounts)


def examples(shown: Mapping[str, Figure]) -> Json:
    """Return an example of each of some figures, by name."""
    return {name: float(figure.example) if figure.is_money else figure.example for name, figure in shown.items()}


class SummarySerializer(FiguresSerializer):
    """The figures of the period; docs/metrics.md defines each."""

    shown = shown_in(Document.SUMMARY)


class SummaryChangeSerializer(serializers.Serializer[object]):
    """By how many percent each figure changed; null where nothing was before."""

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields."""
        return {name: MoneyField(min_value=None, allow_null=True) for name in shown_in(Document.SUMMARY)}


class ComparisonSerializer(serializers.Serializer[object]):
    """The same figures of the days the period is compared with; of the last one up to `until`, if that is given."""

    compare = serializers.ChoiceField(choices=COMPARISONS)
    startDate = serializers.DateField()
    endDate = serializers.DateField()
    until = serializers.DateTimeField(allow_null=True)
    summary = SummarySerializer()
    change = SummaryChangeSerializer()
    salesByProduct = serializer_of(documents.ProductBefore)(many=True)


class StoreDashboardSerializer(serializers.Serializer[object]):
    """The figures of one store and period, exact at `asOf`."""

    period = PeriodSerializer()
    summary = SummarySerializer()
    dailyTrend = serializer_of(documents.DaySales)(many=True, min_length=7, max_length=7)
    salesByProduct = serializer_of(documents.ProductSales)(many=True)
    firstAvailablePeriod = serializer_of(documents.Month)(allow_null=True)
    lastAvailablePeriod = serializer_of(documents.Month)(allow_null=True)
    store = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    basis = serializers.ChoiceField(choices=Basis.choices)
    asOf = serializers.DateTimeField()
    verification = serializer_of(documents.Verification)(allow_null=True)
    comparison = ComparisonSerializer(allow_null=True)


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
