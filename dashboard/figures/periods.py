"""Periods: which local days a request means. Pure but for `today`, which is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext

from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues

MAX_DAYS = 1096
KINDS = ("monthly", "today", "yesterday", "last7", "last30", "yearly", "custom")


@dataclass(frozen=True)
class Period(DayRange):
    """A range of local days and the word that requested it, one of KINDS."""

    kind: str = "custom"

    def describe(self) -> dict[str, object]:
        """Return the `period` object of the API: type, and year, month or dates as the type has them."""
        named: dict[str, object] = {"type": self.kind}
        if self.kind in ("monthly", "yearly"):
            named["year"] = self.first.year
        if self.kind == "monthly":
            named["month"] = self.first.month
        return {**named, "startDate": self.first.isoformat(), "endDate": self.last.isoformat()}


def next_month(day: date) -> date:
    """Return the first day of the month after `day`."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def month_end(day: date) -> date:
    """Return the last day of the month that `day` lies in."""
    return next_month(day) - timedelta(days=1)


def month_period(year: int, month: int) -> Period:
    """Return the calendar month as a period of type `monthly`."""
    first = date(year, month, 1)
    return Period(first, month_end(first), "monthly")


def parse_period(values: FieldValues, today: date) -> Period:
    """Return the period that validated parameters mean: `period`, `year`, `month`, `startDate`, `endDate` (api.md).

    Raises ValidationError (400) naming the parameter that is missing, does not apply or makes no range.
    """
    kind = values["period"]
    allowed = {"monthly": {"year", "month"}, "yearly": {"year"}, "custom": {"startDate", "endDate"}}.get(kind, set())
    for name in ("year", "month", "startDate", "endDate"):
        if name in values and name not in allowed:
            raise invalid(name, gettext("Leave it out: it does not apply to period={kind}.").format(kind=kind))
    if kind == "custom":
        return _custom(values)
    if kind == "monthly":
        if "month" in values and "year" not in values:
            raise invalid("year", gettext("Enter the year as well as the month."))
        return month_period(values.get("year", today.year), values.get("month", today.month))
    if kind == "yearly":
        year = values.get("year", today.year)
        return Period(date(year, 1, 1), date(year, 12, 31), kind)
    yesterday = today - timedelta(days=1)
    first, last = {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "last7": (today - timedelta(days=6), today),
        "last30": (today - timedelta(days=29), today),
    }[kind]
    return Period(first, last, kind)


def _custom(values: FieldValues) -> Period:
    for name in ("startDate", "endDate"):
        if name not in values:
            raise invalid(name, gettext("Enter a date with period=custom."))
    first, last = values["startDate"], values["endDate"]
    if last < first:
        raise invalid("endDate", gettext("Enter a date that is not before startDate."))
    if (last - first).days >= MAX_DAYS:
        raise invalid("endDate", gettext("Enter at most {max_days:,} days.").format(max_days=MAX_DAYS))
    return Period(first, last)
