"""What an analytics answer is on a page: heads that sort, rows of cells that open, totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from dashboard import figures
from dashboard.answers.analytics import Request, dimension_name
from dashboard.figures import EXPLAINED, FIGURES, Figure, Kind, bucket_after
from dashboard.figures.analytics import HOURLY
from dashboard.figures.comparisons import Compared
from dashboard.figures.values import Number
from dashboard.pages import period_picker
from dashboard.templatetags.dashboard_formats import change, count, country, money, share
from dealport.kit import formats
from dealport.kit.day_range import DayRange
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import Json
from reports.explore.before import before_of
from reports.explore.state import without

NOTHING = "–"
PERIOD = ("period", "year", "month", "startDate", "endDate", "from", "to")
"""Parameters that say which days a query is about."""
OWN_WORDS = ("channel", "customerType", "paymentMethod", "weekdayHour")
"""Dimensions whose values are called by us, or may be."""
TIME = {"daily": _("Day"), "weekly": _("Week"), "monthly": _("Month"), HOURLY: _("Hour")}


@dataclass(frozen=True)
class Cell:
    """A figure's value in words, where it opens to (empty: nowhere), and what it is compared with."""

    value: Number | None
    text: str
    link: str = ""
    before: Number | None = None
    previous: str = ""
    previous_link: str = ""
    change: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the table: its names (time, value of the dimension), where its story along time is, its cells."""

    titles: list[str]
    link: str
    cells: list[Cell]
    is_unfinished: bool = False


@dataclass(frozen=True)
class Head:
    """A column: its label, what it means, and the query that sorts by it; `sorted` is ARIA's word for how it is now."""

    label: str
    hint: str
    link: str
    sorted: str = ""

    @property
    def arrow(self) -> str:
        """The sign of how it is sorted."""
        return {"ascending": "↑", "descending": "↓"}.get(self.sorted, "")


@dataclass(frozen=True)
class Table:
    """The rows of one currency."""

    currency: str
    rows: list[Row]
    totals: Row
    other: Row | None


