"""What the OpenAPI document says of the analytics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from dashboard.answers.serializers import examples
from dashboard.api.figures_schema import CachedSerializer
from dealport.kit.rest.docs import operation
from dealport.kit.rest.documents import ApiDocument, Said, serializer_of
from reports.api.inputs import RecalculationInput
from reports.timeseries import documents
from reports.timeseries.documents import COMPARED, CountsSerializer, OverviewFiguresSerializer, RevenueFiguresSerializer
from reports.timeseries.queries import RevenueQuery, SeriesQuery


@dataclass(frozen=True)
class RecalculationState(ApiDocument):
    """A recalculation and what became of it; a null store is every store. `error` is why the last attempt failed."""

    id: int
    from_: date
    to: date
    store: str | None
    status: Annotated[str, Said(choices=("queued", "running", "finished", "failed"))]
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_written: int | None
    error: str


_CACHED = {
    "asOf": "2026-03-31T09:30:00+00:00",
    "computedAt": "2026-03-31T09:30:00+00:00",
    "expiresAt": "2026-03-31T09:35:00+00:00",
    "cacheState": "HIT",
}
_SPAN = {"store": "tea-house", "timezone": "Europe/London", "from": "2026-03-30", "to": "2026-03-30"}
_DAY = {"startDate": "2026-03-30", "endDate": "2026-03-30", "isUnfinished": False}
_OVERVIEW = examples(OverviewFiguresSerializer.shown)
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
    answer=serializer_of(documents.Overview, CachedSerializer),
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
    answer=serializer_of(documents.Requests, CachedSerializer),
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
    answer=serializer_of(documents.Revenue, CachedSerializer),
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
    answer=serializer_of(RecalculationState),
    status=202,
    example=_RECALCULATION,
    errors=(404,),
)
RECALCULATION = operation(
    "readRecalculation",
    "Read what became of a recalculation",
    answer=serializer_of(RecalculationState),
    example=_RECALCULATION,
)
