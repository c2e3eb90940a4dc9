from __future__ import annotations

from datetime import date

import pytest

from reports.scheduling.periods import PERIODS, resolve

# what each means on a Friday in the middle of a quarter …
FRIDAY = {
    "today": ("2026-11-20", "2026-11-20"),
    "yesterday": ("2026-11-19", "2026-11-19"),
    "last_7_days": ("2026-11-14", "2026-11-20"),
    "last_30_days": ("2026-10-22", "2026-11-20"),
    "this_week": ("2026-11-16", "2026-11-20"),
    "last_week": ("2026-11-09", "2026-11-15"),
    "this_month": ("2026-11-01", "2026-11-20"),
    "last_month": ("2026-10-01", "2026-10-31"),
    "last_quarter": ("2026-07-01", "2026-09-30"),
    "this_year": ("2026-01-01", "2026-11-20"),
    "last_year": ("2025-01-01", "2025-12-31"),
}
# … and on a Monday that is the first day of a leap year's quarter and year
NEW_YEAR = {
    "today": ("2024-01-01", "2024-01-01"),
    "yesterday": ("2023-12-31", "2023-12-31"),
    "last_7_days": ("2023-12-26", "2024-01-01"),
    "last_30_days": ("2023-12-03", "2024-01-01"),
    "this_week": ("2024-01-01", "2024-01-01"),
    "last_week": ("2023-12-25", "2023-12-31"),
    "this_month": ("2024-01-01", "2024-01-01"),
    "last_month": ("2023-12-01", "2023-12-31"),
    "last_quarter": ("2023-10-01", "2023-12-31"),
    "this_year": ("2024-01-01", "2024-01-01"),
    "last_year": ("2023-01-01", "2023-12-31"),
}


@pytest.mark.parametrize(("today", "expected"), [(date(2026, 11, 20), FRIDAY), (date(2024, 1, 1), NEW_YEAR)])
def test_every_period_means_whole_local_days(today: date, expected: dict[str, tuple[str, str]]) -> None:
    assert {name: tuple(map(str, resolve(name, today))) for name in PERIODS} == expected


def test_a_month_after_a_leap_day_and_a_week_on_a_sunday() -> None:
    assert resolve("last_month", date(2024, 3, 31)) == (date(2024, 2, 1), date(2024, 2, 29))
    assert resolve("last_week", date(2026, 11, 22)) == (date(2026, 11, 9), date(2026, 11, 15))
    assert resolve("this_week", date(2026, 11, 22)) == (date(2026, 11, 16), date(2026, 11, 22))
    assert resolve("last_quarter", date(2026, 3, 31)) == (date(2025, 10, 1), date(2025, 12, 31))
    assert resolve("last_quarter", date(2026, 4, 1)) == (date(2026, 1, 1), date(2026, 3, 31))