class Writer:
    """Writes the parts of one answer as tables."""

    def __init__(self, asked: Request, data: Json, query: QueryDict, computed_at: datetime) -> None:
        self.asked, self.data, self.query = asked, data, query
        self.figures = asked.question.figures
        self.dimension = asked.question.dimension.name if asked.question.dimension else ""
        self.second = asked.question.second.name if asked.question.second else ""
        self.granularity = asked.question.granularity
        self.days = DayRange(date.fromisoformat(data["from"]), date.fromisoformat(data["to"]))
        self.before = before_of(asked, self.days, computed_at)

    @property
    def title(self) -> str:
        """The figures and what they are split by, in words."""
        names = [str(figure.label) for figure in self.figures]
        text = ", ".join(names[:3]) + (
            gettext(" and {names} more").format(names=len(names) - 3) if len(names) > 3 else ""
        )
        words = (TIME.get(self.granularity, ""), dimension_name(self.dimension), dimension_name(self.second))
        by = [str(word) for word in words if word]
        return (
            gettext("{text} by {dimension}").format(text=text, dimension=gettext(" and ").join(by).lower())
            if by
            else text
        )

    @property
    def days_text(self) -> str:
        """The first and last day as the page writes them."""
        return period_picker.days(self.days)

    def heads(self) -> list[Head]:
        """Return the columns: those of time and dimension, then the figures."""
        question = self.asked.question
        is_by_key, down = question.order_by is None, question.is_descending
        now = "descending" if down else "ascending"
        heads = []
        if self.granularity:
            heads.append(
                Head(
                    TIME[self.granularity],
                    "",
                    "" if self.dimension else self._sort("key", is_by_key, down),
                    now if is_by_key and not self.dimension else "",
                )
            )
        if self.dimension:
            heads.append(
                Head(dimension_name(self.dimension), "", self._sort("key", is_by_key, down), now if is_by_key else "")
            )
        if self.second:
            heads.append(Head(dimension_name(self.second), "", ""))
        if not heads:
            heads.append(Head(gettext("All"), "", ""))
        for figure in self.figures:
            is_this = question.order_by is figure
            link = self._sort(figure.analytics_name, is_this, down, first="-")
            heads.append(
                Head(
                    figure.label,
                    figure.hint,
                    link if self.granularity or self.dimension else "",
                    now if is_this else "",
                )
            )
        return heads

    def _sort(self, name: str, is_current: bool, is_descending: bool, *, first: str = "") -> str:
        sign = ("" if is_descending else "-") if is_current else first
        return without(self.query, "ordering", ordering=f"{sign}{name}")

    def table(self, block: Json, rows: Sequence[Json]) -> Table:
        """Return the table of some rows of a currency's part."""
        code = block["currency"]
        other = block["other"]
        return Table(
            currency=code,
            rows=[self._row(row, code) for row in rows],
            totals=self._line(gettext("Total"), block["totals"], code, self._filter("")),
            other=self._line(gettext("Other"), {**other, "previous": None}, code, self._rest()) if other else None,
        )

    def _row(self, row: Json, code: str) -> Row:
        days = self._bucket(row["time"]) if row["time"] else self.days
        only = self._filter(row["key"], row["secondKey"])
        if self.granularity == HOURLY:
            only = _cell_query(*self._filter("").values(), f"hour:{int(row['time'][11:])}")
        titles = [time_title(row["time"], self.granularity, days)] if row["time"] else []
        if self.dimension:
            label = _label(self.dimension, row["label"])
            titles.append(label or NOTHING)
        if self.second:
            titles.append(_label(self.second, row["secondLabel"]) or NOTHING)
        link = ""
        if self.dimension and not self.second:
            link = without(self.query, "ordering", "granularity", by="time", filter=f"{self.dimension}:{row['key']}")
        return Row(
            titles, link, self._cells(row, code, days, only, row["time"]), row["unfinished"] and bool(row["time"])
        )

    def _line(self, title: str, values: Json, code: str, only: dict[str, str]) -> Row:
        return Row([title], "", self._cells(values, code, self.days, only))

    def _cells(
        self, values: Json, code: str, days: DayRange, only: dict[str, str], time: str | None = None
    ) -> list[Cell]:
        cells, days_before = [], self.before.parameters(time) if self.before else None
        for figure in self.figures:
            now, before = ((values[when] or {}).get(figure.analytics_name) for when in ("values", "previous"))
            is_compared = values["previous"] is not None
            # orders that cannot be counted are named by the sales of the same cell
            opened = figure if now is not None else FIGURES["total_sales"]
            link = self._explanation(opened, self._now(days), only, code)
            link_before = ""
            if is_compared and days_before:
                of_several = self._asked() if self.data["store"] is None else {}
                link_before = self._explanation(opened, of_several | days_before, only, code)
            cells.append(
                Cell(
                    value=now,
                    text=amount_text(figure, now, code),
                    link=link,
                    before=before,
                    previous=amount_text(figure, before, code) if is_compared else "",
                    previous_link=link_before,
                    change=change_text(now, before) if is_compared else "",
                    tone=_tone(now, before) if is_compared else "",
                )
            )
        return cells

    def _filter(self, key: str, second: str | None = None) -> dict[str, str]:
        """Return what a cell is narrowed to: what the whole query is, and the value of its row, or those of its two."""
        if second is not None:
            return _cell_query(f"{self.dimension}:{key}", f"{self.second}:{second}")
        whole = self.query.get("filter", "")
        own = f"{self.dimension}:{key}" if self.dimension and key else ""
        if own and not self.asked.question.is_on_demand:
            return _cell_query(own)
        return _cell_query(whole, own)

    def _rest(self) -> dict[str, str]:
        names = ",".join(one.name for one in self.asked.question.dimensions)
        return {"other": names} | (self._filter("") if self.asked.question.is_on_demand else {})

    def _explanation(self, figure: Figure, days: dict[str, str], only: dict[str, str], code: str) -> str:
        """Return where a figure of some days opens; of several stores first to what each adds to it."""
        store, basis = self.data["store"], self.data["basis"]
        if figure.name not in EXPLAINED or basis not in figure.entries:
            return ""
        query = {"metric": figure.name, **({"currency": code} if store is None else {}), **days}
        if basis != "placed":
            query["basis"] = basis
        address = reverse("explain-stores") if store is None else reverse("explain", args=[store])
        return f"{address}?{urlencode(query | only, safe=':,')}"

    def _now(self, days: DayRange) -> dict[str, str]:
        """Return the parameters of the days of a cell; of several stores each has its own of the query's period."""
        if self.data["store"] is not None:
            return Compared(days).parameters()
        if days == self.days:
            return self._asked()
        return self._asked() | {"first": days.first.isoformat(), "last": days.last.isoformat()}

    def _asked(self) -> dict[str, str]:
        return {name: str(self.query[name]) for name in PERIOD if name in self.query}

    def _bucket(self, time: str) -> DayRange:
        """Return the days of a bucket that the query asks for."""
        first = date.fromisoformat(time[:10])
        last = first if self.granularity == HOURLY else bucket_after(first, self.granularity) - timedelta(days=1)
        return DayRange(max(first, self.days.first), min(last, self.days.last))


def _cell_query(*filters: str) -> dict[str, str]:
    """Return the parameters that narrow a figure to a value of a dimension, or to one of each of two."""
    return dict(zip(("filter", "andFilter"), filter(None, filters), strict=False))


def _label(dimension: str, label: str) -> str:
    """Return a value of a dimension as people read it: answers have countries as codes and our own words in English."""
    if dimension == "country":
        return country(label)
    return gettext(label) if label and dimension in OWN_WORDS else label


def time_title(time: str, granularity: str, days: DayRange) -> str:
    """Return a bucket in words: `Mon, Mar 30, 2026`, with the hour, `Mar 30 – Apr 5, 2026`, `March 2026`."""
    first = days.first
    if granularity in ("daily", HOURLY):
        hour = f" {time[11:]}:00" if granularity == HOURLY else ""
        return f"{formats.weekday_text(first)}{hour}"
    is_whole = first.day == 1 and (days.last + timedelta(days=1)).day == 1
    return formats.month_text(first) if granularity == "monthly" and is_whole else period_picker.days(days)


def amount_text(figure: Figure, value: Number | None, currency: str) -> str:
    """Return a figure's value as pages write it; a dash where there is none."""
    if value is None:
        return NOTHING
    if figure.kind is Kind.PERCENT:
        return share(Decimal(value))
    return money(Decimal(value), currency) if figure.is_money else count(int(value))


def change_text(now: Number | None, before: Number | None) -> str:
    """Return a change in percent; a dash where nothing was before."""
    percentage = None if now is None or before is None else figures.change(now, before)
    return NOTHING if percentage is None else change(round(percentage, 1))


def _tone(now: Number | None, before: Number | None) -> str:
    if now is None or not before or now == before:
        return ""
    return "rose" if now > before else "fell"
