"""The dataset of analytics queries: the rows that `/api/v1/analytics/query` has, all of them, a column per figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext

from dashboard import figures
from dashboard.answers.analytics import starts
from dashboard.api.inputs import check_demand, check_dimension, check_dimensions, parse_filter
from dashboard.figures.analytics import (
    DIMENSIONS,
    QUERYABLE,
    Dimension,
    Question,
    all_cells,
    cells_sql,
    dimensions_of,
    order_of,
    parameters_of,
)
from dashboard.figures.figure import Figure
from dashboard.figures.movements import BUCKETS
from dashboard.figures.reading import rows
from dashboard.figures.windows import Window
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.local_days import local_day
from reports.datasets.model import Column, Compared, Dataset, Filter, Kind, Part, Scope, Total

TIME = "time"
WAYS = (TIME, *DIMENSIONS, *(f"{TIME},{name}" for name in DIMENSIONS))
_KINDS = {figures.Kind.PERCENT: Kind.PERCENT}

OF_ORDERS = ("totalSales", "totalTax")
"""Figures of which some belongs to no product: shipping, tips, the tax on free goods."""


def _kind(figure: Figure) -> Kind:
    return Kind.MONEY if figure.is_money else _KINDS.get(figure.kind, Kind.INTEGER)


COLUMNS = (
    Column("position", '"position"', Kind.INTEGER),
    Column("currency", "currency"),
    Column("time", "time"),
    Column("key", "key"),
    Column("label", "label"),
    Column("secondKey", '"secondKey"'),
    Column("secondLabel", '"secondLabel"'),
    *(Column(name, name, _kind(figure)) for name, figure in QUERYABLE.items()),
)
FILTERS = (
    Filter("by", "", WAYS, "What the rows are; time where nothing is chosen."),
    Filter("thenBy", "", tuple(DIMENSIONS), "A second dimension, of one store; without time."),
    Filter("granularity", "", tuple(BUCKETS), "With time; days where nothing is chosen."),
    Filter("filter", "", None, "A dimension and one of its values: country:DE."),
    Filter(
        "ordering",
        "",
        ("key", *(f"{sign}{name}" for name in QUERYABLE for sign in ("-", ""))),
        "A figure, with - in front the largest first; total sales where nothing is chosen.",
    ),
)


def _question(scope: Scope) -> Question:
    """Return the query of a scope's filters. Raises ValidationError naming the one that does not fit."""
    names = scope.values.get("by", TIME).split(",")
    has_time = TIME in names and "thenBy" not in scope.values
    names = [name for name in names if name != TIME]
    if "thenBy" in scope.values:
        if not names or TIME in scope.values["by"]:
            raise invalid("filters.thenBy", gettext("Leave it out, or enter one dimension as by."))
        names.append(scope.values["thenBy"])
    fields = ("filters.thenBy", "filters.filter")
    check_dimensions(names, has_time=has_time, has_filter="filter" in scope.values, fields=fields)
    name, only = parse_filter(scope.values["filter"], "filters.filter") if "filter" in scope.values else ("", "")
    ordering = scope.values.get("ordering", "-totalSales" if names else "key")
    order_by = QUERYABLE.get(ordering.removeprefix("-"))
    for known_by in {name, *names} - {""}:
        if order_by is not None:
            check_dimension(order_by, known_by, "filters.ordering")
    question = Question(
        figures=tuple(QUERYABLE.values()),
        dimension=DIMENSIONS[names[0]] if names else None,
        second=DIMENSIONS[names[1]] if names[1:] else None,
        granularity=scope.values.get("granularity", "daily") if has_time else "",
        basis=scope.basis,
        order_by=order_by,
        is_descending=ordering.startswith("-"),
        filtered_by=DIMENSIONS[name] if name else None,
        only=only,
    )
    if question.is_on_demand:
        _check_demand(scope, question)
    return question


def _check_demand(scope: Scope, question: Question) -> None:
    """Raise ValidationError where orders are to be read, of several stores or of more orders than are read at once."""
    windows = _windows(scope)
    if len(windows) != 1:
        raise invalid(
            "filters.store", gettext("Enter a store: two dimensions at once are read from the orders of one store.")
        )
    (window,) = windows
    check_demand(window.store, window.days, question.basis, "filters.thenBy" if question.second else "filters.filter")


def _known(question: Question) -> list[Figure]:
    """Return the figures that are known by what the question is split and filtered by, on its basis."""
    by = {one.name for one in (*question.dimensions, question.filtered_by) if one}
    return [figure for figure in question.figures if by <= {*dimensions_of(figure)} and question.basis in figure.bases]


def _windows(scope: Scope) -> list[Window]:
    """Return the stores with the days asked for; without days, from the first that anything happened on until today."""
    stores = list(scope.stores.stores().order_by("pk"))
    first, last = scope.first, scope.last
    today = max((local_day(scope.asked_at, store.zone) for store in stores), default=scope.asked_at.date())
    if first is None and stores:
        begun = [row["first"] for row in rows(figures.FIRST_DAYS, stores=[store.pk for store in stores])]
        first = min((day for day in begun if day), default=today)
    last = last or max(today, first or today)
    return [Window(store, DayRange(first or last - timedelta(days=29), last)) for store in stores]


