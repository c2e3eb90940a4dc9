"""Getting from one period to another: titles, neighbours and presets of the period picker. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext

from dashboard.figures.comparisons import NONE, PREVIOUS_PERIOD, PREVIOUS_YEAR, SAME_WEEKDAYS
from dashboard.figures.periods import Period, month_end, month_period, next_month
from dashboard.models import Basis
from dealport.kit import formats
from dealport.kit.dates import FIRST_YEAR, LAST_YEAR
from dealport.kit.day_range import DayRange
from dealport.kit.texts import lazy_text as _

PRESETS = (
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("last7", _("7 days")),
    ("last30", _("30 days")),
    ("monthly", _("Month")),
    ("yearly", _("Year")),
)
COMPARED_WITH = {
    PREVIOUS_PERIOD: _("Previous period"),
    SAME_WEEKDAYS: _("Same weekdays"),
    PREVIOUS_YEAR: _("Previous year"),
    NONE: _("No comparison"),
}


@dataclass(frozen=True)
class Choice:
    """One link of a picker: its text, its query string, and whether it is what is shown."""

    label: str
    query: str
    is_current: bool


def comparison_menu(compare: str) -> dict[str, object]:
    """Return what the menu of comparisons of a page needs whose address has nothing else."""
    choices = [Choice(label, f"?compare={name}", name == compare) for name, label in COMPARED_WITH.items()]
    return {"comparisons": choices, "compare_label": COMPARED_WITH[compare]}


def query(period: Period | None, basis: str = Basis.PLACED, compare: str = PREVIOUS_PERIOD) -> str:
    """Return the query string of a period, basis and comparison; defaults are left out."""
    return "?" + urlencode({**(_parts(period) if period else {}), **_choices(basis, compare)})


def _choices(basis: str, compare: str) -> dict[str, str]:
    found = {} if basis == Basis.PLACED else {"basis": str(basis)}
    return found if compare == PREVIOUS_PERIOD else {**found, "compare": compare}


def _parts(period: Period) -> dict[str, object]:
    if period.kind == "monthly":
        return {"year": period.first.year, "month": period.first.month}
    if period.kind == "yearly":
        return {"period": "yearly", "year": period.first.year}
    if period.kind == "custom":
        return {"period": "custom", "startDate": period.first.isoformat(), "endDate": period.last.isoformat()}
    return {"period": period.kind}


def title(period: Period) -> str:
    """Return the period in words: `June 2011`, `2011`, `Nov 14 – 20, 2026`, `Nov 20, 2026`."""
    if period.kind == "monthly":
        return formats.month_text(period.first)
    if period.kind == "yearly":
        return str(period.first.year)
    return days(period)


def days(days: DayRange) -> str:
    """Return a range of days in words, without repeating the month or the year they share."""
    return formats.days_text(days.first, days.last)


def period_of(days: DayRange) -> Period:
    """Return the period of some days: the month, where they are one."""
    if days.first.day == 1 and days.last == month_end(days.first):
        return month_period(days.first.year, days.first.month)
    return Period(days.first, days.last)


def presets(shown: Period | None, basis: str, compare: str = PREVIOUS_PERIOD) -> list[Choice]:
    """Return the presets; month and year lead to the running ones."""
    kind, kept = shown.kind if shown else "", _choices(basis, compare)
    return [
        Choice(label, "?" + urlencode({**({} if name == "monthly" else {"period": name}), **kept}), kind == name)
        for name, label in PRESETS
    ]


def bases(shown: Period | None, basis: str, compare: str = PREVIOUS_PERIOD) -> list[Choice]:
    """Return the switch between the two bases for the same period."""
    return [Choice(gettext(choice.label), query(shown, choice, compare), choice == basis) for choice in Basis]


def comparisons(shown: Period | None, basis: str, compare: str) -> list[Choice]:
    """Return what the same period can be compared with."""
    return [Choice(label, query(shown, basis, name), name == compare) for name, label in COMPARED_WITH.items()]


def earlier(period: Period, first_month: date | None) -> Period | None:
    """Return the period before this one, or None where the store has no orders that early."""
    if first_month is None or period.first <= first_month or period.first.year <= FIRST_YEAR:
        return None
    last = period.first - timedelta(days=1)
    if period.kind == "monthly":
        return month_period(last.year, last.month)
    if period.kind == "yearly":
        return _year(last.year)
    if period.kind == "today":
        return Period(last, last, "yesterday")
    return Period(last - (period.last - period.first), last)


def later(period: Period, today: date) -> Period | None:
    """Return the period after this one, or None where it has not begun."""
    first = period.last + timedelta(days=1)
    if first > today or period.last.year >= LAST_YEAR:
        return None
    if period.kind == "monthly":
        following = next_month(period.first)
        return month_period(following.year, following.month)
    if period.kind == "yearly":
        return _year(first.year)
    if period.kind == "yesterday":
        return Period(first, first, "today")
    return Period(first, first + (period.last - period.first))


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31), "yearly")
