"""The documents of the time series: their JSON and their serializers are made of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from dashboard.answers.serializers import ChangesSerializer, FiguresSerializer
from dashboard.figures import GRANULARITIES, Document, Number, counted_in, shown_in
from dashboard.figures.comparisons import COMPARISONS, NONE
from dashboard.models import Basis
from dealport.kit.rest.documents import ApiDocument, Said

COMPARED = [name for name, figure in shown_in(Document.REVENUE).items() if figure.sums_over_days]
"""The figures of sales whose change is given: sums over days, no ratio."""

COMPARED_WITH = [name for name in COMPARISONS if name != NONE]


class CountsSerializer(FiguresSerializer):
    """Counts by the day of the order or registration."""

    shown = counted_in(Document.SERIES)


class OverviewFiguresSerializer(FiguresSerializer):
    """Counts and amounts in the currency of the series."""

    shown = shown_in(Document.SERIES)


class RevenueFiguresSerializer(FiguresSerializer):
    """Amounts and counts in the currency of the series."""

    shown = shown_in(Document.REVENUE)


class RevenueChangeSerializer(ChangesSerializer):
    """Percent; null where there was nothing before, or nothing is compared."""

    names = COMPARED


Counts = Annotated[Mapping[str, Number], Said(serializer=CountsSerializer)]
OverviewFigures = Annotated[Mapping[str, Number], Said(serializer=OverviewFiguresSerializer, spread=True)]
RevenueFigures = Annotated[Mapping[str, Number], Said(serializer=RevenueFiguresSerializer, spread=True)]
RevenueChange = Annotated[Mapping[str, Decimal | None], Said(serializer=RevenueChangeSerializer)]


@dataclass(frozen=True)
class Span(ApiDocument):
    """Request. All stores together have no zone: each counts by its own days."""

    store: str | None
    timezone: str | None
    from_: date
    to: date
    granularity: Annotated[str, Said(choices=list(GRANULARITIES))]


@dataclass(frozen=True)
class SeriesSpan(Span):
    """The same, of amounts: `currency` is null where stores of several currencies are taken together."""

    currency: str | None
    basis: Annotated[str, Said(choices=Basis.values)]


@dataclass(frozen=True)
class BucketDays(ApiDocument):
    """A bucket, there even if nothing happened in it; unfinished if a day of it is not over."""

    start_date: date
    end_date: date
    is_unfinished: bool


@dataclass(frozen=True)
class RequestsBucket(BucketDays):
    """Use of the back office: an account that was active counts once in each bucket."""

    orders: int
    page_views: int
    active_users: int


@dataclass(frozen=True)
class Requests(Span):
    """Orders placed, page views and active accounts by bucket."""

    buckets: list[RequestsBucket]


@dataclass(frozen=True)
class OverviewTotal(ApiDocument):
    """Counts and amounts of the whole range."""

    figures: OverviewFigures


@dataclass(frozen=True)
class OverviewBucket(BucketDays):
    """The same for one bucket."""

    figures: OverviewFigures


@dataclass(frozen=True)
class OverviewSeries(ApiDocument):
    """The series of one currency."""

    currency: str
    total: OverviewTotal
    buckets: list[OverviewBucket]


@dataclass(frozen=True)
class Overview(SeriesSpan):
    """Every count by bucket, one series per currency; `totals` are the counts of all currencies."""

    totals: Counts
    series: list[OverviewSeries]


@dataclass(frozen=True)
class Previous(ApiDocument):
    """The days that are compared with, and their figures; of a period that runs, of the same part of them."""

    start_date: date
    end_date: date
    figures: RevenueFigures


@dataclass(frozen=True)
class RevenueTotal(ApiDocument):
    """The whole range beside what it is compared with."""

    figures: RevenueFigures
    previous: Previous | None
    change: RevenueChange


@dataclass(frozen=True)
class RevenueBucket(BucketDays):
    """One bucket beside its counterpart; null where there is none."""

    figures: RevenueFigures
    previous: Previous | None
    change: RevenueChange


@dataclass(frozen=True)
class RevenueSeries(ApiDocument):
    """The series of one currency."""

    currency: str
    total: RevenueTotal
    buckets: list[RevenueBucket]


@dataclass(frozen=True)
class Revenue(SeriesSpan):
    """Sales by bucket, one series per currency."""

    compare: Annotated[str | None, Said(choices=COMPARED_WITH)]
    series: list[RevenueSeries]
