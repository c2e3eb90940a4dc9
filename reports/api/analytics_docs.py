"""What the OpenAPI document says of the analytics, and what their requests may hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from dashboard.api.figures_schema import CachedSerializer, SinceSerializer
from dashboard.api.schema import DAY, FiguresSerializer, examples
from dashboard.figures import COMPARISONS, GRANULARITIES, Document, counted_in, shown_in
from dashboard.figures.periods import FIRST_YEAR, ISO_DATE, LAST_YEAR
from dashboard.models import Basis
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import MoneyField, StoreKeyField
from dealport.kit.rest.serializers import StrictSerializer
from reports.timeseries.data import COMPARED

STORE = OpenApiParameter(
    "store", {"type": "string", "minLength": 1}, description="Id or slug of a store; left out, all stores."
)
FROM = OpenApiParameter("from", DAY, description="First local day; 30 days before `to` by default.")
TO = OpenApiParameter("to", DAY, description="Last local day, which counts; today by default. At most 1,096 days.")
GRANULARITY = OpenApiParameter(
    "granularity",
    {"type": "string", "enum": list(GRANULARITIES), "default": "daily"},
    description="Days, ISO weeks or months in the store's zone, cut off where the range begins and ends.",
)
COMPARE = OpenApiParameter(
    "compare",
    {"type": "string", "enum": list(COMPARISONS)},
    description="As many buckets before, or the same days a year before (weeks: 52 weeks before).",
)
BASIS = OpenApiParameter("basis", {"type": "string", "enum": list(Basis.values), "default": "placed"})


class DayField(serializers.DateField):
    """A date spelled YYYY-MM-DD."""

    default_error_messages = {"invalid": f"Expected a date as YYYY-MM-DD, from {FIRST_YEAR} to {LAST_YEAR}."}

    def to_internal_value(self, value: Any) -> date:
        """Return the day. Raises ValidationError."""
        if not isinstance(value, str) or not ISO_DATE.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail("invalid")
        return day


class RecalculationInput(StrictSerializer):
    """Days that are over, both ends included; without a store, of every store."""

    to = DayField()
    store = StoreKeyField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; the name of the first is a keyword of Python."""
        return {"from": DayField(), **super().get_fields()}


class RecalculationSerializer(SinceSerializer):
    """What was queued; a null store is every store."""

    to = serializers.DateField()
    store = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["queued"])


class SpanSerializer(SinceSerializer, CachedSerializer):
    """What was asked for. All stores together have no zone: each counts by its own days."""

    store = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    to = serializers.DateField()
    granularity = serializers.ChoiceField(choices=list(GRANULARITIES))


class SeriesSpanSerializer(SpanSerializer):
    """The same, of amounts: `currency` is null where stores of several currencies are taken together."""

    currency = serializers.CharField(allow_null=True)
    basis = serializers.ChoiceField(choices=list(Basis.values))


class DaysSerializer(serializers.Serializer[Any]):
    """Local days, both included."""

    startDate = serializers.DateField()
    endDate = serializers.DateField()


class BucketSerializer(DaysSerializer):
    """A bucket, there even if nothing happened in it; unfinished if a day of it is not over."""

    isUnfinished = serializers.BooleanField()


class RequestsBucketSerializer(BucketSerializer):
    """Use of the back office: an account that was active counts once in each bucket."""

    orders = serializers.IntegerField()
    pageViews = serializers.IntegerField()
    activeUsers = serializers.IntegerField()


class RequestsSerializer(SpanSerializer):
    """Orders placed, page views and active accounts by bucket."""

    buckets = RequestsBucketSerializer(many=True)


class CountsSerializer(FiguresSerializer):
    """Counts by the day of the order or registration."""

    shown = counted_in(Document.SERIES)


class OverviewTotalSerializer(FiguresSerializer):
    """Counts and amounts in the currency of the series."""

    shown = shown_in(Document.SERIES)


class OverviewBucketSerializer(BucketSerializer, OverviewTotalSerializer):
    """The same for one bucket."""


class OverviewSeriesSerializer(serializers.Serializer[Any]):
    """The series of one currency."""

    currency = serializers.CharField()
    total = OverviewTotalSerializer()
    buckets = OverviewBucketSerializer(many=True)


