"""What the OpenAPI document says of the analytics."""

from __future__ import annotations

from rest_framework import serializers

from dashboard.api.figures_schema import CachedSerializer, SinceSerializer
from dashboard.api.schema import FiguresSerializer, examples
from dashboard.figures import COMPARISONS, GRANULARITIES, Document, counted_in, shown_in
from dashboard.models import Basis
from dealport.kit.rest.docs import operation
from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.fields import MoneyField
from reports.api.inputs import RecalculationInput
from reports.timeseries.data import COMPARED
from reports.timeseries.queries import RevenueQuery, SeriesQuery


class RecalculationSerializer(SinceSerializer):
    """A recalculation and what became of it; a null store is every store. `error` is why the last attempt failed."""

    id = serializers.IntegerField()
    to = serializers.DateField()
    store = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["queued", "running", "finished", "failed"])
    requestedAt = serializers.DateTimeField()
    startedAt = serializers.DateTimeField(allow_null=True)
    finishedAt = serializers.DateTimeField(allow_null=True)
    rowsWritten = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()


class SpanSerializer(SinceSerializer, CachedSerializer):
    """Request. All stores together have no zone: each counts by its own days."""

    store = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    to = serializers.DateField()
    granularity = serializers.ChoiceField(choices=list(GRANULARITIES))


class SeriesSpanSerializer(SpanSerializer):
    """The same, of amounts: `currency` is null where stores of several currencies are taken together."""

    currency = serializers.CharField(allow_null=True)
    basis = serializers.ChoiceField(choices=list(Basis.values))


class DaysSerializer(serializers.Serializer[object]):
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


class OverviewSeriesSerializer(serializers.Serializer[object]):
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


class RevenueChangeSerializer(serializers.Serializer[object]):
    """Percent; null where there was nothing before, nothing is compared, or the bucket is unfinished."""

    def get_fields(self) -> dict[str, AnyField]:
        """Return a field for each figure that is compared."""
        return {name: MoneyField(min_value=None, allow_null=True) for name in COMPARED}


class RevenueTotalSerializer(RevenueFiguresSerializer):
    """The whole range; `change` compares the finished buckets with their counterparts."""

    previous = PreviousSerializer(allow_null=True)
    change = RevenueChangeSerializer()


class RevenueBucketSerializer(BucketSerializer, RevenueTotalSerializer):
    """One bucket."""


class RevenueSeriesSerializer(serializers.Serializer[object]):
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
    "Read counts and sales over time",
    answer=OverviewSerializer,
    example={
        **_SERIES,
        "totals": examples(CountsSerializer.shown),
        "series": [
            {"currency": "GBP", "total": _OVERVIEW, "buckets": [{**_DAY, **_OVERVIEW}]},
        ],
    },
    query=SeriesQuery,
    cached=True,
)
REQUESTS = operation(
    "readAnalyticsRequests",
    "Read orders, page views and active accounts over time",
    answer=RequestsSerializer,
    example={
        **_SPAN,
        "granularity": "daily",
        "buckets": [{**_DAY, "orders": 2, "pageViews": 41, "activeUsers": 3}],
        **_CACHED,
    },
    query=SeriesQuery,
    cached=True,
)
REVENUE = operation(
    "readAnalyticsRevenue",
    "Read sales over time, with a comparison",
    answer=RevenueSerializer,
    example={
        **_SERIES,
        "compare": "previous_period",
        "series": [{"currency": "GBP", "total": _COMPARED, "buckets": [{**_DAY, **_COMPARED}]}],
    },
    query=RevenueQuery,
    cached=True,
)
_RECALCULATION = {
    "id": 14,
    "from": "2026-03-01",
    "to": "2026-03-30",
    "store": "tea-house",
    "status": "queued",
    "requestedAt": "2026-04-02T09:00:00Z",
    "startedAt": None,
    "finishedAt": None,
    "rowsWritten": None,
    "error": "",
}
RECALCULATE = operation(
    "recalculateDailyMetrics",
    "Recalculate the daily metrics of a date range",
    body=RecalculationInput,
    sent={"from": "2026-03-01", "to": "2026-03-30", "store": "tea-house"},
    answer=RecalculationSerializer,
    status=202,
    example=_RECALCULATION,
    errors=(404,),
)
RECALCULATION = operation(
    "readRecalculation",
    "Read what became of a recalculation",
    answer=RecalculationSerializer,
    example=_RECALCULATION,
)
