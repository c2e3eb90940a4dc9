"""Answers to analytics queries: rows, what they are compared with, totals and what belongs to no row."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from customers.models import Store
from dashboard.answers.analytics_documents import (
    AnalyticsAnswer,
    AnalyticsCurrency,
    AnalyticsOther,
    AnalyticsRow,
    AnalyticsTotals,
)
from dashboard.figures import bucket_start, buckets
from dashboard.figures.analytics import (
    HOURLY,
    Cell,
    Dimension,
    Place,
    Question,
    cells_query,
    compared_cells,
)
from dashboard.figures.cell_pages import Page, page_query, rest_of
from dashboard.figures.comparisons import Compared, Pairs, compared_with, counterparts
from dashboard.figures.figure import Quantities
from dashboard.figures.one_cell import is_key
from dashboard.figures.reading import Query, read_together
from dashboard.figures.state import verified_query
from dashboard.figures.values import Number
from dashboard.figures.windows import Window
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json
from orders.method_labels import method_labels
from orders.models import Category, Connection, Order, Product

CUSTOMER_TYPES = {"new": "New", "returning": "Returning", "guest": "Guest"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY_HOUR = re.compile("[1-7]-[0-9]{1,2}", re.ASCII)
_NAMES = {
    "coupon": "Discount code", "placedBy": "Staff or source", "weekdayHour": "Weekday and hour",
    "hour": "Hour of the day",
}  # fmt: skip
"""Of the dimensions that their key does not name well."""


@dataclass(frozen=True)
class Request:
    """A question about some stores, each with its own local days; `comparison` is empty for none."""

    question: Question
    windows: tuple[Window, ...]
    comparison: str
    page: int
    limit: int

    def compared(self, now: datetime) -> dict[Store, Compared]:
        """Return what each store's days are compared with."""
        if not self.comparison:
            return {}
        return {
            window.store: compared_with(window.days, self.comparison, now.astimezone(window.store.zone))
            for window in self.windows
        }


