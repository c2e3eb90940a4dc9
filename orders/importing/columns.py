"""The columns of Shopify's orders export, and the forms their values take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from dealport.kit.countries import country_code
from dealport.kit.emails import fold_email
from dealport.kit.money import MILL, places_of, with_cents
from orders.importing.problems import COMMAND, BadValue, Words
from orders.importing.records import Record

REQUIRED = (
    "Name", "Financial Status", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price",
)  # fmt: skip
OPTIONAL = (
    "Email", "Paid at", "Fulfillment Status", "Fulfilled at", "Discount Code", "Discount Amount", "Lineitem sku",
    "Lineitem discount", "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status",
    "Billing Name", "Billing Street", "Billing City", "Billing Zip", "Billing Province", "Billing Country",
    "Billing Phone", "Shipping Name", "Shipping Street", "Shipping City", "Shipping Zip", "Shipping Province",
    "Shipping Country", "Shipping Phone", "Notes", "Cancelled at", "Payment Method", "Payment Reference",
    "Refunded Amount", "Outstanding Balance", "Duties", "Phone", "Id", "Source", "Tags", "Payment Terms Name",
    "Next Payment Due At", "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value", "Tax 3 Name", "Tax 3 Value",
    "Tax 4 Name", "Tax 4 Value", "Tax 5 Name", "Tax 5 Value",
)  # fmt: skip
ORDER_LEVEL = ("Financial Status", "Currency", "Subtotal", "Total")
"""Filled on the row that begins an order, empty on its further items."""

MAX_QUANTITY = 1_000_000
FIRST_YEAR = 1990
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,3}0*)?", re.ASCII)
THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
"""An amount whose comma may stand before decimals or group thousands."""
QUANTITY = re.compile(r"-?[0-9]{1,7}", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?) ?(?:(Z|UTC)|([+-]\d\d):?(\d\d))?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MIXED = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)(?:,? +(\d{1,2}):(\d\d)(?::(\d\d))? ?([AP]M)?)?", re.ASCII | re.IGNORECASE
)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
MANGLED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.ASCII)
"""A long number after a spreadsheet rounded it: many different ones look like this."""


@dataclass(frozen=True)
class Reading:
    """What the file does not say itself. `day_first` None: a date with slashes is refused, never guessed.

    `zone` is the zone of times without an offset, None: refused; a day without a time is its first moment there.
    `decimal_comma`: amounts such as 25,00. `words` are
    those of whoever can say it.
    """

    zone: tzinfo | None = None
    day_first: bool | None = None
    decimal_comma: bool = False
    words: Words = COMMAND


class Layout:
    """Where the columns of one file are. A column the file lacks reads as empty.

    `names` maps columns of Shopify's export to those of the file that stand for them.
    """

    def __init__(self, header: list[str], names: Mapping[str, str] | None = None) -> None:
        self.header, self.width = header, len(header)
        own = [name.strip().casefold() for name in header]
        wanted = {name: (names or {}).get(name, name).strip().casefold() for name in (*REQUIRED, *OPTIONAL)}
        first = {name: index for index, name in reversed(list(enumerate(own)))}
        self.at = {name: first.get(wanted[name], self.width) for name in wanted}
        counts = Counter(own)
        self.missing = [name for name in REQUIRED if self.at[name] == self.width]
        self.doubled = [name for name in wanted if counts[wanted[name]] > 1]
        known = set(wanted.values())
        self.unknown = [name for name in header if name and name.strip().casefold() not in known]
        self.order_level = tuple(self.at[name] for name in ORDER_LEVEL if self.at[name] < self.width)

    def has(self, column: str) -> bool:
        """Answer whether the file has a column."""
        return self.at[column] < self.width

    def fit(self, record: Record) -> None:
        """Give a row as many fields as the header: cells missing at its end are empty, empty ones too many are cut."""
        fields, more = record.fields, len(record.fields) - self.width
        if not more:
            return
        if more < 0 and record.fault is None:
            fields += [""] * -more
            record.trimmed = -more
        elif more > 0 and not any(fields[self.width :]):
            del fields[self.width :]

    def is_repeated_in(self, record: Record) -> bool:
        """Answer whether a row is the header again, as in two exports pasted into one file."""
        return record.fields == self.header


@lru_cache(maxsize=65_536)
def parse_amount(text: str) -> Decimal | None:
    """Return an amount as Shopify writes it (`12`, `12.5`, `12.50`), None for anything else."""
    return with_cents(Decimal(text).quantize(MILL)) if AMOUNT.fullmatch(text) else None


def amount(
    column: str, text: str, default: Decimal | None = None, *, signed: bool = False, currency: str = ""
) -> Decimal:
    """Return an amount, at least 0 unless `signed`. Raises BadValue; an empty one takes the default if there is one."""
    if not text and default is not None:
        return default
    value = parse_amount(text)
    places = max(places_of(currency), 2)
    if value is None or (value < 0 and not signed) or value != round(value, places):
        raise BadValue(column, text, _expected_amount(text, places, signed=signed))
    return value


def _expected_amount(text: str, places: int, *, signed: bool) -> str:
    most = gettext("three") if places == 3 else gettext("two")
    expected = gettext("an amount such as 1234.50: digits, at most {most} decimals").format(most=most)
    if not signed:
        expected += gettext(", no sign")
    if "," in text:
        expected += gettext(". Save the file with decimal points, or with semicolons between its columns")
    return expected


def with_point(column: str, text: str, currency: str) -> str:
    """Return an amount of a file with decimal commas with a point. Raises BadValue for what can be read in two ways."""
    if "." in text:
        return text
    if places_of(currency) == 3 and THOUSANDS.fullmatch(text):
        raise BadValue(
            column,
            text,
            gettext(
                "a point before the decimals, as in {example}: the comma may group thousands as well. "
                "Save the file with decimal points, or export it again"
            ).format(example=text.replace(",", ".")),
        )
    return text.replace(",", ".", 1)


def quantity(column: str, text: str) -> int:
    """Return a number of pieces; below 0 came back in an exchange, 0 was taken off the order. Raises BadValue."""
    count = int(text) if QUANTITY.fullmatch(text) else MAX_QUANTITY + 1
    if abs(count) > MAX_QUANTITY:
        raise BadValue(column, text, gettext("a whole number up to {most}").format(most=MAX_QUANTITY))
    return count


def moment(column: str, text: str, latest: datetime, reading: Reading | None = None) -> datetime:
    """Return a moment in UTC, not after `latest`. Raises BadValue also for what can be read in two ways."""
    try:
        value = _moment(column, text, reading or Reading())
        if value.year < FIRST_YEAR:
            raise ValueError(text)
        value = value.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the last hours of the year 9999 have no UTC
        if isinstance(error, BadValue):
            raise
        expected = gettext("a time with its UTC offset such as 2010-12-01 08:26:00 +0000")
        raise BadValue(column, text, expected) from None
    if value > latest:
        expected = gettext("a time in the past (it is {now} UTC)").format(now=f"{latest:%Y-%m-%d %H:%M}")
        raise BadValue(column, text, expected)
    return value


def _moment(column: str, text: str, reading: Reading) -> datetime:
    found = MOMENT.fullmatch(f"{text} 00:00" if DAY.fullmatch(text) else text)
    if not found:
        return _rewritten(column, text, reading)
    day, clock, zero, hours, minutes = found.groups()
    if zero or hours:
        return datetime.fromisoformat(f"{day}T{clock}" + ("+00:00" if zero else f"{hours}:{minutes}"))
    if reading.zone is None:
        expected = gettext(
            "a time with its UTC offset such as 2010-12-01 08:26:00 +0000: import the original file, "
            "or say that these times are the store's {how}"
        )
        raise BadValue(column, text, expected.format(how=reading.words.times))
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=reading.zone)


def _rewritten(column: str, text: str, reading: Reading) -> datetime:
    """Return a moment that a spreadsheet rewrote. Raises BadValue unless the order of day and month is given."""
    found = MIXED.fullmatch(text)
    if not found:
        raise ValueError(text)
    if reading.day_first is None or reading.zone is None:
        expected = gettext(
            "a time as the export writes it: a spreadsheet has rewritten this one, day and month cannot be told apart "
            "and the UTC offset is gone. Import the original file, or say what was meant {how}"
        )
        raise BadValue(column, text, expected.format(how=reading.words.dates))
    one, _, two, year, hour, minute, second, half = found.groups()
    day, month = (one, two) if reading.day_first else (two, one)
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    clock = time(int(hour or 0), int(minute or 0), int(second or 0))
    if half and not 1 <= clock.hour <= 12:
        raise ValueError(text)
    if half:
        clock = clock.replace(hour=clock.hour % 12 + (12 if half.upper() == "PM" else 0))
    return datetime.combine(date(full_year, int(month), int(day)), clock, reading.zone)


def text_of(column: str, text: str, longest: int) -> str:
    """Return the text without the spaces around it. Raises BadValue when it is too long to keep."""
    text = text.strip()
    if len(text) > longest:
        expected = gettext("at most {most} characters, these are {count}").format(most=longest, count=len(text))
        raise BadValue(column, text, expected)
    return text


def email(text: str) -> tuple[str, str]:
    """Return (an email address, folded, or nothing for a guest; what stood there instead of one)."""
    folded = fold_email(text.strip())
    if not folded:
        return "", ""
    try:
        validate_email(folded)
    except ValidationError:
        return "", text.strip()
    return (folded, "") if len(folded) <= 254 else ("", text.strip())


def country(text: str) -> tuple[str, str]:
    """Return (a country code in capitals or nothing; the name of a country that nobody knows)."""
    text = text.strip()
    if not text or COUNTRY.fullmatch(text):
        return text.upper(), ""
    code = country_code(text)
    return (code, "") if code else ("", text)


def choice(column: str, text: str, allowed: tuple[str, ...], *, empty: bool = False) -> str:
    """Return one of the values Shopify knows, in lower case. Raises BadValue naming all of them."""
    value = text.strip().lower()
    if value not in allowed and not (empty and not value):
        expected = gettext("one of {values} or nothing") if empty else gettext("one of {values}")
        raise BadValue(column, text, expected.format(values=", ".join(allowed)))
    return value
