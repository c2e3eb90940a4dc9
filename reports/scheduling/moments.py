"""When a cron expression falls due, in a time zone whose clocks are changed. Pure: the moment to start from is given.

What an expression may hold is read by Celery; ours are the field order of cron, ASCII alone, and the limits below.
Day of month and day of week must both match, as with Celery's beat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab
from django.utils.translation import gettext

from dealport.kit.errors import invalid

LEAST_MINUTES = 15
MOST_CHARACTERS = 200
"""Of an expression; every minute, hour and day listed with commas takes more, which nobody needs."""
HORIZON = timedelta(days=3660)
"""Ten years: 29 February comes within eight."""
_NUMBERS = r"[0-9*,/-]+"
_MONTHS = r"(?:[0-9*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+"
_WEEKDAYS = r"(?:[0-9*,/-]|sun|mon|tue|wed|thu|fri|sat)+"
_SHAPE = re.compile(rf"{_NUMBERS} {_NUMBERS} {_NUMBERS} {_MONTHS} {_WEEKDAYS}", re.IGNORECASE)


@dataclass(frozen=True)
class Rhythm:
    """The wall clock times and days of a cron expression; `weekdays` count from Sunday as 0."""

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def falls_on(self, day: date) -> bool:
        """Answer whether the expression has times on a day."""
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays


def read_cron(text: str) -> Rhythm:
    """Return what `minute hour day-of-month month day-of-week` means.

    Raises ValidationError naming `cron` for what Celery cannot read and for more than one run in LEAST_MINUTES.
    """
    if len(text) > MOST_CHARACTERS or not _SHAPE.fullmatch(text):
        raise invalid(
            "cron", gettext("Enter five fields: minute hour day-of-month month day-of-week, such as 0 6 * * mon.")
        )
    try:
        fields: Any = crontab.from_string(text.lower())
    except (ParseException, ValueError) as error:
        raise invalid("cron", gettext("This schedule cannot be read: {error}.").format(error=error)) from error
    times = tuple(time(hour, minute) for hour in sorted(fields.hour) for minute in sorted(fields.minute))
    if _shortest_break(times) < LEAST_MINUTES:
        raise invalid(
            "cron",
            gettext("Enter a schedule that runs at most every {least_minutes} minutes.").format(
                least_minutes=LEAST_MINUTES
            ),
        )
    return Rhythm(times, frozenset(fields.day_of_month), frozenset(fields.month_of_year), frozenset(fields.day_of_week))


def next_moment(rhythm: Rhythm, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment (UTC) later than `after`.

    A wall clock time that the clocks skip is due when they have skipped it, one they show twice is due the first time.
    Raises ValidationError naming `cron` where there is none within HORIZON.
    """
    day = after.astimezone(zone).date() - timedelta(days=1)
    for number in range(HORIZON.days):
        due = day + timedelta(days=number)
        if not rhythm.falls_on(due):
            continue
        for at in rhythm.times:
            moment = first_instant(datetime.combine(due, at), zone)
            if moment > after:
                return moment
    raise invalid("cron", gettext("This schedule does not run within ten years."))


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment (UTC) at which clocks of the zone show `wall` or, where they skip it, a later time."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # with the offset from before the change it lies behind it, with the one from after it before it
    before, behind = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    while behind - before > timedelta(seconds=1):
        middle = (before + (behind - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) > wall:
            behind = middle
        else:
            before = middle
    return behind


def _shortest_break(times: tuple[time, ...]) -> int:
    """Return the minutes between two times of a day that are nearest, midnight between them or not."""
    minutes = [at.hour * 60 + at.minute for at in times]
    return min(later - earlier for earlier, later in zip(minutes, [*minutes[1:], minutes[0] + 24 * 60], strict=True))
