"""The days that those of an answer are compared with, as its cells of before open to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.answers.analytics import Request
from dashboard.figures import bucket_start, buckets
from dashboard.figures.analytics import HOURLY
from dashboard.figures.comparisons import Compared, counterparts
from dealport.kit.day_range import DayRange


@dataclass(frozen=True)
class Before:
    """What is compared with, and which days with each bucket, by its first day."""

    compared: Compared
    others: Mapping[str, DayRange | None]

    def days(self, time: str | None) -> DayRange | None:
        """Return the days of a bucket's cell (None: of the whole period's), None where it has none or a part of one.

        Orders are listed by days: a day that is cut off at a minute is not opened, its hours that are over are.
        """
        found = self.others.get(time[:10]) if time else self.compared.days
        until = self.compared.until
        if found is None or until is None or found.last < until.date():
            return found
        is_over = time is not None and len(time) > len("2026-03-01T") and int(time[11:]) < until.hour
        return found if is_over else None


def before_of(asked: Request, days: DayRange, now: datetime) -> Before | None:
    """Return what the days of an answer are compared with; None for nothing, and where stores have days of their own.

    `now` is the moment the answer was computed at.
    """
    compared = set(asked.compared(now).values())
    if len(compared) != 1:
        return None
    (one,) = compared
    granularity = asked.question.granularity
    if not granularity:
        return Before(one, {})
    unit = "daily" if granularity == HOURLY else granularity
    parts = buckets(days, unit, days.last)
    others = counterparts(parts, one.days, asked.comparison, by_months=granularity == "monthly")
    starts = [bucket_start(part.first, unit).isoformat() for part in parts]
    return Before(one, dict(zip(starts, others, strict=True)))
