"""How figures are written on pages: amounts, counts, shares, moments, countries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from dashboard.figures.periods import Period, month_period
from dashboard.figures.state import Check
from dashboard.models import Verification
from dashboard.pages import period_picker
from dealport.kit import formats
from orders.connections import sentences

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT, SPARK_GAP = 8, 28, 3


@register.filter
def source_sentence(text: str) -> str:
    """Return what a connection says of its source, in the language of the page."""
    return sentences.translated(text)


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Return `£1,234.50`, or `CHF 1,234.50` where the currency has no sign of its own."""
    return formats.money_text(amount, currency)


@register.filter
def signed_money(amount: Decimal, currency: str) -> str:
    """Return a difference of amounts with its sign."""
    return formats.money_text(amount, currency, "+")


@register.filter
def negative(amount: Decimal) -> Decimal:
    """Return what is taken off."""
    return -amount


@register.filter
def count(number: int) -> str:
    """Return `12,345`."""
    return formats.number_text(number)


@register.filter
def signed(number: int) -> str:
    """Return a difference with its sign: with a real minus sign, `0` for none."""
    return formats.number_text(int(number), sign="+")


@register.filter
def share(percentage: Decimal) -> str:
    """Return `12.3%` with one decimal; what is not quite nothing is `<0.1%`."""
    return formats.percent_text(percentage)


@register.filter
def change(percentage: Decimal) -> str:
    """Return `+12.3%`, `−4.0%`; `±0` for none."""
    return formats.percent_text(percentage, "+") if percentage else "±0"


@register.filter
def bar(percentage: Decimal) -> str:
    """Return the length of a share's bar, 0 to 100: a negative share has none."""
    return f"{min(max(percentage, Decimal(0)), Decimal(100)):.2f}"


@register.filter
def clock(moment: datetime, zone: tzinfo) -> str:
    """Return the time of day in the zone with its name: `09:41:07 GMT`."""
    return f"{formats.time_text(moment, zone, seconds=True)} {formats.zone_name(moment, zone)}"


@register.filter
def hour(moment: datetime, zone: tzinfo) -> str:
    """Return `09:41` in the zone; the page says which one it is."""
    return formats.time_text(moment, zone)


@register.filter
def short_moment(moment: datetime, zone: tzinfo = UTC) -> str:
    """Return `Nov 20, 2026, 23:11` in the zone; the page says which one it is."""
    return formats.moment_text(moment, zone)


@register.filter
def moment(moment: datetime, zone: tzinfo = UTC) -> str:
    """Return day and time in the zone: `Nov 20, 2026, 09:41 GMT`."""
    return formats.zoned_moment_text(moment, zone)


@register.filter
def day(day: date) -> str:
    """Return `Nov 20, 2026`."""
    return formats.day_text(day)


@register.filter
def month(day: date) -> str:
    """Return `November 2026`."""
    return formats.month_text(day)


@register.filter
def short_month(day: date) -> str:
    """Return `Nov 2026`."""
    return formats.short_month_text(day)


@register.filter
def weekday(day: date) -> str:
    """Return `Fri, Nov 20`."""
    return formats.weekday_text(day, with_year=False)


@register.filter
def weekday_name(day: date) -> str:
    """Return `Friday`."""
    return formats.weekday_name(day)


@register.filter
def checked(verification: Verification | Check, zone: tzinfo) -> str:
    """Return when a comparison was made, with the day unless it was today, and what it covered."""
    at, now = verification.checked_at, timezone.now()
    when = clock(at, zone) if at.astimezone(zone).date() == now.astimezone(zone).date() else moment(at, zone)
    if verification.is_complete:
        return gettext("%(when)s (all days)") % {"when": when}
    return f"{when} ({formats.months_text(verification.first_day, verification.last_day)})"


@register.filter
def iso(moment: datetime, zone: tzinfo) -> str:
    """Return the moment for a `datetime` attribute."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


@register.simple_tag
def today_note() -> str:
    """Return which day a list calls today, by whose clocks: the store's, or UTC's for a list of several stores."""
    zone, now = timezone.get_current_timezone(), timezone.now()
    day = formats.day_text(now.astimezone(zone).date())
    return gettext("Today is {day}, by the clocks of {zone}.").format(day=day, zone=zone)


@register.filter
def period_title(period: Period) -> str:
    """Return the period in words."""
    return period_picker.title(period)


@register.filter
def month_query(month: date) -> str:
    """Return the query string of the month a day lies in."""
    return period_picker.query(month_period(month.year, month.month))


@register.filter
def country(code: str) -> str:
    """Return a country's name; the code itself if it is none, `Unknown` for the empty one."""
    return formats.country_name(code)


@register.filter
def translated(text: str) -> str:
    """Return a text of ours, kept in English where programs read it too, in the language of the page."""
    return gettext(text) if text else ""


@register.filter
def field_words(name: str) -> str:
    """Return the name of a column as pages call it: `Low stock threshold`."""
    return gettext(name.replace("_", " ")).capitalize()


@register.filter
def initial(name: str) -> str:
    """Return the first letter of a name, for a product without a picture."""
    return next((letter.upper() for letter in name if letter.isalnum()), "·")


@register.filter
def is_own(url: str | None) -> bool:
    """Answer whether a picture comes from this site: the content security policy lets no other load."""
    return url is not None and url.startswith("/") and not url.startswith("//")


@register.inclusion_tag("dashboard/_sparkline.html")
def sparkline(sales: Sequence[Decimal | int]) -> dict[str, object]:
    """Draw values along a period as small bars; those at or below zero keep a line."""
    most = max(max(sales, default=0), Decimal(1))
    heights = [max(int(amount * SPARK_HEIGHT / most), 1) for amount in sales]
    bars = [
        {"x": index * (SPARK_WIDTH + SPARK_GAP), "y": SPARK_HEIGHT - height, "height": height}
        for index, height in enumerate(heights)
    ]
    width = len(sales) * (SPARK_WIDTH + SPARK_GAP) - SPARK_GAP
    return {"bars": bars, "bar_width": SPARK_WIDTH, "width": width, "height": SPARK_HEIGHT}
