"""The columns of Shopify's orders export, and the forms their values take."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dealport.kit.emails import fold_email
from orders.importing.problems import BadValue
from orders.importing.records import Record
from orders.pricing import CENT

REQUIRED = (
    "Name", "Email", "Financial Status", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price",
)  # fmt: skip
OPTIONAL = (
    "Paid at", "Fulfillment Status", "Fulfilled at", "Discount Code", "Discount Amount", "Lineitem sku",
    "Lineitem discount", "Billing Name", "Billing Street", "Billing City", "Billing Zip", "Billing Province",
    "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street", "Shipping City", "Shipping Zip",
    "Shipping Province", "Shipping Country", "Notes", "Cancelled at", "Payment Method", "Payment Reference",
    "Refunded Amount", "Outstanding Balance", "Duties", "Phone",
)  # fmt: skip
ORDER_LEVEL = ("Financial Status", "Currency", "Subtotal", "Total")
"""Filled on the row that begins an order, empty on its further items."""

MAX_QUANTITY = 1_000_000
FIRST_YEAR = 1990
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
QUANTITY = re.compile(r"[0-9]{1,7}", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(?:(Z|UTC)|([+-]\d\d):?(\d\d))", re.ASCII)
COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)


class Layout:
    """Where the columns of one file are. A column the file lacks reads as empty."""

    def __init__(self, header: list[str]) -> None:
        names = [name.strip().casefold() for name in header]
        self.header, self.width = header, len(names)
        self.at = {
            name: names.index(name.casefold()) if name.casefold() in names else self.width
            for name in (*REQUIRED, *OPTIONAL)
        }
        counts = Counter(names)
        self.missing = [name for name in REQUIRED if self.at[name] == self.width]
        self.doubled = [name for name in self.at if counts[name.casefold()] > 1]
        self.order_level = tuple(self.at[name] for name in ORDER_LEVEL)
        self.has_refunds = self.at["Refunded Amount"] < self.width

    def fit(self, record: Record) -> None:
        """Give a row as many fields as the header: cells missing at its end are empty, empty ones too many are cut."""
        fields, more = record.fields, len(record.fields) - self.width
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
    return Decimal(text).quantize(CENT) if AMOUNT.fullmatch(text) else None


def amount(column: str, text: str, default: Decimal | None = None) -> Decimal:
    """Return an amount of at least 0. Raises BadValue; an empty one takes the default if there is one."""
    if not text and default is not None:
        return default
    value = parse_amount(text)
    if value is None:
        raise BadValue(column, text, "an amount such as 1234.50: digits, at most two decimals, no sign")
    return value


def quantity(column: str, text: str) -> int:
    """Return a number of pieces. Raises BadValue."""
    count = int(text) if QUANTITY.fullmatch(text) else 0
    if not 0 < count <= MAX_QUANTITY:
        raise BadValue(column, text, f"a whole number from 1 to {MAX_QUANTITY}")
    return count


def moment(column: str, text: str, latest: datetime) -> datetime:
    """Return a moment in UTC, not after `latest`. Raises BadValue also for a time without its UTC offset."""
    found = MOMENT.fullmatch(text)
    try:
        if not found:
            raise ValueError(text)
        day, clock, zero, hours, minutes = found.groups()
        value = datetime.fromisoformat(f"{day}T{clock}" + ("+00:00" if zero else f"{hours}:{minutes}"))
        if value.year < FIRST_YEAR:
            raise ValueError(text)
        value = value.astimezone(UTC)
    except (ValueError, OverflowError):  # the last hours of the year 9999 have no UTC
        raise BadValue(column, text, "a time with its UTC offset such as 2010-12-01 08:26:00 +0000") from None
    if value > latest:
        raise BadValue(column, text, f"a time in the past (it is {latest:%Y-%m-%d %H:%M} UTC)")
    return value


def text_of(column: str, text: str, longest: int) -> str:
    """Return the text without the spaces around it. Raises BadValue when it is too long to keep."""
    text = text.strip()
    if len(text) > longest:
        raise BadValue(column, text, f"at most {longest} characters, these are {len(text)}")
    return text


def email(column: str, text: str) -> str:
    """Return an email address, folded, or nothing for a guest. Raises BadValue."""
    text = fold_email(text_of(column, text, 254))
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise BadValue(column, text, "an email address, or nothing for a guest") from None
    return text


def country(column: str, text: str) -> str:
    """Return a country code in capitals, or nothing. Raises BadValue."""
    text = text.strip()
    if text and not COUNTRY.fullmatch(text):
        raise BadValue(column, text, "a country code of two letters such as GB, or nothing")
    return text.upper()


def choice(column: str, text: str, allowed: tuple[str, ...], *, empty: bool = False) -> str:
    """Return one of the values Shopify knows, in lower case. Raises BadValue naming all of them."""
    value = text.strip().lower()
    if value not in allowed and not (empty and not value):
        raise BadValue(column, text, "one of " + ", ".join(allowed) + (" or nothing" if empty else ""))
    return value
