"""Periods: which local days a request means. Pure but for `today`, which is passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dealport.kit.errors import invalid

MAX_DAYS = 1096
KINDS = ("monthly", "today", "yesterday", "last7", "last30", "yearly", "custom")
FIRST_YEAR, LAST_YEAR = 1970, 2199
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Period:
    """A range of local days, both ends included, and the words it was asked for with."""

    kind: str
    first: date
    last: date

    def describe(self) -> dict[str, object]:
        """Return the `period` object of the API: type, and year, month or dates as the type has them."""
        named: dict[str, object] = {"type": self.kind}
        if self.kind in ("monthly", "yearly"):
            named["year"] = self.first.year
        if self.kind == "monthly":
            named["month"] = self.first.month
        return {**named, "startDate": self.first.isoformat(), "endDate": self.last.isoformat()}

    def whole_months(self) -> tuple[date, date] | None:
        """Return the first days of the first and last month that lie wholly inside, or None."""
        start = self.first if self.first.day == 1 else next_month(self.first)
        after = next_month(self.last) if (self.last + timedelta(days=1)).day == 1 else self.last.replace(day=1)
        return (start, (after - timedelta(days=1)).replace(day=1)) if start < after else None


def next_month(day: date) -> date:
    """Return the first day of the month after `day`."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def month_period(year: int, month: int) -> Period:
    """Return the calendar month."""
    first = date(year, month, 1)
    return Period("monthly", first, next_month(first) - timedelta(days=1))


def parse_period(params: Mapping[str, str], today: date) -> Period:
    """Read `period`, `year`, `month`, `startDate`, `endDate` of a request (api.md).

    Raises ValidationError (400) naming the parameter that is missing, superfluous, malformed or out of range.
    """
    kind = params.get("period", "monthly")
    if kind not in KINDS:
        raise invalid("period", f"must be one of {', '.join(KINDS)}")
    allowed = {"monthly": {"year", "month"}, "yearly": {"year"}, "custom": {"startDate", "endDate"}}.get(kind, set())
    for name in ("year", "month", "startDate", "endDate"):
        if name in params and name not in allowed:
            raise invalid(name, f"Leave it out: it does not apply to period={kind}.")
    if kind == "custom":
        return _custom(params)
    if kind == "monthly":
        if "month" in params and "year" not in params:
            raise invalid("year", "is needed with month")
        year = _number(params, "year", today.year, FIRST_YEAR, LAST_YEAR)
        return month_period(year, _number(params, "month", today.month, 1, 12))
    if kind == "yearly":
        year = _number(params, "year", today.year, FIRST_YEAR, LAST_YEAR)
        return Period(kind, date(year, 1, 1), date(year, 12, 31))
    yesterday = today - timedelta(days=1)
    first, last = {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "last7": (today - timedelta(days=6), today),
        "last30": (today - timedelta(days=29), today),
    }[kind]
    return Period(kind, first, last)


def _custom(params: Mapping[str, str]) -> Period:
    first, last = _date(params, "startDate"), _date(params, "endDate")
    if last < first:
        raise invalid("endDate", "must not be before startDate")
    if (last - first).days >= MAX_DAYS:
        raise invalid("endDate", f"a period has at most {MAX_DAYS} days")
    return Period("custom", first, last)


def _number(params: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and lowest <= int(text) <= highest):
        raise invalid(name, f"must be a number from {lowest} to {highest}")
    return int(text)


def _date(params: Mapping[str, str], name: str) -> date:
    text = params.get(name)
    if text is None:
        raise invalid(name, "is needed with period=custom")
    try:
        day = date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise invalid(name, "must be a date as YYYY-MM-DD")
    return day
