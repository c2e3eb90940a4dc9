"""How figures are written on pages: amounts, counts, shares, moments, countries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from importlib import resources

from django import template
from django.utils import timezone

from dashboard.figures.periods import Period, month_period
from dashboard.figures.state import Check
from dashboard.models import Verification
from dashboard.pages import period_picker
from dealport.kit.money import MINUS, money_text

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT, SPARK_GAP = 8, 28, 3


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Return `£1,234.50`, or `CHF 1,234.50` where the currency has no sign of its own."""
    return money_text(amount, currency)


@register.filter
def signed_money(amount: Decimal, currency: str) -> str:
    """Return a difference of amounts with its sign."""
    text = money_text(amount, currency)
    return f"+{text}" if amount > 0 else text


@register.filter
def negative(amount: Decimal) -> Decimal:
    """Return what is taken off."""
    return -amount


@register.filter
def count(number: int) -> str:
    """Return `12,345`."""
    return f"{number:,}".replace("-", MINUS)


@register.filter
def signed(number: int) -> str:
    """Return a difference with its sign: with a real minus sign, `0` for none."""
    return f"{int(number):+,}".replace("-", MINUS) if number else "0"


@register.filter
def share(percentage: Decimal) -> str:
    """Return `12.3 %` with one decimal; what is not quite nothing is `< 0.1 %`."""
    if 0 < percentage < Decimal("0.05"):
        return "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"
    return f"{percentage:.1f}\N{NO-BREAK SPACE}%".replace("-", MINUS)


@register.filter
def change(percentage: Decimal) -> str:
    """Return `+12.3 %`, `−4.0 %`; `±0` for none."""
    return f"{percentage:+,.1f}\N{NO-BREAK SPACE}%".replace("-", MINUS) if percentage else "±0"


@register.filter
def bar(percentage: Decimal) -> str:
    """Return the length of a share's bar, 0 to 100: a negative share has none."""
    return f"{min(max(percentage, Decimal(0)), Decimal(100)):.2f}"


@register.filter
def clock(moment: datetime, zone: tzinfo) -> str:
    """Return the time of day in the zone with its name: `09:41:07 GMT`."""
    return f"{moment.astimezone(zone):%H:%M:%S} {zone_name(moment, zone)}"


@register.filter
def hour(moment: datetime, zone: tzinfo) -> str:
    """Return `09:41` in the zone; the page says which one it is."""
    return f"{moment.astimezone(zone):%H:%M}"


@register.filter
def short_moment(moment: datetime, zone: tzinfo) -> str:
    """Return `20 Nov 2026 23:11` in the zone; the page says which one it is."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M}"


@register.filter
def moment(moment: datetime, zone: tzinfo) -> str:
    """Return day and time in the zone: `20 November 2026, 09:41 GMT`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M} {zone_name(moment, zone)}"


@register.filter
def checked(verification: Verification | Check, zone: tzinfo) -> str:
    """Return when a comparison was made, with the day unless it was today, and what it covered."""
    at, now = verification.checked_at, timezone.now()
    when = clock(at, zone) if at.astimezone(zone).date() == now.astimezone(zone).date() else moment(at, zone)
    if verification.is_complete:
        return f"{when} (all days)"
    first, last = f"{verification.first_day:%B %Y}", f"{verification.last_day:%B %Y}"
    return f"{when} ({first if first == last else f'{first} – {last}'})"


@register.filter
def iso(moment: datetime, zone: tzinfo) -> str:
    """Return the moment for a `datetime` attribute."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def zone_name(moment: datetime, zone: tzinfo) -> str:
    """Return the zone's abbreviation at the moment, `UTC-03` where it has none but a number."""
    name = moment.astimezone(zone).tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


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
    """Return a country's English name; the code itself if it is none, `Unknown` for the empty one."""
    return country_names().get(code, code or "Unknown")


@cache
def country_names() -> dict[str, str]:
    """Return ISO 3166-1 alpha-2 code → name, from the time zone database's table."""
    text = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return dict(rows)


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
