"""What a ready report is: columns with kinds and rows of values; and the orders that one reads at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext

from customers.models import Store
from dealport.kit.day_range import DayRange
from dealport.kit.formats import number_text
from dealport.kit.local_days import clock, local_day_sql
from dealport.kit.values import FieldValues
from reports.datasets import Kind

MOST_ORDERS = 50_000
"""The newest orders of the period; older ones are left out, and the page says so."""
PER_PAGE = 50


@dataclass(frozen=True)
class Scope:
    """One store, some of its local days, and which page of the rows (None: all that a file holds)."""

    store: Store
    days: DayRange
    now: datetime
    page: int | None = 1
    until: datetime | None = None
    """Where the last day is cut off, of days that a running period is compared with."""

    @property
    def today(self) -> date:
        """The local day of the store."""
        return self.now.astimezone(self.store.zone).date()

    @property
    def parameters(self) -> FieldValues:
        """Parameters of `in_days` and of the store's clock."""
        return {
            "store": self.store.pk,
            "first": self.days.first,
            "last": self.days.last,
            "until": self.until,
            **clock(self.store.timezone, self.days),
        }


@dataclass(frozen=True)
class Heading:
    """A column: its label, its name in a file and its kind. Personal text is masked in files, as exports do.

    `opens` is what its values open to: a figure of the row's product (`explain`), or one of
    `reports.ready.opened.PARTS`; empty where they do not.
    """

    label: str
    name: str
    kind: Kind = Kind.TEXT
    is_personal: bool = False
    opens: str = ""


@dataclass(frozen=True)
class Report:
    """The rows of a report; `bar` is the column that is drawn, `total` the line below the rows.

    `keys` say what each row is about, as the same report of other days has it; `compared` is the column that is
    compared with these. `places` are what addresses call the rows that open.
    """

    title: str
    text: str
    columns: Sequence[Heading]
    rows: list[list[object]]
    bar: int | None = None
    total: list[object] = field(default_factory=list)
    count: int = 0
    has_period: bool = True
    note: str = ""
    keys: Sequence[object] = ()
    compared: int | None = None
    places: Sequence[str] = ()

    @property
    def pages(self) -> int:
        """How many pages of rows there are."""
        return max(-(-max(self.count, len(self.rows)) // PER_PAGE), 1)


def in_days(moment: str) -> str:
    """Return SQL of a moment in the scope's local days; an index on the moment finds it."""
    return (
        f"{moment} >= %(first)s::date - 1 AND {moment} < %(last)s::date + 3 "
        f"AND {local_day_sql(moment)} BETWEEN %(first)s AND %(last)s AND {before_the_cut(moment)}"
    )


def before_the_cut(moment: str) -> str:
    """Return SQL of whether a moment is before the one that the scope's last day is cut off at, if any."""
    return f"(%(until)s::timestamptz IS NULL OR {moment} < %(until)s)"


def cut(read: int) -> str:
    """Return the sentence about orders that were left out, empty where there are none."""
    if read <= MOST_ORDERS:
        return ""
    text = gettext("Of the period's orders these are the newest {number}.")
    return text.format(number=number_text(MOST_ORDERS))
