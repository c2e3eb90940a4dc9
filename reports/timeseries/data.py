"""Time series as the API has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dashboard import figures
from dashboard.figures import Bucket, Document, Quantities, Use, added_up, counted_in, data_of, shown_in
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json
from reports.timeseries.timeline import Timeline

Known = Mapping[date, Quantities]
COMPARED = [name for name, figure in shown_in(Document.REVENUE).items() if figure.sums_over_days]
NOTHING = added_up([])


def overview_data(timeline: Timeline) -> dict[str, object]:
    """Read and return every count and the sales by bucket, one series per currency."""
    found = figures.series(timeline.scope, timeline.days, timeline.granularity)
    return {
        **_head(timeline, found),
        "basis": timeline.basis,
        "totals": _counts(added_up(counted for known in found.values() for counted in known.values())),
        "series": [
            {
                "currency": currency,
                "total": data_of(Document.SERIES, added_up(known.values()), currency),
                "buckets": [
                    _bucket(b) | data_of(Document.SERIES, _in(known, timeline, b), currency) for b in timeline.buckets
                ],
            }
            for currency, known in found.items()
        ],
    }


def requests_data(timeline: Timeline) -> dict[str, object]:
    """Read and return the use of the back office by bucket."""
    found = figures.use(timeline.scope, timeline.days, timeline.granularity)
    nothing = Use(0, 0, 0)
    return {
        **_span(timeline),
        "buckets": [_bucket(b) | _use(found.get(timeline.key(b), nothing)) for b in timeline.buckets],
    }


def revenue_data(timeline: Timeline) -> dict[str, object]:
    """Read and return the sales by bucket, one series per currency, beside what they are compared with."""
    found = figures.series(timeline.scope, timeline.days, timeline.granularity, timeline.basis)
    days = timeline.compared_range
    before: figures.Series = figures.series(timeline.scope, days, timeline.granularity, timeline.basis) if days else {}
    return {
        **_head(timeline, found),
        "basis": timeline.basis,
        "compare": timeline.compare,
        "series": [
            {"currency": currency, **_compared(timeline, currency, known, before.get(currency))}
            for currency, known in found.items()
        ],
    }


def _compared(timeline: Timeline, currency: str, known: Known, before: Known | None) -> dict[str, object]:
    """Return a currency's total and buckets with their counterparts; unfinished buckets are left out of changes."""
    pairs = [(bucket, timeline.counterpart(bucket)) for bucket in timeline.buckets]
    whole = [(bucket, then) for bucket, then in pairs if then and not bucket.is_unfinished]
    previous: dict[str, object] | None = None
    if before is not None and timeline.compared_range is not None:
        previous = _days(timeline.compared_range) | data_of(Document.REVENUE, added_up(before.values()), currency)
    now = added_up(_in(known, timeline, bucket) for bucket, _ in whole)
    then = added_up(_in(before or {}, timeline, other) for _, other in whole)
    return {
        "total": data_of(Document.REVENUE, added_up(known.values()), currency)
        | {"previous": previous, "change": _change(now, then)},
        "buckets": [_pair(timeline, currency, known, before or {}, *pair) for pair in pairs],
    }


def _pair(
    timeline: Timeline, currency: str, known: Known, before: Known, bucket: Bucket, other: Bucket | None
) -> dict[str, object]:
    now = _in(known, timeline, bucket)
    data = _bucket(bucket) | data_of(Document.REVENUE, now, currency)
    if other is None:
        return {**data, "previous": None, "change": _change(now, NOTHING)}
    then = _in(before, timeline, other)
    change = _change(now, NOTHING if bucket.is_unfinished else then)
    return {**data, "previous": _days(other) | data_of(Document.REVENUE, then, currency), "change": change}


def _head(timeline: Timeline, found: figures.Series) -> dict[str, object]:
    """Return the request; `currency` is null where there are several or none."""
    (currency,) = found if len(found) == 1 else (None,)
    return {**_span(timeline), "currency": currency}


def _span(timeline: Timeline) -> dict[str, object]:
    return {
        "store": timeline.scope.slug,
        "timezone": timeline.scope.timezone,
        "from": timeline.days.first.isoformat(),
        "to": timeline.days.last.isoformat(),
        "granularity": timeline.granularity,
    }


def _in(known: Known, timeline: Timeline, bucket: Bucket) -> Quantities:
    return known.get(timeline.key(bucket), NOTHING)


def _days(days: DayRange) -> dict[str, object]:
    return {"startDate": days.first.isoformat(), "endDate": days.last.isoformat()}


def _bucket(bucket: Bucket) -> Json:
    return {**_days(bucket), "isUnfinished": bucket.is_unfinished}


def _counts(counted: Quantities) -> dict[str, object]:
    return {name: figure.value(counted) for name, figure in counted_in(Document.SERIES).items()}


def _use(use: Use) -> dict[str, object]:
    return {"orders": use.orders, "pageViews": use.page_views, "activeUsers": use.active_users}


def _change(now: Quantities, then: Quantities) -> Json:
    """Return by how many percent each moved, null where there was nothing before."""
    # sums over days alone: no ratio, which a currency would have to round
    current, previous = data_of(Document.REVENUE, now, ""), data_of(Document.REVENUE, then, "")
    return {name: figures.change(current[name], previous[name]) for name in COMPARED}