def _parts(scope: Scope) -> Sequence[Part]:
    windows = _windows(scope)
    if not windows:
        return []
    question = _question(scope)
    known = _known(question)
    question = replace(question, figures=tuple(known))
    cells, parameters = cells_sql(question), parameters_of(question, windows)
    if question.dimension is None and question.granularity:
        cells = _every_bucket(cells, question)
        parameters["buckets"] = starts(windows[0].days, question.granularity)
        parameters["currencies"] = sorted({window.store.currency for window in windows})
    label, join = _label(question.dimension, "key", "named")
    second_label, second_join = _label(question.second, "second", "second_named")
    values = ", ".join(
        f'{_value(figure, question) if figure in known else "NULL::numeric"} AS "{name}"'
        for name, figure in QUERYABLE.items()
    )
    keys = zip(("key", "second"), question.dimensions, strict=False)
    rest_last = "".join(f"{key} = '', " for key, one in keys if not one.is_numbered)
    place = f"row_number() OVER (ORDER BY currency, bucket, {rest_last}{order_of(question)})"
    return [
        Part(
            f'SELECT {place} AS "position", currency AS "currency", nullif(bucket, \'\') AS "time", '
            f'key::text AS "key", {label} AS "label", second::text AS "secondKey", {second_label} AS "secondLabel", '
            f"{values} FROM ({cells}) AS cells{join}{second_join}",
            parameters,
        )
    ]


def _every_bucket(cells: str, question: Question) -> str:
    """Return SQL of the cells of every bucket, also of those without anything, as queries answer."""
    inputs = ", ".join(f"coalesce(found.{name}, 0) AS {name}" for name in question.inputs)
    return (
        f"SELECT currency, bucket, '' AS key, '' AS second, {inputs} "
        "FROM unnest(%(currencies)s::text[]) AS one (currency) "
        "CROSS JOIN unnest(%(buckets)s::text[]) AS every (bucket) "
        f"LEFT JOIN ({cells}) AS found USING (currency, bucket)"
    )


def _label(dimension: Dimension | None, key: str, named: str) -> tuple[str, str]:
    """Return SQL of the name of the value `key` of a dimension, and the join, as `named`, that it needs."""
    if dimension is None:
        return "''", ""
    if dimension.is_numbered:
        return f"coalesce({named}.name, {key}::text)", f" LEFT JOIN orders_product AS {named} ON {named}.id = {key}"
    if dimension.name == "category":
        return (
            f"CASE WHEN {key} = '' THEN 'Other' ELSE coalesce({named}.name, {key}) END",
            f" LEFT JOIN orders_category AS {named} ON {named}.id = nullif({key}, '')::bigint",
        )
    return f"CASE WHEN {key} = '' THEN 'Other' ELSE {key} END", ""


def _value(figure: Figure, question: Question) -> str:
    """Return SQL of a figure of a cell; none of counts of orders of a product whose variants can be in one order."""
    value = f"round({figure.expression}, 2)" if _kind(figure) is not Kind.INTEGER else f"({figure.expression})::bigint"
    if "orders" in figure.inputs:
        for dimension, named in zip(question.dimensions, ("named", "second_named"), strict=False):
            if dimension.name == "product":
                return f"CASE WHEN NOT coalesce({named}.has_variants, FALSE) THEN {value} END"
    return value


def _compare(scope: Scope) -> Compared | None:
    """Return the figures of the whole period that the rows add up to."""
    windows, question = _windows(scope), _question(scope)
    source = "product" if any(one.source == "product" for one in question.dimensions) else ""
    adding_up = [
        figure
        for figure in _known(question)
        if figure.sums_over_days and not (source == "product" and (figure.name in OF_ORDERS or not figure.is_money))
    ]
    whole = replace(question, figures=tuple(adding_up), dimension=None, second=None, granularity="", order_by=None)
    if not adding_up or (question.is_by_product and question.filtered_by):
        return None
    found = {
        code: {figure.analytics_name: Decimal(figure.value(cells[0].quantities)) for figure in adding_up}
        for code, cells in all_cells(whole, windows).items()
    }
    return Compared(frozenset(figure.analytics_name for figure in adding_up), found)


ANALYTICS = Dataset(
    name="analytics",
    title="Analytics",
    meaning="One row per bucket of time and value of a dimension, as an analytics query answers; a figure that is not "
    "known by the dimension is empty.",
    columns=COLUMNS,
    parts=_parts,
    totals=tuple(
        Total(name, f'sum("{name}")', is_count=not figure.is_money)
        for name, figure in QUERYABLE.items()
        if figure.sums_over_days and figure.kind is not figures.Kind.PERCENT
    ),
    order="position",
    compare=_compare,
    filters=FILTERS,
    has_basis=True,
    check=_question,
)