def analytics_data(request: Request, now: datetime) -> Json:
    """Return the answer but for its moments, and `meta` of the page; inside the caller's `consistent_read()`."""
    question = request.question
    currencies = sorted({window.store.currency for window in request.windows})
    nothing, compared = _nothing(question), request.compared(now)
    totals, pages, verified = _read(request, currencies)
    before = compared_cells(_whole(question), compared) if compared else None
    rows = _rows(request, pages, compared, now)
    rest = {}
    if question.dimension and not question.granularity:
        rest = {currency: rest_of(question, pages.get(currency), totals[currency]) for currency in currencies}
    blocks = [
        AnalyticsCurrency(
            currency,
            rows.get(currency, []),
            AnalyticsTotals(
                _values(question, totals[currency], currency),
                None if before is None else _values(question, before.get((currency, "", "", ""), nothing), currency),
            ),
            _other(question, rest.get(currency), currency),
        )
        for currency in currencies
    ]
    total = max((page.count for page in pages.values()), default=0)
    meta = {
        "page": request.page,
        "limit": request.limit,
        "total": total,
        "totalPages": max(-(-total // request.limit), 1),
    }
    by = [*(["time"] if question.granularity else []), *(one.name for one in question.dimensions)]
    is_single = len(request.windows) == 1
    first = blocks[0] if is_single else None
    answer = AnalyticsAnswer(
        figures=[figure.analytics_name for figure in question.figures],
        by=by,
        basis=str(question.basis),
        from_=min(window.days.first for window in request.windows),
        to=max(window.days.last for window in request.windows),
        store=request.windows[0].store.slug if is_single else None,
        timezone=request.windows[0].store.timezone if is_single else None,
        currency=first.currency if first else None,
        rows=first.rows if first else None,
        totals=first.totals if first else None,
        other=first.other if first else None,
        currencies=None if is_single else blocks,
        verified=verified,
    )
    return answer.to_json() | {"meta": meta}


def _whole(question: Question) -> Question:
    """Return the same question without anything to split by: what rows are parts of."""
    return replace(question, granularity="", dimension=None, second=None)


def _read(request: Request, currencies: Sequence[str]) -> tuple[dict[str, Quantities], dict[str, Page], bool | None]:
    """Return the totals and the cells of the page, both by currency, and whether the figures are verified.

    One round trip. A currency without any cells can be missing among the pages.
    """
    question, windows, offset = request.question, request.windows, (request.page - 1) * request.limit
    queries: list[Query[Any]] = [cells_query(_whole(question), windows), verified_query([w.store.pk for w in windows])]
    if question.dimension:
        queries.append(page_query(question, windows, offset=offset, limit=request.limit))
    elif question.granularity:
        queries.append(cells_query(question, windows))
    whole, verified, *split = read_together(*queries)
    totals = {code: whole[code][0].quantities if code in whole else _nothing(question) for code in currencies}
    if question.dimension:
        return totals, split[0], verified
    pages = {}
    for currency in currencies if question.granularity else ():
        every = _every_bucket(request, split[0].get(currency, []), currency)
        pages[currency] = Page(every[offset : offset + request.limit], len(every), {})
    return totals, pages, verified


def _nothing(question: Question) -> Quantities:
    return dict.fromkeys(question.inputs, Decimal(0))


def _values(question: Question, quantities: Quantities, currency: str) -> dict[str, Number]:
    return {figure.analytics_name: figure.value(quantities, currency) for figure in question.figures}


def _cell(question: Question, quantities: Quantities, currency: str, *, has_variants: bool) -> dict[str, Number | None]:
    """Return the values of a row; null of counts of orders where one can contain several variants of the product."""
    return {
        figure.analytics_name: None
        if has_variants and "orders" in figure.inputs
        else figure.value(quantities, currency)
        for figure in question.figures
    }


def _other(question: Question, rest: Quantities | None, currency: str) -> AnalyticsOther | None:
    """Return what belongs to no value; null of counts of orders where an order can be in several rows."""
    if rest is None:
        return None
    counts_orders = any(one.source == "product" for one in question.dimensions)
    values = {
        figure.analytics_name: None if counts_orders and "orders" in figure.inputs else figure.value(rest, currency)
        for figure in question.figures
    }
    return AnalyticsOther(values)


def _rows(
    request: Request, pages: Mapping[str, Page], compared: Mapping[Store, Compared], now: datetime
) -> dict[str, list[AnalyticsRow]]:
    """Return the rows of the page by currency."""
    question, found = request.question, [cell for page in pages.values() for cell in page.cells]
    before = None
    if compared and pages:
        keys = sorted({cell.key for cell in found}) if question.dimension else None
        before = compared_cells(question, compared, keys, _pairs(request, compared))
    row_of = _row_writer(request, found, before, now)
    return {currency: [row_of(currency, cell) for cell in page.cells] for currency, page in pages.items()}


def _row_writer(
    request: Request, found: Sequence[Cell], before: Mapping[Place, Quantities] | None, now: datetime
) -> Callable[[str, Cell], AnalyticsRow]:
    """Return a function that writes cells of the `found` ones, of a currency, as rows."""
    question, nothing = request.question, _nothing(request.question)
    keys = [sorted({cell.key for cell in found}), sorted({cell.second for cell in found})]
    names = [_labels(one, request.windows, known) for one, known in zip(question.dimensions, keys, strict=False)]
    parents: set[str] = set()
    for one, known in zip(question.dimensions, keys, strict=False):
        parents |= _parents(one, known)
    unfinished = _unfinished(request, now)

    def row_of(currency: str, cell: Cell) -> AnalyticsRow:
        has_variants = bool(parents & {cell.key, cell.second})
        previous = None
        if before is not None:
            then = before.get((currency, cell.bucket, cell.key, cell.second), nothing)
            previous = _cell(question, then, currency, has_variants=has_variants)
        return AnalyticsRow(
            values=_cell(question, cell.quantities, currency, has_variants=has_variants),
            previous=previous,
            key=cell.key if question.dimension else cell.bucket,
            label=names[0].get(cell.key, cell.key) if question.dimension else cell.bucket,
            second_key=cell.second if question.second else None,
            second_label=names[1].get(cell.second, cell.second) if question.second else None,
            time=cell.bucket or None,
            unfinished=unfinished(cell.bucket),
        )

    return row_of


def _days(request: Request) -> DayRange:
    """Return the days of all windows: where days are not named, each store has its own."""
    firsts, lasts = zip(*((window.days.first, window.days.last) for window in request.windows), strict=True)
    return DayRange(min(firsts), max(lasts))


def starts(days: DayRange, granularity: str) -> list[str]:
    """Return the buckets of some days, oldest first, as cells call them."""
    if granularity == HOURLY:
        return [f"{day}T{hour:02}" for day in days.days() for hour in range(24)]
    return [bucket_start(bucket.first, granularity).isoformat() for bucket in buckets(days, granularity, days.last)]


def _every_bucket(request: Request, cells: Sequence[Cell], currency: str) -> list[Cell]:
    """Return all buckets in order, also those without anything, newest first where the order says so."""
    question, found = request.question, {cell.bucket: cell for cell in cells}
    moments = starts(_days(request), question.granularity)
    every = [found.get(start) or Cell(start, "", _nothing(question)) for start in moments]
    if question.order_by is not None:
        value = question.order_by.value
        every.sort(key=lambda cell: value(cell.quantities, currency), reverse=question.is_descending)
    return every


def _pairs(request: Request, compared: Mapping[Store, Compared]) -> Pairs | None:
    """Return which days are compared with which buckets; None without time."""
    if not request.question.granularity:
        return None
    return pairs_of(_days(request), compared.values(), request.question.granularity, request.comparison)


def pairs_of(days: DayRange, compared: Collection[Compared], granularity: str, comparison: str) -> Pairs:
    """Return which days are compared with which buckets of `days`; stores have days of their own."""
    other = DayRange(min(one.days.first for one in compared), max(one.days.last for one in compared))
    parts = buckets(days, "daily" if granularity == HOURLY else granularity, days.last)
    others = counterparts(parts, other, comparison, by_months=granularity == "monthly")
    starts = [part.first if granularity == HOURLY else bucket_start(part.first, granularity) for part in parts]
    return Pairs.of([start.isoformat() for start in starts], others, other.last)


def _unfinished(request: Request, now: datetime) -> Any:
    """Return a function that says of a bucket whether some of it is still to come in a store."""
    today = min(now.astimezone(window.store.zone).date() for window in request.windows)
    hours = {f"{moment.date()}T{moment.hour:02}" for moment in (now.astimezone(w.store.zone) for w in request.windows)}
    granularity, days = request.question.granularity, _days(request)
    if not granularity:
        return lambda bucket: days.last >= today
    if granularity == HOURLY:
        return lambda bucket: bucket >= min(hours)
    ends = {
        bucket_start(bucket.first, granularity).isoformat(): bucket.is_unfinished
        for bucket in buckets(days, granularity, today)
    }
    return lambda bucket: ends.get(bucket, False)


def _labels(dimension: Dimension, windows: Sequence[Window], keys: Sequence[str]) -> dict[str, str]:
    """Return the names of some values of a dimension, as they are now."""
    return labels_of(dimension.name, [window.store.pk for window in windows], keys)


def labels_of(dimension: str, store_ids: Sequence[int], keys: Sequence[str]) -> dict[str, str]:
    """Return the names of values of a dimension, as they are now; those without one are left out."""
    if dimension in ("product", "variant", "category"):
        model = Category if dimension == "category" else Product
        found = model._default_manager.filter(store__in=store_ids, pk__in=[int(key) for key in keys if is_key(key)])
        return {str(pk): label for pk, label in found.values_list("pk", "name")}
    if dimension == "paymentMethod":
        return method_labels(store_ids, keys)
    if dimension == "channel":
        return {key: Order.Channel(key).label for key in keys if key in Order.Channel.values}
    if dimension == "placedBy":
        return {key: _source_name(key) for key in keys}
    if dimension == "customerType":
        return {key: CUSTOMER_TYPES[key] for key in keys if key in CUSTOMER_TYPES}
    if dimension == "hour":
        return {key: f"{int(key):02}:00" for key in keys if is_key(key)}
    if dimension == "weekdayHour":
        return {
            key: f"{WEEKDAYS[int(key[0]) - 1]} {int(key[2:]):02}:00" for key in keys if _WEEKDAY_HOUR.fullmatch(key)
        }
    return {}


def _source_name(key: str) -> str:
    """Return what people call who placed orders: an account's email as it is, a source by its name."""
    kinds = Connection.Kind
    return kinds(key).label if key in kinds.values else key if "@" in key else key.capitalize()


def dimension_name(dimension: str) -> str:
    """Return a dimension in words, as pages call it: `Payment method`."""
    words = re.sub("([A-Z])", lambda found: f" {found[1].lower()}", dimension)
    return gettext(_NAMES.get(dimension) or words.capitalize())


def _parents(dimension: Dimension, keys: Sequence[str]) -> set[str]:
    """Return the products with variants among some values of a dimension."""
    if dimension.name != "product":
        return set()
    found = Product.objects.filter(pk__in=[int(key) for key in keys], has_variants=True)
    return {str(pk) for pk in found.values_list("pk", flat=True)}
