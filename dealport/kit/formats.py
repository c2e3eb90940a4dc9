"""How people read amounts, numbers, days, moments and countries: as CLDR has them for the language that is active.

One place for pages, the admin and mails. Three departures from CLDR: amounts keep the decimals of ISO 4217 (CLDR rounds
COP and HUF to whole ones, which would hide cents), negative numbers have a real minus sign, and clocks have 24 hours.
What programs read (API, files) is written elsewhere and the same in every language.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_interval, format_skeleton, get_day_names, get_month_names
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol
from django.conf import settings
from django.utils.translation import get_language, gettext, to_locale

from dealport.kit.countries import country_codes
from dealport.kit.money import MINUS, places_of

NO_BREAK = "\N{NO-BREAK SPACE}"
THIN = "\N{THIN SPACE}"


def language() -> str:
    """Return the active language, as the setting LANGUAGES names it."""
    return get_language() or settings.LANGUAGE_CODE


@cache
def _locale(language: str) -> Locale:
    """Return CLDR's data of a language."""
    return Locale.parse(to_locale(language))


@cache
def _separators(language: str) -> dict[int, str]:
    """Return what stands for Python's comma and point. Both languages group by thousands, as Python does."""
    here = _locale(language)
    return str.maketrans({",": get_group_symbol(here), ".": get_decimal_symbol(here)})


@cache
def _around_money(language: str, currency: str) -> tuple[str, str]:
    """Return what stands before and after an amount of a currency."""
    here = _locale(language)
    symbol, pattern = get_currency_symbol(currency, locale=here), here.currency_formats["standard"]
    before, after = pattern.prefix[0], pattern.suffix[0]
    if symbol[-1:].isalpha() and before.endswith("¤"):
        before += NO_BREAK  # CLDR's currencySpacing: letters stand apart from digits
    return before.replace("¤", symbol), after.replace("¤", symbol)


@cache
def _percent_sign(language: str) -> str:
    return str(_locale(language).percent_formats[None].suffix[0])


def money_text(amount: Decimal, currency: str, sign: str = "") -> str:
    """Return `£1,234.50`, `¥1,235`, or `CHF 1,234.50` where the currency has no sign; "+" shows that of a rise."""
    decimals = places_of(currency)
    # an amount that has digits which its currency does not know is shown as it is, not rounded away
    units = amount.scaleb(decimals)
    exact = decimals if units == units.to_integral_value() else max(decimals, 2)
    before, after = _around_money(language(), currency) if currency else ("", "")
    return f"{_sign(amount, sign)}{before}{_digits(amount, exact)}{after}"


def number_text(number: Decimal | int, places: int = 0, sign: str = "") -> str:
    """Return `12,345` or `−1,234.50`; "+" shows the sign of a rise."""
    return _sign(number, sign) + _digits(number, places)


def percent_text(percentage: Decimal, sign: str = "") -> str:
    """Return `12.3%` of 12.3; what is not quite nothing is `<0.1%`."""
    if not sign and 0 < percentage < Decimal("0.05"):
        return f"<{_digits(Decimal('0.1'), 1)}{_percent_sign(language())}"
    return f"{_sign(percentage, sign)}{_digits(percentage, 1)}{_percent_sign(language())}"


def _digits(number: Decimal | int, places: int) -> str:
    return f"{abs(number):,.{places}f}".translate(_separators(language()))


def _sign(number: Decimal | int, sign: str) -> str:
    return MINUS if number < 0 else sign if number > 0 else ""


def decimal_point() -> str:
    """Return what stands between whole and parts: a point, or a comma."""
    return _separators(language())[ord(".")]


@lru_cache(maxsize=4096)
def _day(language: str, skeleton: str, day: date) -> str:
    return format_skeleton(skeleton, day, locale=_locale(language))


@lru_cache(maxsize=1024)
def _interval(language: str, skeleton: str, first: date, last: date) -> str:
    return format_interval(first, last, skeleton, locale=_locale(language)).replace(THIN, " ")


def day_text(day: date) -> str:
    """Return `Nov 20, 2026`."""
    return _day(language(), "yMMMd", day)


def short_day_text(day: date) -> str:
    """Return `Nov 20`, where the page says the year."""
    return _day(language(), "MMMd", day)


def weekday_text(day: date, *, with_year: bool = True) -> str:
    """Return `Fri, Nov 20, 2026`, or `Fri, Nov 20`."""
    return _day(language(), "yMMMEd" if with_year else "MMMEd", day)


def weekday_name(day: date) -> str:
    """Return `Friday`."""
    return str(get_day_names("wide", "stand-alone", _locale(language()))[day.weekday()])


def month_text(day: date) -> str:
    """Return `November 2026`."""
    return _day(language(), "yMMMM", day)


def short_month_text(day: date) -> str:
    """Return `Nov 2026`."""
    return _day(language(), "yMMM", day)


def month_names() -> list[str]:
    """Return the names of the twelve months."""
    names = get_month_names("wide", "stand-alone", _locale(language()))
    return [str(names[month]) for month in range(1, 13)]


def days_text(first: date, last: date, *, with_year: bool = True) -> str:
    """Return `Nov 14 – 20, 2026`, without repeating the month or the year they share; one day as `day_text`."""
    if first == last:
        return day_text(first) if with_year else short_day_text(first)
    return _interval(language(), "yMMMd" if with_year else "MMMd", first, last)


def months_text(first: date, last: date) -> str:
    """Return `October – November 2026`, or the one month both lie in."""
    if (first.year, first.month) == (last.year, last.month):
        return month_text(first)
    return _interval(language(), "yMMMM", first, last)


def time_text(moment: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Return `09:41` or `09:41:07` as the clocks of a zone show it; the page says which one it is."""
    return f"{moment.astimezone(zone):{'%H:%M:%S' if seconds else '%H:%M'}}"


def moment_text(moment: datetime, zone: tzinfo, *, with_year: bool = True) -> str:
    """Return `Nov 20, 2026, 23:11` in the zone; the page says which one it is."""
    day = moment.astimezone(zone).date()
    return f"{day_text(day) if with_year else short_day_text(day)}, {time_text(moment, zone)}"


def zoned_moment_text(moment: datetime, zone: tzinfo) -> str:
    """Return `Nov 20, 2026, 09:41 GMT`."""
    return f"{moment_text(moment, zone)} {zone_name(moment, zone)}"


def zone_name(moment: datetime, zone: tzinfo) -> str:
    """Return the zone's abbreviation at the moment, `UTC-03` where it has none but a number."""
    name = moment.astimezone(zone).tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def country_name(code: str) -> str:
    """Return a country's name; the code itself if it is none, `Unknown` for the empty one."""
    return str(_locale(language()).territories.get(code, code)) if code else gettext("Unknown")


def country_names() -> list[tuple[str, str]]:
    """Return every country as (code, name), by name."""
    return _country_names(language())


@cache
def _country_names(language: str) -> list[tuple[str, str]]:
    names = _locale(language).territories
    found = [(code, str(names.get(code, code))) for code in country_codes()]
    return sorted(found, key=lambda pair: _without_accents(pair[1]))


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
