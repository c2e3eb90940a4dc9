"""The days of a time series: its buckets, and those they are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from customers.models import Store
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures import Bucket
from dashboard.figures.comparisons import Compared, Pairs, counterparts
from dealport.kit.day_range import DayRange


@dataclass(frozen=True)
class Timeline:
    """Local days of a scope; `today` is unfinished. Each store is `compared` with days of its own."""

    scope: StoreScope
    days: DayRange
    granularity: str
    today: date
    basis: str
    compare: str | None = None
    compared: Mapping[Store, Compared] = field(default_factory=dict)

    @cached_property
    def buckets(self) -> list[Bucket]:
        """The buckets oldest first, the outer ones cut off where the range begins and ends."""
        return figures.buckets(self.days, self.granularity, self.today)

    @cached_property
    def compared_range(self) -> DayRange | None:
        """The days it is compared with, of all stores; a running one's are cut off."""
        if not self.compared:
            return None
        ranges = [one.days for one in self.compared.values()]
        return DayRange(min(days.first for days in ranges), max(days.last for days in ranges))

    @cached_property
    def counterparts(self) -> list[DayRange | None]:
        """The days that each bucket is compared with, None where there are none."""
        if self.compared_range is None:
            return [None] * len(self.buckets)
        by_months = self.granularity == "monthly"
        return counterparts(self.buckets, self.compared_range, self.compare or "", by_months=by_months)

    @property
    def pairs(self) -> Pairs:
        """Which days are compared with which buckets; of a timeline that is compared."""
        assert self.compared_range
        starts = [self.key(bucket).isoformat() for bucket in self.buckets]
        return Pairs.of(starts, self.counterparts, self.compared_range.last)

    def key(self, bucket: Bucket) -> date:
        """Return what `figures.series` has the bucket under: the first day of the whole one."""
        return figures.bucket_start(bucket.first, self.granularity)
