"""When a schedule runs, as a form offers it and as a page says it; whatever fits no friendly form is cron."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext

from dealport.kit.errors import invalid
from dealport.kit.texts import lazy_text as _

RHYTHMS = [
    ("daily", _("Every day")),
    ("weekly", _("Every week")),
    ("monthly", _("Every month")),
    ("cron", _("Cron expression")),
]
WEEKDAYS = [
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("0", _("Sunday")),
]
DAYS = [(str(day), str(day)) for day in range(1, 32)]
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_SIMPLE = re.compile(
    r"(?P<minute>[0-5]?[0-9]) (?P<hour>[01]?[0-9]|2[0-3]) (?P<day>\*|[1-9]|[12][0-9]|3[01]) \* (?P<weekday>\*|[0-6])"
)


@dataclass(frozen=True)
class When:
    """What is filled in; `weekday` counts from Sunday as 0, `cron` holds for the rhythm of that name alone."""

    rhythm: str = "daily"
    time: str = "06:00"
    weekday: str = "1"
    day: str = "1"
    cron: str = ""

    @property
    def expression(self) -> str:
        """The cron expression. Raises ValidationError naming the field of the form that is wrong."""
        if self.rhythm == "cron":
            return self.cron
        at = _TIME.fullmatch(self.time)
        if at is None:
            raise invalid("time", gettext("Enter a time as HH:MM."))
        clock = f"{int(at[2])} {int(at[1])}"
        if self.rhythm == "daily":
            return f"{clock} * * *"
        if self.rhythm == "weekly" and self.weekday in dict(WEEKDAYS):
            return f"{clock} * * {self.weekday}"
        if self.rhythm == "monthly" and self.day in dict(DAYS):
            return f"{clock} {self.day} * *"
        raise invalid("rhythm", gettext("Choose one of the options."))


def when_of(cron: str) -> When:
    """Return the form of a cron expression."""
    simple = _SIMPLE.fullmatch(cron)
    if simple is None:
        return When("cron", cron=cron)
    time = f"{int(simple['hour']):02}:{int(simple['minute']):02}"
    day, weekday = simple["day"], simple["weekday"]
    if day == weekday == "*":
        return When("daily", time, cron=cron)
    if day == "*":
        return When("weekly", time, weekday=weekday, cron=cron)
    return When("monthly", time, day=day, cron=cron) if weekday == "*" else When("cron", cron=cron)


def in_words(cron: str) -> str:
    """Return `0 6 * * 1` as "Every Monday at 06:00"."""
    when = when_of(cron)
    if when.rhythm == "daily":
        return gettext("Every day at {time}").format(time=when.time)
    if when.rhythm == "weekly":
        return gettext("Every {weekday} at {time}").format(weekday=dict(WEEKDAYS)[when.weekday], time=when.time)
    if when.rhythm == "monthly":
        return gettext("On day {day} of the month at {time}").format(day=when.day, time=when.time)
    return gettext("Cron {cron}").format(cron=cron)
