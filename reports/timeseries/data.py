"""Time series as the API has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dashboard import figures
from dashboard.figures import Bucket, Document, Number, Quantities, Use, added_up, counted_in, data_of
from dealport.kit.day_range import DayRange
from dealport.kit.values import FieldValues
from reports.timeseries import documents
from reports.timeseries.documents import COMPARED
from reports.timeseries.timeline import Timeline

Known = Mapping[date, Quantities]
NOTHING = added_up([])


def overview_data(timeline: Timeline) -> dict[str, object]:
    """Read and return every count and the sales by bucket, one series per currency."""
    found = figures.series(timeline.scope, timeline.days, timeline.granularity)
    counted = added_up(counted for known in found.values() for counted in known.values())
    return documents.Overview(
        **_head(timeline, found),
        totals={name: figure.value(counted) for name, figure in counted_in(Document.SERIES).items()},
        series=[_overview(timeline, currency, known) for currency, known in found.items()],
    ).to_json()


def _overview(timeline: Timeline, currency: str, known: Known) -> documents.OverviewSeries:
    def shown(quantities: Quantities) -> dict[str, Number]:
        return data_of(Document.SERIES, quantities, currency)

    buckets = [
        documents.OverviewBucket(*_bucket(bucket), figures=shown(_in(known, timeline, bucket)))
        for bucket in timeline.buckets
    ]
    return documents.OverviewSeries(currency, documents.OverviewTotal(shown(added_up(known.values()))), buckets)


def requests_data(timeline: Timeline) -> dict[str, object]:
    """Read and return the use of the back office by bucket."""
    found = figures.use(timeline.scope, timeline.days, timeline.granularity)
    used = [(bucket, found.get(timeline.key(bucket), Use(0, 0, 0))) for bucket in timeline.buckets]
    return documents.Requests(
        **_span(timeline),
        buckets=[
            documents.RequestsBucket(*_bucket(bucket), use.orders, use.page_views, use.active_users)
            for bucket, use in used
        ],
    ).to_json()


def revenue_data(timeline: Timeline) -> dict[str, object]:
    """Read and return the sales by bucket, one series per currency, beside what they are compared with."""
    found = figures.series(timeline.scope, timeline.days, timeline.granularity, timeline.basis)
    days = timeline.compared_range
    before: figures.Series = figures.series(timeline.scope, days, timeline.granularity, timeline.basis) if days else {}
    return documents.Revenue(
        **_head(timeline, found),
        compare=timeline.compare,
        series=[_revenue(timeline, currency, known, before.get(currency)) for currency, known in found.items()],
    ).to_json()


def _revenue(timeline: Timeline, currency: str, known: Known, before: Known | None) -> documents.RevenueSeries:
    """Return a currency's total and buckets with their counterparts; unfinished buckets are left out of changes."""
    pairs = [(bucket, timeline.counterpart(bucket)) for bucket in timeline.buckets]
    whole = [(bucket, then) for bucket, then in pairs if then and not bucket.is_unfinished]
    previous: documents.Previous | None = None
    if before is not None and timeline.compared_range is not None:
        previous = _previous(timeline.compared_range, added_up(before.values()), currency)
    now = added_up(_in(known, timeline, bucket) for bucket, _ in whole)
    then = added_up(_in(before or {}, timeline, other) for _, other in whole)
    shown = data_of(Document.REVENUE, added_up(known.values()), currency)
    return documents.RevenueSeries(
        currency,
        documents.RevenueTotal(shown, previous, _change(now, then)),
        [_pair(timeline, currency, known, before or {}, *pair) for pair in pairs],
    )


def _pair(
    timeline: Timeline, currency: str, known: Known, before: Known, bucket: Bucket, other: Bucket | None
) -> documents.RevenueBucket:
    now = _in(known, timeline, bucket)
    then = _in(before, timeline, other) if other else NOTHING
    return documents.RevenueBucket(
        *_bucket(bucket),
        figures=data_of(Document.REVENUE, now, currency),
        previous=_previous(other, then, currency) if other else None,
        change=_change(now, NOTHING if bucket.is_unfinished else then),
    )


def _previous(days: DayRange, quantities: Quantities, currency: str) -> documents.Previous:
    return documents.Previous(days.first, days.last, data_of(Document.REVENUE, quantities, currency))


def _head(timeline: Timeline, found: figures.Series) -> FieldValues:
    """Return the request; `currency` is null where there are several or none."""
    (currency,) = found if len(found) == 1 else (None,)
    return {**_span(timeline), "currency": currency, "basis": timeline.basis}


def _span(timeline: Timeline) -> FieldValues:
    return {
        "store": timeline.scope.slug,
        "timezone": timeline.scope.timezone,
        "from_": timeline.days.first,
        "to": timeline.days.last,
        "granularity": timeline.granularity,
    }


def _in(known: Known, timeline: Timeline, bucket: Bucket) -> Quantities:
    return known.get(timeline.key(bucket), NOTHING)


def _bucket(bucket: Bucket) -> tuple[date, date, bool]:
    return bucket.first, bucket.last, bucket.is_unfinished


def _change(now: Quantities, then: Quantities) -> FieldValues:
    """Return by how many percent each moved, null where there was nothing before."""
    # sums over days alone: no ratio, which a currency would have to round
    current, previous = data_of(Document.REVENUE, now, ""), data_of(Document.REVENUE, then, "")
    return {name: figures.change(current[name], previous[name]) for name in COMPARED}
