"""The charts of Explore as numbers for inline SVG: lines and columns along time, bars, a heat map. Pure.

What is drawn stands in the table as well: a chart is one picture with a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext

from reports.explore.table import Row

WIDTH, HEIGHT, GAP = 1000, 200, 0.25
MOST_COLUMNS = 62
"""More buckets are drawn as a line."""
MOST_BARS, MOST_LINES = 10, 5
STEPS = 8
"""Shades of the heat map, above none."""


@dataclass(frozen=True)
class Column:
    """A bar of the chart over time; numbers are SVG coordinates, as text."""

    x: str
    y: str
    width: str
    height: str
    title: str
    is_unfinished: bool


@dataclass(frozen=True)
class Line:
    """A series as the points of a polyline."""

    name: str
    points: str


@dataclass(frozen=True)
class TimeChart:
    """A figure along time: columns while they can be told apart, else a line; what it is compared with as a line."""

    columns: list[Column]
    lines: list[Line]
    zero: str
    top: str
    bottom: str
    labels: list[str]


@dataclass(frozen=True)
class Bar:
    """One value of a dimension, `length` in percent of the longest."""

    title: str
    text: str
    link: str
    length: str


@dataclass(frozen=True)
class Heat:
    """A cell of the heat map with its shade, 0 to STEPS."""

    text: str
    title: str
    link: str
    shade: int


@dataclass(frozen=True)
class Chart:
    """What the page draws of an answer: one of the three is filled, none for totals alone."""

    time: TimeChart | None = None
    bars: list[Bar] = field(default_factory=list)
    heat: list[tuple[str, list[Heat]]] = field(default_factory=list)


@dataclass(frozen=True)
class Point:
    """A bucket with the amounts of each series, as numbers and as the page writes them."""

    title: str
    values: list[Decimal | None]
    texts: list[str]
    is_unfinished: bool = False


def time_chart(names: Sequence[str], points: Sequence[Point], *, as_lines: bool = False) -> TimeChart | None:
    """Draw series along time, the first as columns; None where there is nothing above or below zero."""
    every = [value for point in points for value in point.values if value is not None]
    top, bottom = max([*every, Decimal(0)]), min([*every, Decimal(0)])
    if top == bottom:
        return None
    step = WIDTH / len(points)

    def y(value: Decimal) -> float:
        return float((top - value) / (top - bottom)) * HEIGHT

    is_columns = not as_lines and len(points) <= MOST_COLUMNS
    columns = []
    for index, point in enumerate(points if is_columns else []):
        value = point.values[0] or Decimal(0)
        upper, lower = sorted((y(value), y(Decimal(0))))
        columns.append(
            Column(
                _n(index * step + step * GAP / 2),
                _n(upper),
                _n(step * (1 - GAP)),
                _n(lower - upper),
                ", ".join([point.title, *(text for text in point.texts if text)]),
                point.is_unfinished,
            )
        )
    lines = [
        Line(
            name,
            " ".join(
                f"{_n((at + 0.5) * step)},{_n(y(at_y))}"
                for at, p in enumerate(points)
                if (at_y := p.values[index]) is not None
            ),
        )
        for index, name in enumerate(names)
        if not (is_columns and index == 0)
    ]
    texts = {value: text for point in points for value, text in zip(point.values, point.texts, strict=True)}
    middle = [points[len(points) // 2].title] if len(points) > 2 else []
    ends = [points[0].title, *middle, *([points[-1].title] if len(points) > 1 else [])]
    return TimeChart(
        columns, lines, _n(y(Decimal(0))), texts.get(top, "0"), texts.get(bottom, "") if bottom else "", ends
    )


def along_time(rows: Sequence[Row], label: str) -> TimeChart | None:
    """Draw the first figure of rows by time, and what it is compared with."""
    names = [label, gettext("Previous period")] if any(row.cells[0].before is not None for row in rows) else [label]
    points = [
        Point(
            row.titles[0],
            [_number(row.cells[0].value), _number(row.cells[0].before)][: len(names)],
            [
                row.cells[0].text,
                row.cells[0].previous and gettext("before {previous}").format(previous=row.cells[0].previous),
            ][: len(names)],
            row.is_unfinished,
        )
        for row in rows
    ]
    return time_chart(names, points) if points else None


def several_along_time(rows: Sequence[Row]) -> TimeChart | None:
    """Draw the first figure of the largest values of a dimension along the buckets of the rows."""
    sums: dict[str, Decimal] = {}
    cells: dict[tuple[str, str], Row] = {}
    for row in rows:
        sums[row.titles[1]] = sums.get(row.titles[1], Decimal(0)) + (_number(row.cells[0].value) or 0)
        cells[row.titles[0], row.titles[1]] = row
    names = sorted(sums, key=lambda name: -sums[name])[:MOST_LINES]
    points = []
    for time in dict.fromkeys(row.titles[0] for row in rows):
        found = [cells.get((time, name)) for name in names]
        points.append(
            Point(
                time,
                [_number(row.cells[0].value) if row else Decimal(0) for row in found],
                [row.cells[0].text if row else "" for row in found],
            )
        )
    # one line needs two points
    return time_chart(names, points, as_lines=True) if len(points) > 1 else None


def bars(rows: Sequence[Row]) -> list[Bar]:
    """Draw the first figure of the first rows as bars; what is below zero has none."""
    shown = [row for row in rows if row.cells[0].value is not None][:MOST_BARS]
    longest = max([_number(row.cells[0].value) or Decimal(0) for row in shown], default=Decimal(0))
    if longest <= 0:
        return []
    return [
        Bar(
            " · ".join(row.titles),
            row.cells[0].text,
            row.cells[0].link,
            _n(float(max(_number(row.cells[0].value) or Decimal(0), Decimal(0)) * 100 / longest)),
        )
        for row in shown
    ]


def heat_map(rows: dict[str, Row], days: Sequence[str]) -> list[tuple[str, list[Heat]]]:
    """Return 24 lines of seven cells, Monday first; `rows` by key (`1-13`: Monday, 13:00)."""
    most = max([_number(row.cells[0].value) or Decimal(0) for row in rows.values()], default=Decimal(0))
    if most <= 0:
        return []
    return [
        (
            f"{hour:02}:00",
            [_heat(rows.get(f"{day}-{hour}"), f"{name} {hour:02}:00", most) for day, name in enumerate(days, start=1)],
        )
        for hour in range(24)
    ]


def _heat(row: Row | None, title: str, most: Decimal) -> Heat:
    value = (_number(row.cells[0].value) if row else None) or Decimal(0)
    if row is None or value <= 0:
        return Heat(row.cells[0].text if row and value else "", title, row.cells[0].link if row and value else "", 0)
    shade = max(1, int(value * STEPS / most))
    return Heat(row.cells[0].text, f"{title}: {row.cells[0].text}", row.cells[0].link, shade)


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _n(number: float) -> str:
    """Return a coordinate with as few digits as it needs."""
    return f"{number:.1f}".removesuffix(".0")
