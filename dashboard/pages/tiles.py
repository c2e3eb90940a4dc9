"""Figures as tiles: a value, what it was before and how it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from dashboard.figures import Document, Figure, shown_in
from dashboard.figures.comparisons import Compared
from dashboard.models import Basis
from dashboard.pages import period_picker
from dashboard.templatetags.dashboard_formats import change
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json

WORSE = {"canceled_orders", "total_expired_orders", "total_refunded_orders"}
"""Figures that are better the lower they are."""


@dataclass(frozen=True)
class Tile:
    """A figure with its values along the period and, where it is compared, what it was and how it changed."""

    figure: Figure
    value: Decimal | int
    spark: Sequence[Decimal | int]
    before: Decimal | int | None
    change: str
    direction: str


def tiles(data: Json) -> list[Tile]:
    """Return the figures of a period with their way through it and what they were before."""
    before = data["comparison"] or {"summary": {}, "change": {}}
    return [
        Tile(
            figure,
            value := data["summary"][name],
            data["sparks"].get(name, ()),
            then := before["summary"].get(name),
            change_text(before["change"].get(name)),
            "" if then is None else _direction(value - then, name=figure.key),
        )
        for name, figure in shown_in(Document.SUMMARY).items()
    ]


def compared_tile(data: Json, figure: Figure) -> Tile:
    """Return a figure of a snapshot beside what its own comparison has of it, if anything."""
    name, comparison = figure.documents[Document.SNAPSHOT], data["comparison"]
    value = data[name]
    then = comparison["figures"].get(name) if comparison else None
    if then is None:
        return Tile(figure, value, (), None, "", "")
    return Tile(
        figure, value, (), then, change_text(comparison["change"][name]), _direction(value - then, name=figure.key)
    )


def _direction(difference: Decimal | int, *, name: str = "") -> str:
    """Return the class of a change for the better or worse, none where nothing changed."""
    if not difference:
        return ""
    return "rose" if (difference > 0) != (name in WORSE) else "fell"


def change_text(percentage: Decimal | None) -> str:
    """Return a change in percent, a dash where nothing was before."""
    return "–" if percentage is None else change(percentage)


def against(comparison: Json | None, basis: str = Basis.PLACED) -> Json | None:
    """Return the days the figures are compared with, in words, and the time of day the last one is cut off at.

    With the `query` that opens a store's figures of these days, to which `&metric=` is added.
    """
    if comparison is None:
        return None
    span = span_of(comparison)
    until = span.until and f"{span.until:%H:%M}"
    return {"days": period_picker.days(span.days), "until": until, "query": span_query(span, basis)}


def span_of(comparison: Json) -> Compared:
    """Return the days that a comparison names."""
    days = DayRange(*(date.fromisoformat(comparison[name]) for name in ("startDate", "endDate")))
    return Compared(days, datetime.fromisoformat(comparison["until"]) if comparison["until"] else None)


def span_query(span: Compared, basis: str = Basis.PLACED) -> str:
    """Return the query string that opens figures of some days, to which `&metric=` is added."""
    return "?" + urlencode(span.parameters() | ({} if basis == Basis.PLACED else {"basis": str(basis)}))
