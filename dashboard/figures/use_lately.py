"""Who was active lately: minute by minute for an hour, hour by hour for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.scopes import StoreScope
from dashboard.figures.reading import rows

MINUTES, HOURS = 60, 24


@dataclass(frozen=True)
class Slice:
    """A minute or an hour that begins `at`: accounts that were active in it, and the pages they looked at."""

    at: datetime
    active_users: int
    page_views: int


@dataclass(frozen=True)
class UseLately:
    """The last MINUTES minutes and HOURS hours, oldest first; those that run are the last of each."""

    minutes: list[Slice]
    hours: list[Slice]


# by the key of the minutes; distinct accounts are counted in each slice, never added up
_USE = """
SELECT date_bin(%(width)s::interval, minute, timestamptz '2000-01-01 00:00Z') AS at,
    count(DISTINCT user_id) AS users, sum(page_views) AS views
FROM dashboard_minuteactivity WHERE store_id IS NOT DISTINCT FROM %(store)s AND minute >= %(first)s GROUP BY 1
"""


def use_lately(scope: StoreScope, now: datetime) -> UseLately:
    """Return the use of a scope up to `now`, zero-filled; two statements."""
    return UseLately(
        minutes=_slices(scope, now, timedelta(minutes=1), MINUTES), hours=_slices(scope, now, timedelta(hours=1), HOURS)
    )


def _slices(scope: StoreScope, now: datetime, width: timedelta, count: int) -> list[Slice]:
    running = now.replace(second=0, microsecond=0)
    if width >= timedelta(hours=1):
        running = running.replace(minute=0)
    first = running - (count - 1) * width
    found = {row["at"]: row for row in rows(_USE, store=scope.store_id, first=first, width=width)}
    nothing = {"users": 0, "views": 0}
    moments = [first + number * width for number in range(count)]
    return [Slice(at, *_counted(found.get(at, nothing))) for at in moments]


def _counted(row: dict[str, int]) -> tuple[int, int]:
    return row["users"], int(row["views"])
