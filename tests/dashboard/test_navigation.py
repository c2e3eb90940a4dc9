from __future__ import annotations

from datetime import date

import pytest

from dashboard.figures.periods import Period, month_period
from dashboard.pages import period_picker
from dashboard.pages.period_picker import Choice

TODAY = date(2026, 11, 20)
JUNE = month_period(2011, 6)
YEAR = Period(date(2011, 1, 1), date(2011, 12, 31), "yearly")
YEAR_BEFORE = Period(date(2010, 1, 1), date(2010, 12, 31), "yearly")
YEAR_AFTER = Period(date(2012, 1, 1), date(2012, 12, 31), "yearly")
CUSTOM = Period(date(2026, 2, 26), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (JUNE, "June 2011"),
        (YEAR, "2011"),
        (Period(TODAY, TODAY, "today"), "Nov 20, 2026"),
        (Period(date(2026, 11, 14), TODAY, "last7"), "Nov 14 – 20, 2026"),
        (CUSTOM, "Feb 26 – Mar 1, 2026"),
        (Period(date(2025, 12, 31), date(2026, 1, 1)), "Dec 31, 2025 – Jan 1, 2026"),
    ],
)
def test_a_period_is_written_without_repeating_itself(period: Period, words: str) -> None:
    assert period_picker.title(period) == words


@pytest.mark.parametrize(
    ("period", "basis", "query"),
    [
        (JUNE, "placed", "?year=2011&month=6"),
        (JUNE, "booked", "?year=2011&month=6&basis=booked"),
        (YEAR, "placed", "?period=yearly&year=2011"),
        (Period(date(2026, 11, 14), TODAY, "last7"), "placed", "?period=last7"),
        (CUSTOM, "placed", "?period=custom&startDate=2026-02-26&endDate=2026-03-01"),
        (None, "placed", "?"),
        (None, "booked", "?basis=booked"),
    ],
)
def test_a_period_is_asked_for_again_by_its_query(period: Period | None, basis: str, query: str) -> None:
    assert period_picker.query(period, basis) == query


@pytest.mark.parametrize(
    ("period", "before", "after"),
    [
        (JUNE, month_period(2011, 5), month_period(2011, 7)),
        (month_period(2011, 1), month_period(2010, 12), month_period(2011, 2)),
        (month_period(2010, 12), None, month_period(2011, 1)),
        (month_period(2026, 11), month_period(2026, 10), None),
        (YEAR, YEAR_BEFORE, YEAR_AFTER),
        (Period(TODAY, TODAY, "today"), Period(date(2026, 11, 19), date(2026, 11, 19), "yesterday"), None),
        (
            Period(date(2026, 11, 19), date(2026, 11, 19), "yesterday"),
            Period(date(2026, 11, 18), date(2026, 11, 18)),
            Period(TODAY, TODAY, "today"),
        ),
        (
            Period(date(2026, 11, 14), TODAY, "last7"),
            Period(date(2026, 11, 7), date(2026, 11, 13)),
            None,
        ),
        (
            CUSTOM,
            Period(date(2026, 2, 22), date(2026, 2, 25)),
            Period(date(2026, 3, 2), date(2026, 3, 5)),
        ),
    ],
)
def test_the_neighbours_lie_between_the_first_order_and_today(
    period: Period, before: Period | None, after: Period | None
) -> None:
    first_month = date(2010, 12, 1)

    assert (period_picker.earlier(period, first_month), period_picker.later(period, TODAY)) == (before, after)


def test_a_store_without_orders_has_nothing_earlier() -> None:
    assert period_picker.earlier(JUNE, None) is None


def test_presets_lead_to_the_running_period_and_keep_the_basis() -> None:
    assert period_picker.presets(YEAR, "booked") == [
        Choice("Today", "?period=today&basis=booked", False),
        Choice("Yesterday", "?period=yesterday&basis=booked", False),
        Choice("7 days", "?period=last7&basis=booked", False),
        Choice("30 days", "?period=last30&basis=booked", False),
        Choice("Month", "?basis=booked", False),
        Choice("Year", "?period=yearly&basis=booked", True),
    ]


def test_the_switch_of_bases_keeps_the_period() -> None:
    assert period_picker.bases(JUNE, "booked") == [
        Choice("Order date", "?year=2011&month=6", False),
        Choice("Transaction date", "?year=2011&month=6&basis=booked", True),
    ]
