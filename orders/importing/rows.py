"""Putting the rows of a table together into orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext

from dealport.kit.texts import lazy_text as _
from orders.importing.columns import Layout
from orders.importing.problems import Problem
from orders.importing.records import Record

CURE = _(
    "its first row, with Financial Status and Total, right before its further items. Was the file cut, join its parts; "
    "are the rows of {name} apart, sort the file by Name"
)


@dataclass(slots=True)
class OrderRows:
    """The records of one order, as they follow each other in the file."""

    name: str
    records: list[Record] = field(default_factory=list)


def value_of(layout: Layout, record: Record, column: str) -> str:
    """Return a field without the spaces around it; nothing where the row or the file lacks it."""
    at = layout.at[column]
    return record.fields[at].strip() if at < len(record.fields) else ""


def is_whole(layout: Layout, record: Record) -> bool:
    """Answer whether a row is text with as many fields as the header."""
    return record.fault is None and len(record.fields) == layout.width


def begins_order(layout: Layout, record: Record) -> bool:
    """Answer whether a whole row has fields of an order, not of a further item alone."""
    return any(map(record.fields.__getitem__, layout.order_level))


def belongs_to(layout: Layout, record: Record, rows: OrderRows) -> bool:
    """Answer whether a row continues an order; a broken row does unless it says otherwise.

    An item whose order's own columns were filled down repeats all of them with the same Id; two exports of an order
    do not: an order that is stated again begins again, unless it is another item with the same values.
    """
    if not is_whole(layout, record):
        return value_of(layout, record, "Name") in ("", rows.name)
    if value_of(layout, record, "Name") != rows.name:
        return False
    return not begins_order(layout, record) or _is_filled_down(layout, record, rows)


def _is_filled_down(layout: Layout, record: Record, rows: OrderRows) -> bool:
    first = rows.records[0]
    columns = ("Id", "Financial Status", "Subtotal", "Total", "Created at")
    if not is_whole(layout, first) or not value_of(layout, record, "Lineitem name"):
        return False
    if any(value_of(layout, first, column) != value_of(layout, record, column) for column in columns):
        return False
    name = value_of(layout, record, "Lineitem name")
    return all(name != value_of(layout, known, "Lineitem name") for known in (first, rows.records[-1]))


def group(layout: Layout, records: Iterator[Record]) -> Iterator[OrderRows]:
    """Put the rows that follow each other into orders; the header of a second export in the file is left out."""
    rows: OrderRows | None = None
    for record in records:
        layout.fit(record)
        if layout.is_repeated_in(record):
            continue
        if rows is None or not belongs_to(layout, record, rows):
            if rows is not None:
                yield rows
            rows = OrderRows(value_of(layout, record, "Name"))
        rows.records.append(record)
    if rows is not None:
        yield rows


def structure_faults(layout: Layout, rows: OrderRows) -> list[Problem]:
    """Return what keeps the rows from being read at all."""
    faults = [fault for record in rows.records if (fault := _structure_fault(layout, record))]
    if not faults and not begins_order(layout, rows.records[0]):
        faults = [Problem(rows.records[0].line, "Name", rows.name, CURE.format(name=rows.name or gettext("the order")))]
    return faults


def _structure_fault(layout: Layout, record: Record) -> Problem | None:
    if record.fault:
        return record.fault
    if len(record.fields) != layout.width:
        expected = gettext("{count} fields at most, as in the header").format(count=layout.width)
        return Problem(record.line, "", gettext("{count} fields").format(count=len(record.fields)), expected)
    return None
