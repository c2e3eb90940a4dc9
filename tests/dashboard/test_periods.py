"""Which local days a request means."""

from datetime import UTC, date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from dashboard.api.inputs import PeriodQuery
from dashboard.figures.periods import Period, month_period, parse_period
from dealport.kit.local_days import day_start

TODAY = date(2026, 3, 15)


def period_of(params: dict[str, str]) -> Period:
    """Return what a query string means today."""
    return parse_period(PeriodQuery.read(QueryDict(urlencode(params))), TODAY)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, Period(date(2026, 3, 1), date(2026, 3, 31), "monthly")),
        ({"period": "monthly", "year": "2024", "month": "2"}, Period(date(2024, 2, 1), date(2024, 2, 29), "monthly")),
        ({"year": "2025"}, Period(date(2025, 3, 1), date(2025, 3, 31), "monthly")),
        ({"period": "today"}, Period(TODAY, TODAY, "today")),
        ({"period": "yesterday"}, Period(date(2026, 3, 14), date(2026, 3, 14), "yesterday")),
        ({"period": "last7"}, Period(date(2026, 3, 9), TODAY, "last7")),
        ({"period": "last30"}, Period(date(2026, 2, 14), TODAY, "last30")),
        ({"period": "yearly"}, Period(date(2026, 1, 1), date(2026, 12, 31), "yearly")),
        (
            {"period": "custom", "startDate": "2023-01-01", "endDate": "2025-12-31"},
            Period(date(2023, 1, 1), date(2025, 12, 31)),
        ),
    ],
)
def test_a_request_means_these_days(params: dict[str, str], expected: Period) -> None:
    assert period_of(params) == expected


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"period": "weekly"}, "period"),
        ({"period": ""}, "period"),
        ({"month": "2"}, "year"),
        ({"year": "2026", "month": "13"}, "month"),
        ({"year": "2026", "month": "0"}, "month"),
        ({"year": "2026", "month": "١"}, "month"),
        ({"year": "1969"}, "year"),
        ({"year": "20260"}, "year"),
        ({"year": "-1"}, "year"),
        ({"period": "today", "year": "2026"}, "year"),
        ({"period": "yearly", "month": "3"}, "month"),
        ({"period": "custom", "endDate": "2026-01-01"}, "startDate"),
        ({"period": "custom", "startDate": "2026-01-01"}, "endDate"),
        ({"period": "custom", "startDate": "2026-01-02", "endDate": "2026-01-01"}, "endDate"),
        ({"period": "custom", "startDate": "2023-01-01", "endDate": "2026-01-01"}, "endDate"),
        ({"period": "custom", "startDate": "2026-02-30", "endDate": "2026-03-01"}, "startDate"),
        ({"period": "custom", "startDate": "20260201", "endDate": "2026-03-01"}, "startDate"),
        ({"period": "custom", "startDate": "2026-W05-1", "endDate": "2026-03-01"}, "startDate"),
        ({"startDate": "2026-02-01"}, "startDate"),
    ],
)
def test_a_bad_value_is_refused_naming_the_parameter(params: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        period_of(params)
    assert list(caught.value.detail) == [field]


def test_a_period_describes_itself_with_the_words_of_the_api() -> None:
    assert month_period(2026, 2).describe() == {
        "type": "monthly",
        "year": 2026,
        "month": 2,
        "startDate": "2026-02-01",
        "endDate": "2026-02-28",
    }


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("Europe/London", date(2026, 3, 29), datetime(2026, 3, 29, 0, 0, tzinfo=UTC)),
        ("Europe/London", date(2026, 3, 30), datetime(2026, 3, 29, 23, 0, tzinfo=UTC)),
        # midnight did not exist: the day began at 01:00
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, 0, tzinfo=UTC)),
        ("Pacific/Auckland", date(2026, 1, 1), datetime(2025, 12, 31, 11, 0, tzinfo=UTC)),
    ],
)
def test_a_day_starts_at_its_first_instant(zone: str, day: date, start: datetime) -> None:
    assert day_start(day, ZoneInfo(zone)) == start
