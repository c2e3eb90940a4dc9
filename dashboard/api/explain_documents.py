"""The documents of explained figures and of changes to closed months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from dashboard.answers.documents import MONTH, PeriodData
from dashboard.figures.bridge import PARTS
from dashboard.models import Basis
from dealport.kit.rest.documents import ApiDocument, Said

KINDS = ("order", "payment", "refund", "edit", "customer", "subscription", "credit")


@dataclass(frozen=True)
class Pagination(ApiDocument):
    """Which page of how many."""

    page: int
    limit: int
    total: int
    total_pages: int


@dataclass(frozen=True)
class ExplainedEntry(ApiDocument):
    """One signed contribution to a figure."""

    kind: Annotated[str, Said(choices=KINDS)]
    at: datetime
    order_id: int | None
    order_number: str | None
    customer_id: int | None
    amount: Decimal | int


@dataclass(frozen=True)
class BridgePart(ApiDocument):
    """One reason why the bases differ, signed, and the number of orders behind it."""

    part: Annotated[str, Said(choices=tuple(PARTS))]
    label: str
    amount: Decimal
    orders: int


@dataclass(frozen=True)
class Bridge(ApiDocument):
    """Total sales by order date and by transaction date; the parts add up to the difference (booked less placed).

    `entries` are those of the part that was asked for, null without one.
    """

    store: str
    currency: str
    timezone: str
    period: PeriodData
    placed: Decimal
    booked: Decimal
    difference: Decimal
    parts: list[BridgePart]
    entries: list[ExplainedEntry] | None
    pagination: Pagination | None
    as_of: datetime


@dataclass(frozen=True)
class Explanation(ApiDocument):
    """A figure, its definition, and one page of the entries that add up to it."""

    metric: str
    label: str
    definition: str
    basis: Annotated[str, Said(choices=Basis.values)]
    basis_definition: str
    period: PeriodData
    until: Annotated[datetime | None, Said(about="Where the last day is cut off; null where it counts in full.")]
    store: str
    currency: str
    timezone: str
    value: Decimal | int
    entries_total: Annotated[Decimal | int, Said(about="The sum of all entries, not of this page alone.")]
    entries: list[ExplainedEntry]
    pagination: Pagination
    as_of: datetime


@dataclass(frozen=True)
class StorePart(ApiDocument):
    """What a store adds to a cell on its local days, and the sum of the entries that `explain` lists of it."""

    store: str
    start_date: date
    end_date: date
    until: Annotated[datetime | None, Said(about="Where the last day is cut off; null where it counts in full.")]
    value: Decimal | int
    entries_total: Decimal | int


@dataclass(frozen=True)
class StoresExplanation(ApiDocument):
    """A cell over the stores of one currency, and one page of what each store adds to it."""

    metric: str
    label: str
    definition: str
    basis: Annotated[str, Said(choices=Basis.values)]
    basis_definition: str
    currency: str
    value: Decimal | int
    stores: list[StorePart]
    pagination: Pagination
    as_of: datetime


@dataclass(frozen=True)
class PastChange(ApiDocument):
    """One event that moved a month already over, and by how much."""

    at: datetime
    month: Annotated[str, Said(pattern=MONTH)]
    order_id: int
    order_number: str
    event: str
    actor: str
    total_sales: Decimal
    total_completed_orders: int
    total_expired_orders: int
    total_refunded_orders: int


@dataclass(frozen=True)
class ChangedPast(ApiDocument):
    """What moved months already over since a moment."""

    store: str
    currency: str
    timezone: str
    basis: Annotated[str, Said(choices=Basis.values)]
    since: datetime
    changes: list[PastChange]
    pagination: Pagination
    as_of: datetime


@dataclass(frozen=True)
class KnownFigures(ApiDocument):
    """A month's figures as they stood."""

    total_sales: Decimal
    total_orders: int
    total_completed_orders: int
    total_expired_orders: int
    total_refunded_orders: int


@dataclass(frozen=True)
class MonthAsOf(ApiDocument):
    """A month as it was known at a past moment."""

    store: str
    currency: str
    timezone: str
    basis: Annotated[str, Said(choices=Basis.values)]
    period: PeriodData
    summary: KnownFigures
    as_of: datetime
