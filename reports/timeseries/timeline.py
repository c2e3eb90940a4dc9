"""The days of a time series: its buckets, and those they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures import Bucket
from dealport.kit.day_range import DayRange


@dataclass(frozen=True)
class Timeline:
    """Local days of a scope; `today` is unfinished."""

    scope: StoreScope
    days: DayRange
    granularity: str
    today: date
    basis: str
    compare: str | None = None

    @cached_property
    def buckets(self) -> list[Bucket]:
        """The buckets oldest first, the outer ones cut off where the range begins and ends."""
        return figures.buckets(self.days, self.granularity, self.today)

    @cached_property
    def compared_range(self) -> DayRange | None:
        """The days it is compared with, None if it is not or there are none."""
        if self.compare is None:
            return None
        days = figures.previous_range(self.days, self.compare, self.granularity, len(self.buckets))
        return days if days.count else None

    def key(self, bucket: Bucket) -> date:
        """Return what `figures.series` has the bucket under: the first day of the whole one."""
        return figures.bucket_start(bucket.first, self.granularity)

    def counterpart(self, bucket: Bucket) -> Bucket | None:
        """Return the bucket it is compared with, cut off where the compared range is, None if there is none."""
        if self.compared_range is None or self.compare is None:
            return None
        day = figures.previous_day(self.key(bucket), self.compare, self.granularity, len(self.buckets))
        if day is None:
            return None
        end = figures.bucket_after(day, self.granularity) - timedelta(days=1)
        return Bucket(
            max(day, self.compared_range.first), min(end, self.compared_range.last), is_unfinished=end >= self.today
        )
