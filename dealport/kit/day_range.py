"""A range of local days: the one type for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayRange:
    """Local days from `first` to `last`, both included; without any where `last` is before `first`."""

    first: date
    last: date

    @classmethod
    def of_day(cls, day: date) -> DayRange:
        """Return the range of one day."""
        return DayRange(day, day)

    @classmethod
    def until(cls, last: date, back: int) -> DayRange:
        """Return the day `last` and the `back` days before it."""
        return DayRange(last - timedelta(days=back), last)

    @property
    def count(self) -> int:
        """How many days there are."""
        return max((self.last - self.first).days + 1, 0)

    def days(self) -> list[date]:
        """Return every day, oldest first."""
        return [self.first + timedelta(days=number) for number in range(self.count)]

    def chunks(self, size: int) -> Iterator[DayRange]:
        """Yield the days in ranges of at most `size` days, oldest first."""
        first = self.first
        while first <= self.last:
            end = min(first + timedelta(days=size - 1), self.last)
            yield DayRange(first, end)
            first = end + A_DAY


EVERY_DAY = DayRange(date(1900, 1, 1), date(2199, 12, 31))
"""All days that orders can be of."""
