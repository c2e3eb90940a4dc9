"""When orders arrive: growth over the years, seasons, peaks, weekdays and hours, all in the store's local time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from orders.demo.profiles import StoreProfile

YEARS = 2
DAY_SPREAD = 0.13
HOUR_SECONDS = 3600


def first_day(profile: StoreProfile, now: datetime) -> date:
    """Return the store's first day of business: two years before today, both local."""
    return now.astimezone(ZoneInfo(profile.timezone)).date() - timedelta(days=round(365.25 * YEARS))


def order_moments(
    profile: StoreProfile, *, count: int, until: datetime, now: datetime, random: Random
) -> Iterator[datetime]:
    """Yield `count` moments (UTC, oldest first) from the first day of business up to `until`, none of them later."""
    zone = ZoneInfo(profile.timezone)
    end = until.astimezone(zone)
    start = first_day(profile, now)
    days = [start + timedelta(days=offset) for offset in range((end.date() - start).days + 1)]
    hours_of = {day: hours_until(profile, end.timetz() if day == end.date() else None) for day in days}
    whole = sum(profile.hours)
    weights = [
        day_weight(profile, day, start) * random.lognormvariate(0, DAY_SPREAD) * sum(hours_of[day]) / whole
        for day in days
    ]
    scale = count / sum(weights)
    placed, due = 0, 0.0
    for day, weight in zip(days, weights, strict=True):
        due += weight * scale
        orders = min(round(due), count) - placed
        placed += orders
        last = end if day == end.date() else None
        yield from _moments_of_day(day, zone, hours_of[day], orders, last, random)


def day_weight(profile: StoreProfile, day: date, start: date) -> float:
    """Return how busy a day is compared with others, chance left aside."""
    weight: float = (
        profile.growth ** ((day - start).days / 365.25) * _season(profile, day) * profile.weekdays[day.weekday()]
    )
    for peak in profile.peaks:
        weight *= peak.factor if peak.covers(day) else 1
    return weight


def _season(profile: StoreProfile, day: date) -> float:
    """Return the month's weight, gliding from the middle of one month to the middle of the next."""
    position = day.month - 1 + (day.day - 15) / 30
    lower = int(position // 1)
    part = position - lower
    return profile.months[lower % 12] * (1 - part) + profile.months[(lower + 1) % 12] * part


def hours_until(profile: StoreProfile, end: time | None) -> list[float]:
    """Return the weights of a day's hours, cut off at `end` (local; None is the whole day)."""
    if end is None:
        return [float(weight) for weight in profile.hours]
    part = (end.minute * 60 + end.second) / HOUR_SECONDS
    return [*(float(weight) for weight in profile.hours[: end.hour]), profile.hours[end.hour] * part]


def _moments_of_day(
    day: date, zone: ZoneInfo, hours: list[float], count: int, last: datetime | None, random: Random
) -> Iterator[datetime]:
    if not count:
        return
    cumulated = list(itertools.accumulate(hours))
    midnight = datetime.combine(day, time(), zone)
    moments = []
    for hour in random.choices(range(len(hours)), cum_weights=cumulated, k=count):
        seconds = HOUR_SECONDS
        if last is not None and hour == last.hour:
            seconds = last.minute * 60 + last.second
        # wall clock arithmetic: a night whose clocks change has its gap skipped, not its day missed
        local = midnight + timedelta(hours=hour, seconds=random.randrange(max(seconds, 1)))
        moments.append(local.astimezone(UTC) if last is None else min(local, last).astimezone(UTC))
    yield from sorted(moments)
