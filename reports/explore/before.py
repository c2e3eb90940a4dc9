"""The days that those of an answer are compared with, as its cells of before open to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.answers.analytics import Request
from dashboard.figures import bucket_start, buckets
from dashboard.figures.analytics import HOURLY
from dashboard.figures.comparisons import Compared, counterparts, minute_text
from dealport.kit.day_range import DayRange


@dataclass(frozen=True)
class Before:
    """What an answer is compared with, and which days with each bucket, by its first day.

    `compared` is that of one store, of several that of any of them: what they have in common is in `others`.
    """

    comparison: str
    compared: Compared
    others: Mapping[str, DayRange | None]
    moment: datetime
    is_of_several: bool

    def parameters(self, time: str | None) -> dict[str, str] | None:
        """Return the parameters that open a bucket's cell (None: the whole period's), None where it has no days.

        The day that is cut off at a minute counts up to it. Of several stores each has its own days and its own cut:
        they follow from the query's period, which the caller adds, and from the moment of the answer.
        """
        days = self.others.get(time[:10]) if time else self.compared.days
        if days is None:
            return None
        if self.is_of_several:
            of_bucket = {"first": days.first.isoformat(), "last": days.last.isoformat()} if time else {}
            return {"compare": self.comparison, "asOf": minute_text(self.moment)} | of_bucket
        return self.compared.of(days).parameters()


def before_of(asked: Request, days: DayRange, now: datetime) -> Before | None:
    """Return what the days of an answer are compared with, None for nothing; `now` is the moment it was computed at.

    Buckets of stores that are compared with different days do not open.
    """
    compared = list(asked.compared(now).values())
    if not compared:
        return None
    granularity, one = asked.question.granularity, compared[0]
    others: dict[str, DayRange | None] = {}
    if granularity and all(each.days == one.days for each in compared):
        unit = "daily" if granularity == HOURLY else granularity
        parts = buckets(days, unit, days.last)
        found = counterparts(parts, one.days, asked.comparison, by_months=granularity == "monthly")
        starts = [bucket_start(part.first, unit).isoformat() for part in parts]
        others = dict(zip(starts, found, strict=True))
    return Before(asked.comparison, one, others, now, len(asked.windows) > 1)
