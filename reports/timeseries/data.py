"""Time series as the API has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from dashboard import figures
from dashboard.figures import Bucket, Document, Number, Quantities, Use, added_up, counted_in, data_of, shown_in
from dashboard.figures.analytics import Question, compared_cells
from dealport.kit.day_range import DayRange
from dealport.kit.values import FieldValues
from reports.timeseries import documents
from reports.timeseries.documents import COMPARED
from reports.timeseries.timeline import Timeline

Known = Mapping[date, Quantities]
NOTHING = added_up([])
Before = dict[str, dict[str, Quantities]]
"""What is compared with: currency → bucket (empty: of none) → quantities."""


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
    before: Before = {}
    if timeline.compared:
        shown = tuple(shown_in(Document.REVENUE).values())
        question = Question(shown, granularity=timeline.granularity, basis=timeline.basis)
        for (currency, bucket, *_), cell in compared_cells(question, timeline.compared, pairs=timeline.pairs).items():
            before.setdefault(currency, {})[bucket] = cell
    return documents.Revenue(
        **_head(timeline, found),
        compare=timeline.compare,
        series=[_revenue(timeline, currency, known, before.get(currency, {})) for currency, known in found.items()],
    ).to_json()


def _revenue(
    timeline: Timeline, currency: str, known: Known, before: Mapping[str, Quantities]
) -> documents.RevenueSeries:
    """Return a currency's total and buckets beside what they are compared with."""

    def compared(now: Quantities, then: Quantities, days: DayRange | None) -> FieldValues:
        return {
            "figures": data_of(Document.REVENUE, now, currency),
            "previous": _previous(days, then, currency) if days else None,
            "change": _change(now, then if days else NOTHING),
        }

    return documents.RevenueSeries(
        currency,
        documents.RevenueTotal(**compared(added_up(known.values()), _sum(before.values()), timeline.compared_range)),
        [
            documents.RevenueBucket(
                *_bucket(bucket),
                **compared(_in(known, timeline, bucket), before.get(timeline.key(bucket).isoformat(), NOTHING), days),
            )
            for bucket, days in zip(timeline.buckets, timeline.counterparts, strict=True)
        ],
    )


def _sum(cells: Iterable[Quantities]) -> Quantities:
    """Return the sums of all that is compared with, also of days that no bucket is."""
    every = list(cells)
    return {name: sum((cell[name] for cell in every), Decimal(0)) for name in every[0]} if every else NOTHING


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