class OverviewSerializer(SeriesSpanSerializer):
    """Every count by bucket, one series per currency; `totals` are the counts of all currencies."""

    totals = CountsSerializer()
    series = OverviewSeriesSerializer(many=True)


class RevenueFiguresSerializer(FiguresSerializer):
    """Amounts and counts in the currency of the series."""

    shown = shown_in(Document.REVENUE)


class PreviousSerializer(DaysSerializer, RevenueFiguresSerializer):
    """What is compared with."""


class RevenueChangeSerializer(serializers.Serializer[Any]):
    """Percent; null where there was nothing before, nothing is compared, or the bucket is unfinished."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each figure that is compared."""
        return {name: MoneyField(min_value=None, allow_null=True) for name in COMPARED}


class RevenueTotalSerializer(RevenueFiguresSerializer):
    """The whole range; `change` compares the finished buckets with their counterparts."""

    previous = PreviousSerializer(allow_null=True)
    change = RevenueChangeSerializer()


class RevenueBucketSerializer(BucketSerializer, RevenueTotalSerializer):
    """One bucket."""


class RevenueSeriesSerializer(serializers.Serializer[Any]):
    """The series of one currency."""

    currency = serializers.CharField()
    total = RevenueTotalSerializer()
    buckets = RevenueBucketSerializer(many=True)


class RevenueSerializer(SeriesSpanSerializer):
    """Sales by bucket, one series per currency."""

    compare = serializers.ChoiceField(choices=list(COMPARISONS), allow_null=True)
    series = RevenueSeriesSerializer(many=True)


_CACHED = {
    "asOf": "2026-03-31T09:30:00+00:00",
    "computedAt": "2026-03-31T09:30:00+00:00",
    "expiresAt": "2026-03-31T09:35:00+00:00",
    "cacheState": "HIT",
}
_SPAN = {"store": "tea-house", "timezone": "Europe/London", "from": "2026-03-30", "to": "2026-03-30"}
_DAY = {"startDate": "2026-03-30", "endDate": "2026-03-30", "isUnfinished": False}
_OVERVIEW = examples(OverviewTotalSerializer.shown)
_REVENUE = examples(RevenueFiguresSerializer.shown)
_COMPARED = {
    **_REVENUE,
    "previous": {"startDate": "2026-03-29", "endDate": "2026-03-29", **_REVENUE},
    "change": dict.fromkeys(COMPARED, 0.0),
}
_SERIES = {**_SPAN, "granularity": "daily", "currency": "GBP", "basis": "placed", **_CACHED}

OVERVIEW = operation(
    "readAnalyticsOverview",
    "Read every count and the sales along time",
    answer=OverviewSerializer,
    example={
        **_SERIES,
        "totals": examples(CountsSerializer.shown),
        "series": [
            {"currency": "GBP", "total": _OVERVIEW, "buckets": [{**_DAY, **_OVERVIEW}]},
        ],
    },
    parameters=(STORE, FROM, TO, GRANULARITY),
    cached=True,
)
REQUESTS = operation(
    "readAnalyticsRequests",
    "Read orders, page views and active accounts along time",
    answer=RequestsSerializer,
    example={
        **_SPAN,
        "granularity": "daily",
        "buckets": [{**_DAY, "orders": 2, "pageViews": 41, "activeUsers": 3}],
        **_CACHED,
    },
    parameters=(STORE, FROM, TO, GRANULARITY),
    cached=True,
)
REVENUE = operation(
    "readAnalyticsRevenue",
    "Read the sales along time, compared with earlier ones",
    answer=RevenueSerializer,
    example={
        **_SERIES,
        "compare": "previous_period",
        "series": [{"currency": "GBP", "total": _COMPARED, "buckets": [{**_DAY, **_COMPARED}]}],
    },
    parameters=(STORE, FROM, TO, GRANULARITY, COMPARE, BASIS),
    cached=True,
)
RECALCULATE = operation(
    "recalculateDailyMetrics",
    "Aggregate the daily metrics of some days again",
    body=RecalculationInput,
    sent={"from": "2026-03-01", "to": "2026-03-30", "store": "tea-house"},
    answer=RecalculationSerializer,
    status=202,
    example={"from": "2026-03-01", "to": "2026-03-30", "store": "tea-house", "status": "queued"},
    errors=(404,),
)
