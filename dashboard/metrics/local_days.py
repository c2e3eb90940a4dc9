"""Local days in SQL, by the time zone rules that Python knows.

PostgreSQL brings rules of its own: of another release, and with names such as CET that it takes for a fixed offset. A
recount by those would differ from the ledger, the periods and the lists where nothing is wrong.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

FIRST_YEAR, AFTER_YEAR = 1900, 2200
A_DAY, A_SECOND = timedelta(days=1), timedelta(seconds=1)

CLOCK = "WITH clock AS (SELECT %(changes)s::timestamptz[] AS changes, %(offsets)s::interval[] AS offsets) "
"""What a statement that uses `local_day` begins with; its parameters are `clock`."""


def local_day(column: str) -> str:
    """Return SQL for the local day of a timestamp: the offset in force is found by binary search."""
    position = f"width_bucket({column}, (SELECT changes FROM clock)) + 1"
    return f"(({column} AT TIME ZONE 'UTC') + (SELECT offsets FROM clock)[{position}])::date"


def around(column: str, first: str, last: str) -> str:
    """Return SQL that an index can use to find the local days from the parameter `first` to `last`.

    A day wider on both sides, wherever the store is and however its clocks change: the days themselves are compared
    with `local_day`.
    """
    return f"{column} >= %({first})s::date - 1 AND {column} < %({last})s::date + 3"


def clock(zone: str, first: date, last: date) -> dict[str, Any]:
    """Return the clock changes of a zone that matter to local days from `first` to `last`, as parameters of CLOCK.

    `offsets` has one more than `changes`: the offset before the first change, then the one from each change on.
    """
    changes, offsets = _changes(zone)
    start = bisect_left(changes, datetime.combine(first, time(), UTC) - 2 * A_DAY)
    end = bisect_right(changes, datetime.combine(last, time(), UTC) + 3 * A_DAY)
    return {"changes": changes[start:end], "offsets": offsets[start : end + 1]}


@lru_cache(maxsize=1024)
def _changes(name: str) -> tuple[list[datetime], list[timedelta]]:
    zone = ZoneInfo(name)
    day, after = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(AFTER_YEAR, 1, 1, tzinfo=UTC)
    offset = _offset(zone, day)
    changes: list[datetime] = []
    offsets = [offset]
    while day < after:
        following = day + A_DAY
        if _offset(zone, following) != offset:
            changes.append(_change_between(zone, day, following))
            offset = _offset(zone, following)
            offsets.append(offset)
        day = following
    return changes, offsets


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second with another offset than `before`; rules change on whole seconds."""
    offset = _offset(zone, before)
    while after - before > A_SECOND:
        middle = before + timedelta(seconds=(after - before) // A_SECOND // 2)
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after
