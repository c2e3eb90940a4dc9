"""Buckets: at the edges of days, ISO weeks and months, and those they are compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from customers.scopes import ALL_STORES
from dashboard import figures
from dashboard.figures import Bucket
from dashboard.figures.comparisons import compared_with, counterparts
from dealport.kit.day_range import DayRange
from reports.timeseries.timeline import Timeline

LATER = date(2199, 1, 1)


def days(text: str) -> DayRange:
    first, last = text.split("..")
    return DayRange(date.fromisoformat(first), date.fromisoformat(last))


def spans(found: list[Bucket]) -> list[DayRange]:
    return [DayRange(bucket.first, bucket.last) for bucket in found]


def timeline(text: str, granularity: str) -> Timeline:
    return Timeline(ALL_STORES, days(text), granularity, LATER, "placed")


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


COUNTERPARTS = [
    # days, weeks: as many days after the first one; a day that the other month has more belongs to no bucket
    ("daily", "previous_period", "2026-03-08..2026-03-10", ["03-05", "03-06", "03-07"]),
    ("weekly", "previous_period", "2026-03-11..2026-03-17", ["03-04..03-08", "03-09..03-10"]),
    ("weekly", "same_weekdays", "2026-03-09..2026-03-22", ["02-23..03-01", "03-02..03-08"]),
    ("daily", "previous_period", "2026-04-01..2026-04-30", [f"03-{day:02}" for day in range(1, 31)]),
    ("daily", "previous_period", "2026-03-01..2026-03-31", [*(f"02-{day:02}" for day in range(1, 29)), *[""] * 3]),
    ("monthly", "previous_period", "2026-03-10..2026-04-05", ["02-11..03-04", "03-05..03-09"]),
    # whole months: month by month
    ("monthly", "previous_period", "2026-07-01..2026-09-30", ["04-01..04-30", "05-01..05-31", "06-01..06-30"]),
    # the year before: the same dates
    ("weekly", "previous_year", "2026-03-02..2026-03-15", ["2025-03-02..2025-03-08", "2025-03-09..2025-03-15"]),
    ("monthly", "previous_year", "2028-02-01..2028-03-31", ["2027-02-01..2027-02-28", "2027-03-01..2027-03-31"]),
    ("monthly", "previous_year", "2029-02-01..2029-02-28", ["2028-02-01..2028-02-29"]),
    ("daily", "previous_year", "2028-02-28..2028-03-01", ["2027-02-28", "", "2027-03-01"]),
    ("daily", "previous_year", "2029-02-27..2029-03-01", ["2028-02-27", "2028-02-28..2028-02-29", "2028-03-01"]),
]


@pytest.mark.parametrize(("granularity", "comparison", "span", "expected"), COUNTERPARTS)
def test_each_bucket_is_compared_with_days_of_the_other_period(
    granularity: str, comparison: str, span: str, expected: list[str]
) -> None:
    parts = figures.buckets(days(span), granularity, LATER)
    other = compared_with(days(span), comparison, datetime(2199, 1, 1, tzinfo=UTC)).days
    found = counterparts(parts, other, comparison, by_months=granularity == "monthly")
    assert ["" if one is None else _text(one) for one in found] == [
        text if not text or len(text.split("..")[0]) > 5 else "..".join(f"2026-{day}" for day in text.split(".."))
        for text in expected
    ]


def _text(found: DayRange) -> str:
    return str(found.first) if found.count == 1 else f"{found.first}..{found.last}"


@pytest.mark.parametrize("comparison", ["previous_period", "same_weekdays", "previous_year"])
@pytest.mark.parametrize("granularity", figures.GRANULARITIES)
def test_no_day_is_compared_with_two_buckets_and_what_is_cut_off_ends_with_the_cut(
    granularity: str, comparison: str
) -> None:
    for start in (date(2027, 12, 31), date(2028, 2, 1), date(2028, 3, 1), date(2029, 2, 28)):
        for length in (1, 2, 28, 29, 31, 59, 90, 366):
            asked = DayRange(start, start + timedelta(days=length - 1))
            for running in (None, length // 2):
                now = datetime(2199, 1, 1, tzinfo=UTC)
                if running is not None:
                    now = datetime.combine(start + timedelta(days=running), time(9), UTC)
                other = compared_with(asked, comparison, now).days
                parts = figures.buckets(asked, granularity, LATER)
                found = counterparts(parts, other, comparison, by_months=granularity == "monthly")
                inside = [day for one in found if one for day in one.days()]
                left_out = other.count - len(inside)
                assert inside == DayRange(other.first, other.last - timedelta(days=left_out)).days()
                assert left_out <= (3 if comparison == "previous_period" else 0)


def test_without_a_comparison_there_are_no_counterparts() -> None:
    asked = timeline("2026-03-01..2026-03-02", "daily")
    assert (asked.compared_range, asked.counterparts) == (None, [None, None])


@pytest.mark.parametrize("granularity", figures.GRANULARITIES)
def test_every_day_lies_in_exactly_one_bucket(granularity: str) -> None:
    first = date(2027, 11, 17)
    for length in range(1, 100):
        found = figures.buckets(DayRange(first, first + timedelta(days=length - 1)), granularity, LATER)
        inside = [day for bucket in found for day in bucket.days()]
        assert inside == [first + timedelta(days=n) for n in range(length)]
