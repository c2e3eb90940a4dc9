"""What a dataset is: columns with kinds, filters, totals, and the SQL that yields its rows.

Declared once; the files, the preview, the API document and the receipt all read the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils import timezone

from customers.scopes import ALL_STORES, StoreScope
from dealport.kit.day_range import EVERY_DAY, DayRange


class Kind(Enum):
    """How a column's values are written."""

    TEXT = "text"
    ID = "id"
    INTEGER = "integer"
    MONEY = "amount"
    PERCENT = "percentage"
    FLAG = "true or false"
    MOMENT = "time (UTC)"
    DAY = "date"


@dataclass(frozen=True)
class Column:
    """One column: its name in the file, the SQL of its value, and whether it says who somebody is.

    A personal column is masked in the files of everybody but super admins.
    """

    name: str
    sql: str
    kind: Kind = Kind.TEXT
    is_personal: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter: what it may be (None: any value of its kind), and the condition.

    `sql` is what equals the value, or a whole condition in which `{value}` stands for it.
    """

    name: str
    sql: str
    choices: tuple[str, ...] | None = None
    meaning: str = ""
    kind: Kind = Kind.TEXT

    @property
    def condition(self) -> str:
        """The SQL of it, with the value as the parameter of its name."""
        value = {Kind.ID: f"%({self.name})s::bigint", Kind.MONEY: f"%({self.name})s::numeric"}.get(
            self.kind, f"%({self.name})s"
        )
        return self.sql.format(value=value) if "{value}" in self.sql else f"{self.sql} = {value}"


@dataclass(frozen=True)
class Total:
    """A control total: an SQL aggregate over the file's columns, by currency."""

    name: str
    sql: str
    is_count: bool = False


@dataclass(frozen=True)
class Scope:
    """What an export is of: whose, local days (None: all there are), a basis, and the filters' values.

    `asked_at` decides which days are over: once, for a midnight may pass between the receipt and the rows.
    """

    stores: StoreScope = ALL_STORES
    first: date | None = None
    last: date | None = None
    basis: str = "placed"
    values: Mapping[str, str] = field(default_factory=dict)
    asked_at: datetime = field(default_factory=timezone.now)

    @property
    def days(self) -> DayRange:
        """The first and last day, wide enough for all where the scope is open."""
        return DayRange(self.first or EVERY_DAY.first, self.last or EVERY_DAY.last)


@dataclass(frozen=True)
class Part:
    """A SELECT of typed rows under the names of the columns, and its parameters."""

    sql: str
    parameters: Mapping[str, Any]


Figures = dict[str, dict[str, Decimal]]
"""Currency → total → value."""


@dataclass(frozen=True)
class Compared:
    """What the dashboard says: the control totals it has figures for, and these. What it has no line of is nothing."""

    names: frozenset[str]
    figures: Figures


@dataclass(frozen=True)
class Dataset:
    """What can be exported.

    `parts` yields the rows of a scope; `compare` what the dashboard says of the same scope, under the names of
    `totals`, or None where it says nothing of such a filter. `order` names the column the rows come in. `check` raises
    ValidationError where filters do not fit each other.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    parts: Callable[[Scope], Sequence[Part]]
    totals: tuple[Total, ...]
    order: str
    compare: Callable[[Scope], Compared | None]
    filters: tuple[Filter, ...] = ()
    has_period: bool = True
    has_basis: bool = False
    check: Callable[[Scope], object] | None = None

    @property
    def filter_names(self) -> list[str]:
        """Every filter that may be given."""
        period = ["from", "to"] if self.has_period else []
        return ["store", *period, *(["basis"] if self.has_basis else []), *(f.name for f in self.filters)]

    def chosen(self, names: Sequence[str]) -> list[Column]:
        """Return the columns with these names in this order; all where none is named."""
        by_name = {column.name: column for column in self.columns}
        return [by_name[name] for name in names] if names else list(self.columns)
