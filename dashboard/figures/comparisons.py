"""What a period is compared with: the one rule for the API, the pages and files.

A period that runs is compared with the same part of the other one, to the minute of the store's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard.figures.periods import month_end, next_month
from dealport.kit.day_range import A_DAY, DayRange

PREVIOUS_PERIOD, SAME_WEEKDAYS, PREVIOUS_YEAR, NONE = "previous_period", "same_weekdays", "previous_year", "none"
COMPARISONS = (PREVIOUS_PERIOD, SAME_WEEKDAYS, PREVIOUS_YEAR, NONE)


@dataclass(frozen=True)
class Compared:
    """The days a period is compared with: `whole` ones, and one more up to the local moment `until`, if any."""

    days: DayRange
    until: datetime | None = None

    @property
    def whole(self) -> DayRange:
        """The days that count in full."""
        return self.days if self.until is None else DayRange(self.days.first, self.until.date() - A_DAY)

    def of(self, days: DayRange) -> Compared:
        """Return some of the days, cut off where the last one is."""
        return Compared(days, self.until if self.until and self.until.date() <= days.last else None)

    def parameters(self) -> dict[str, str]:
        """Return the query parameters by which explanations of figures name these days."""
        days = {"period": "custom", "startDate": self.days.first.isoformat(), "endDate": self.days.last.isoformat()}
        return days | {"until": minute_text(self.until)} if self.until else days


def compared_with(days: DayRange, comparison: str, now: datetime) -> Compared:
    """Return what `days` are compared with; `now` is local to the store. `comparison` is one of COMPARISONS but NONE.

    `previous_period`: as many months before whole months, else as many days before. `same_weekdays`: the least number
    of whole weeks before. `previous_year`: the same dates of the year before. Of a period that runs, the days before
    today count in full, and today's counterpart up to the same minute; where the other period ends before, it is whole.
    """
    before = _days_before(days, comparison)
    if not days.first <= now.date() <= days.last:
        return Compared(before)
    cut = before.first + (now.date() - days.first)
    if cut > before.last:
        return Compared(before)
    minute = now.replace(second=0, microsecond=0, tzinfo=None)
    return Compared(DayRange(before.first, cut), datetime.combine(cut, minute.time(), now.tzinfo))


def minute_text(until: datetime) -> str:
    """Return a moment at which days are cut off as addresses have it: `2026-02-18T14:30+13:00`."""
    return until.isoformat(timespec="minutes")


def counterparts(
    parts: Sequence[DayRange], other: DayRange, comparison: str, *, by_months: bool
) -> list[DayRange | None]:
    """Return which of the `other` days each of the consecutive `parts` of a period is compared with, if any.

    Each part begins as many days after the first of the other period as it does after the first of its own, of the
    year before on the same date, and `by_months` of whole months with the month. No day of the other period is in two.
    """
    days = DayRange(parts[0].first, parts[-1].last)
    is_shifted = not (comparison == PREVIOUS_YEAR or (by_months and comparison == PREVIOUS_PERIOD and _is_months(days)))
    firsts = [other.first]
    for part in parts[1:]:
        if is_shifted:
            firsts.append(part.first - (days.first - other.first))
        elif comparison == PREVIOUS_YEAR:
            firsts.append(_date_of_year_before(part.first))
        else:
            firsts.append(_months_before(part.first, _month(days.first) - _month(other.first)))
    end = min(firsts[-1] + (parts[-1].last - parts[-1].first), other.last) if is_shifted else other.last
    lasts = [*(min(first - A_DAY, other.last) for first in firsts[1:]), end]
    found = (DayRange(*ends) for ends in zip(firsts, lasts, strict=True))
    return [one if one.count else None for one in found]


def _days_before(days: DayRange, comparison: str) -> DayRange:
    if comparison == PREVIOUS_YEAR:
        return DayRange(_year_before(days.first), _year_before(days.last))
    if comparison == SAME_WEEKDAYS:
        return _shifted(days, -(-days.count // 7) * 7)
    if _is_months(days):
        months = _month(days.last) - _month(days.first) + 1
        return DayRange(_months_before(days.first, months), days.first - A_DAY)
    return _shifted(days, days.count)


def _is_months(days: DayRange) -> bool:
    return days.first.day == 1 and days.last == month_end(days.last)


def _month(day: date) -> int:
    return day.year * 12 + day.month


def _shifted(days: DayRange, count: int) -> DayRange:
    return DayRange(days.first - timedelta(days=count), days.last - timedelta(days=count))


def _months_before(first: date, months: int) -> date:
    year, month = divmod(_month(first) - 1 - months, 12)
    return date(year, month + 1, 1)


def _year_before(day: date) -> date:
    """Return the same date of the year before; of a month's last day in February, the last."""
    if day == month_end(day) and day.month == 2:
        return next_month(date(day.year - 1, 2, 1)) - A_DAY
    return day.replace(year=day.year - 1)


def _date_of_year_before(day: date) -> date:
    """Return the same date of the year before; of February 29th, which most years lack, the day after it."""
    return date(day.year - 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


@dataclass(frozen=True)
class Pairs:
    """Which days are compared with which buckets: those from each of `firsts` on with the bucket of the same place."""

    buckets: list[str]
    firsts: list[date]

    @classmethod
    def of(cls, starts: Sequence[str], others: Sequence[DayRange | None], last: date) -> Pairs:
        """Return those of buckets and their counterparts; days after these up to the `last` have no bucket."""
        found = [(start, other) for start, other in zip(starts, others, strict=True) if other]
        named, firsts = [start for start, _ in found], [other.first for _, other in found]
        end = found[-1][1].last if found else last
        return cls([*named, ""], [*firsts, end + A_DAY]) if end < last else cls(named, firsts)

    @property
    def begin_with_months(self) -> bool:
        """Whether every bucket but the first begins with a month."""
        return all(first.day == 1 for first in self.firsts[1:])
