"""The one reading of a calendar day, and the years the product knows."""

from __future__ import annotations

import argparse
import re
from datetime import date

FIRST_YEAR, LAST_YEAR = 1970, 2199
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DAY_EXPECTED = f"Enter a date as YYYY-MM-DD, from {FIRST_YEAR} to {LAST_YEAR}."


def parse_day(text: str) -> date:
    """Return the day that `text` spells as YYYY-MM-DD. Raises ValueError, also outside the years above."""
    if not ISO_DAY.fullmatch(text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(text)
    return day


def day_argument(text: str) -> date:
    """Return the day that an argument of a command spells. Raises ArgumentTypeError, which the command prints."""
    try:
        return parse_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day. {DAY_EXPECTED}") from error
