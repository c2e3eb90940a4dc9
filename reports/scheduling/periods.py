"""Relative periods: the local days that "last month" means on a day. Pure; weeks begin on Monday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

Days = tuple[date, date]

_DAY = timedelta(days=1)


def _month(day: date, back: int) -> date:
    """Return the first day of the month `back` months before that of `day`."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _last_quarter(day: date) -> Days:
    begin = _month(day, (day.month - 1) % 3 + 3)
    return begin, _month(begin, -3) - _DAY


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


PERIODS: dict[str, tuple[str, Callable[[date], Days]]] = {
    "today": ("today", lambda day: (day, day)),
    "yesterday": ("yesterday", lambda day: (day - _DAY, day - _DAY)),
    "last_7_days": ("the last 7 days, today included", lambda day: (day - 6 * _DAY, day)),
    "last_30_days": ("the last 30 days, today included", lambda day: (day - 29 * _DAY, day)),
    "this_week": ("this week so far, from Monday", lambda day: (_monday(day), day)),
    "last_week": ("last week, Monday to Sunday", lambda day: (_monday(day) - 7 * _DAY, _monday(day) - _DAY)),
    "this_month": ("this month so far", lambda day: (_month(day, 0), day)),
    "last_month": ("last month", lambda day: (_month(day, 1), _month(day, 0) - _DAY)),
    "last_quarter": ("last quarter", _last_quarter),
    "this_year": ("this year so far", lambda day: (date(day.year, 1, 1), day)),
    "last_year": ("last year", lambda day: (date(day.year - 1, 1, 1), date(day.year - 1, 12, 31))),
}
"""The words of a request → what they say to a person, and the first and last day they mean on a day."""


def resolve(period: str, today: date) -> Days:
    """Return the first and last day, both included, that a key of PERIODS means on `today`."""
    return PERIODS[period][1](today)
