"""Local days: which calendar day an instant falls on in a time zone, in Python and in SQL, by Python's zone rules.

The only place that decides it. SQL never names a zone: PostgreSQL has rules of its own, of another release, and takes
names such as CET, EET, MET and WET for a fixed offset. A day by those would differ from the ledger and the periods.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from dealport.kit.day_range import DayRange

FIRST_YEAR, AFTER_YEAR = 1900, 2200
A_DAY, A_SECOND = timedelta(days=1), timedelta(seconds=1)
STEP = timedelta(days=3)
"""How far apart two instants are looked at: no zone changed its clocks and changed them back in less.

The shortest is Freetown in 1939, 3 days and 23 hours.
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = tuple(int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) for year in (FIRST_YEAR, AFTER_YEAR))
_HEADER = ">20x6l"
"""Of a zone's file: magic, version and unused bytes, then six counts."""

CLOCK = "WITH clock AS (SELECT %(changes)s::timestamptz[] AS changes, %(offsets)s::interval[] AS offsets) "
"""What a statement that uses `local_day_sql` begins with; its parameters are `clock`."""


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of an aware instant in the zone."""
    return moment.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day in UTC, also where midnight does not exist on it.

    UTC, because a wall clock time that does not exist equals no other time in Python.
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def local_day_sql(
    column: str, changes: str = "(SELECT changes FROM clock)", offsets: str = "(SELECT offsets FROM clock)"
) -> str:
    """Return SQL for the local day of a timestamp: the offset in force is found by binary search.

    `changes` and `offsets` are SQL for the arrays that `clock` returns; by default those of CLOCK.
    """
    return f"(({column} AT TIME ZONE 'UTC') + ({offsets})[width_bucket({column}, {changes}) + 1])::date"


def local_hour_sql(column: str) -> str:
    """Return SQL for the local hour (0 to 23) of a timestamp, by the clock of the statement (CLOCK)."""
    offset = f"((SELECT offsets FROM clock))[width_bucket({column}, (SELECT changes FROM clock)) + 1]"
    return f"extract(hour FROM ({column} AT TIME ZONE 'UTC') + {offset})::int"


def around(column: str, first: str, last: str) -> str:
    """Return SQL that an index can use to find the local days from the parameter `first` to `last`.

    A day wider on both sides, wherever the store is and however its clocks change: the days themselves are compared
    with `local_day_sql`.
    """
    return f"{column} >= %({first})s::date - 1 AND {column} < %({last})s::date + 3"


def before_cut(day: str, at: str, last: str = "last") -> str:
    """Return SQL that of the day in the parameter `last` keeps what is before the moment `until`; all where it is null.

    The rule of every period that is cut off at a minute; `day` and `at` are SQL of a row's local day and moment.
    """
    return f"(%(until)s::timestamptz IS NULL OR {day} < %({last})s OR {at} < %(until)s)"


def clock(zone: str, days: DayRange) -> dict[str, object]:
    """Return the clock changes of a zone that matter to these local days, as parameters of CLOCK.

    `offsets` has one more than `changes`: the offset before the first change, then the one from each change on.
    """
    changes, offsets = _changes(zone)
    start = bisect_left(changes, datetime.combine(days.first, time(), UTC) - 2 * A_DAY)
    end = bisect_right(changes, datetime.combine(days.last, time(), UTC) + 3 * A_DAY)
    return {"changes": changes[start:end], "offsets": offsets[start : end + 1]}


def clocks(zones: Iterable[str], days: DayRange) -> tuple[str, dict[str, object]]:
    """Return the clock changes of several zones as rows (zone, changes, offsets) of a VALUES list, and its parameters.

    In SQL that calls these rows `z`, `local_day_sql(column, "z.changes", "z.offsets")` is a local day.
    """
    rows: list[str] = []
    parameters: dict[str, object] = {}
    for number, zone in enumerate(zones):
        known = clock(zone, days)
        rows.append(f"(%(zone{number})s, %(changes{number})s::timestamptz[], %(offsets{number})s::interval[])")
        parameters |= {f"{name}{number}": value for name, value in {"zone": zone, **known}.items()}
    return ", ".join(rows), parameters


@lru_cache(maxsize=1024)
def _changes(name: str) -> tuple[list[datetime], list[timedelta]]:
    zone = ZoneInfo(name)
    first, after = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(AFTER_YEAR, 1, 1, tzinfo=UTC)
    candidates, has_rule = _listed_changes(name)
    if has_rule:
        candidates += _changes_by_rule(zone, max(candidates, default=first), after)
    offsets = [_offset(zone, first)]
    changes: list[datetime] = []
    for at in candidates:
        if (offset := _offset(zone, at)) != offsets[-1]:
            changes.append(at)
            offsets.append(offset)
    return changes, offsets


def _changes_by_rule(zone: ZoneInfo, first: datetime, after: datetime) -> Iterator[datetime]:
    day, offset = first, _offset(zone, first)
    while day < after:
        following = day + STEP
        if (later := _offset(zone, following)) != offset:
            yield _change_between(zone, day, following)
        day, offset = following, later


def _listed_changes(name: str) -> tuple[list[datetime], bool]:
    """Return the changes that the zone's file lists, and whether a rule makes others after the last (RFC 9636).

    Walking through three centuries instead takes fifty times as long.
    """
    content = _zone_file(name)
    size = struct.calcsize(_HEADER)
    *counts, times, types, letters = struct.unpack_from(_HEADER, content)
    utc_marks, standard_marks, leaps = counts
    # the second block has the same with 64 bits
    second = size + times * 5 + types * 6 + letters + leaps * 8 + standard_marks + utc_marks
    times = struct.unpack_from(_HEADER, content, second)[3]
    listed = struct.unpack_from(f">{times}q", content, second + size)
    rule = content.rstrip(b"\n").rpartition(b"\n")[2]
    return [_EPOCH + timedelta(seconds=at) for at in listed if _SECONDS[0] < at < _SECONDS[1]], b"," in rule


def _zone_file(name: str) -> bytes:
    """Return the file that `ZoneInfo` reads: of the system, or else of the package tzdata."""
    for folder in TZPATH:
        if (path := Path(folder, name)).is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", name).read_bytes()


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second with another offset than `before`; rules change on whole seconds."""
    offset = _offset(zone, before)
    while after - before > A_SECOND:
        middle = before + timedelta(seconds=(after - before) // A_SECOND // 2)
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after
