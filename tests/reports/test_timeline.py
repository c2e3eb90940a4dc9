"""Buckets: at the edges of days, ISO weeks and months, and those they are compared with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from customers.scopes import ALL_STORES
from dashboard import figures
from dashboard.figures import Bucket
from dealport.kit.day_range import DayRange
from reports.timeseries.timeline import Timeline

LATER = date(2199, 1, 1)


def days(text: str) -> DayRange:
    first, last = text.split("..")
    return DayRange(date.fromisoformat(first), date.fromisoformat(last))


def spans(found: list[Bucket]) -> list[DayRange]:
    return [DayRange(bucket.first, bucket.last) for bucket in found]


def timeline(text: str, granularity: str, compare: str | None = None, today: date = LATER) -> Timeline:
    return Timeline(ALL_STORES, days(text), granularity, today, "placed", compare)


@pytest.mark.parametrize(
    ("granularity", "span", "expected"),
    [
        (
            "daily",
            "2028-02-28..2028-03-01",
            ["2028-02-28..2028-02-28", "2028-02-29..2028-02-29", "2028-03-01..2028-03-01"],
        ),
        # 2026-W53 ends on January 3rd; the range begins on its Thursday and ends on a Monday
        (
            "weekly",
            "2026-12-31..2027-01-11",
            ["2026-12-31..2027-01-03", "2027-01-04..2027-01-10", "2027-01-11..2027-01-11"],
        ),
        ("weekly", "2026-03-30..2026-04-05", ["2026-03-30..2026-04-05"]),
        (
            "monthly",
            "2026-01-31..2026-03-01",
            ["2026-01-31..2026-01-31", "2026-02-01..2026-02-28", "2026-03-01..2026-03-01"],
        ),
        ("monthly", "2026-12-01..2027-01-31", ["2026-12-01..2026-12-31", "2027-01-01..2027-01-31"]),
    ],
)
def test_buckets_cover_the_range_and_are_cut_off_where_it_ends(
    granularity: str, span: str, expected: list[str]
) -> None:
    assert spans(figures.buckets(days(span), granularity, LATER)) == [days(text) for text in expected]


@pytest.mark.parametrize(
    ("granularity", "today", "unfinished"),
    [
        ("daily", "2026-03-30", [False, True, True]),
        ("daily", "2026-04-01", [False, False, False]),
        ("weekly", "2026-03-29", [True, True]),
        ("weekly", "2026-03-30", [False, True]),
        ("monthly", "2026-03-31", [True]),
        ("monthly", "2026-04-01", [False]),
    ],
)
def test_a_bucket_is_unfinished_until_the_last_of_its_days_is_over_also_where_the_range_cuts_it_off(
    granularity: str, today: str, unfinished: list[bool]
) -> None:
    found = figures.buckets(days("2026-03-29..2026-03-31"), granularity, date.fromisoformat(today))
    assert [bucket.is_unfinished for bucket in found] == unfinished


@pytest.mark.parametrize(
    ("granularity", "compare", "span", "expected"),
    [
        ("daily", "previous_period", "2026-03-01..2026-03-10", "2026-02-19..2026-02-28"),
        ("daily", "previous_year", "2026-03-01..2026-03-10", "2025-03-01..2025-03-10"),
        ("daily", "previous_year", "2028-02-29..2028-03-01", "2027-03-01..2027-03-01"),
        ("daily", "previous_year", "2028-02-28..2028-02-29", "2027-02-28..2027-02-28"),
        ("weekly", "previous_period", "2026-03-02..2026-03-15", "2026-02-16..2026-03-01"),
        ("weekly", "previous_year", "2027-01-04..2027-01-10", "2026-01-05..2026-01-11"),
        ("monthly", "previous_period", "2026-03-01..2026-03-31", "2026-02-01..2026-02-28"),
        ("monthly", "previous_period", "2026-02-01..2026-02-28", "2026-01-01..2026-01-31"),
        ("monthly", "previous_period", "2026-01-01..2026-03-31", "2025-10-01..2025-12-31"),
        ("monthly", "previous_period", "2026-03-10..2026-03-30", "2026-02-10..2026-02-28"),
        ("monthly", "previous_year", "2028-02-01..2028-02-29", "2027-02-01..2027-02-28"),
        ("monthly", "previous_year", "2027-02-01..2027-02-28", "2026-02-01..2026-02-28"),
        ("monthly", "previous_year", "2029-02-01..2029-02-28", "2028-02-01..2028-02-29"),
    ],
)
def test_a_range_is_compared_with_as_many_buckets_before_or_the_year_before(
    granularity: str, compare: str, span: str, expected: str
) -> None:
    asked = timeline(span, granularity, compare)
    assert asked.compared_range == days(expected)
    others = [bucket for bucket in map(asked.counterpart, asked.buckets) if bucket]
    assert DayRange(others[0].first, others[-1].last) == days(expected)


def test_a_leap_day_has_no_counterpart_in_a_common_year() -> None:
    asked = timeline("2028-02-28..2028-03-01", "daily", "previous_year")
    found = [other and DayRange(other.first, other.last) for other in map(asked.counterpart, asked.buckets)]
    assert found == [days("2027-02-28..2027-02-28"), None, days("2027-03-01..2027-03-01")]
    assert timeline("2028-02-29..2028-02-29", "daily", "previous_year").compared_range is None


def test_counterparts_are_cut_off_as_the_buckets_are() -> None:
    asked = timeline("2026-03-11..2026-03-17", "weekly", "previous_period")
    assert spans(asked.buckets) == [days("2026-03-11..2026-03-15"), days("2026-03-16..2026-03-17")]
    others = [asked.counterpart(bucket) for bucket in asked.buckets]
    assert [other and DayRange(other.first, other.last) for other in others] == [
        days("2026-02-25..2026-03-01"),
        days("2026-03-02..2026-03-03"),
    ]


def test_without_a_comparison_there_are_no_counterparts() -> None:
    asked = timeline("2026-03-01..2026-03-02", "daily")
    assert (asked.compared_range, [asked.counterpart(bucket) for bucket in asked.buckets]) == (None, [None, None])


@pytest.mark.parametrize("granularity", figures.GRANULARITIES)
def test_every_day_lies_in_exactly_one_bucket(granularity: str) -> None:
    first = date(2027, 11, 17)
    for length in range(1, 100):
        found = figures.buckets(DayRange(first, first + timedelta(days=length - 1)), granularity, LATER)
        inside = [day for bucket in found for day in bucket.days()]
        assert inside == [first + timedelta(days=n) for n in range(length)]
