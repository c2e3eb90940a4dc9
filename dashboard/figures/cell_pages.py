"""A page of the cells of an analytics query that have a value of its dimension, with the sums of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from dashboard.figures.analytics import (
    CURRENCY_OF_ONE,
    DIMENSIONS,
    NO_KEY,
    Cell,
    Question,
    cell_of,
    cells_sql,
    order_of,
    parameters_of,
    values_of_rows,
)
from dashboard.figures.figure import Quantities
from dashboard.figures.movements import WINDOW, bucket_rows
from dashboard.figures.one_bucket import added_up, bucket_of, cells_of_products
from dashboard.figures.reading import Query, Row
from dashboard.figures.windows import Window


@dataclass(frozen=True)
class Page:
    """The cells of a currency that have a value of the dimension: those of one page, how many, and their sums."""

    cells: list[Cell]
    count: int
    sums: Quantities


def page_of_cells(question: Question, windows: Sequence[Window], *, offset: int, limit: int) -> dict[str, Page]:
    """Return a page of the cells that have a value of the dimension, in order, by currency; one statement."""
    return page_query(question, windows, offset=offset, limit=limit).read()


def page_query(question: Question, windows: Sequence[Window], *, offset: int, limit: int) -> Query[dict[str, Page]]:
    """Return the query of `page_of_cells`. A currency without such cells has no page.

    What is not shown is neither sorted to its end nor read twice, and what all cells have alike is not kept for it.
    """
    order = order_of(question)
    added = "".join(f", sum({name}) AS all_{name}" for name in question.inputs)
    is_of_one = len(windows) == 1
    currency, grouped = (CURRENCY_OF_ONE, "HAVING count(*) > 0") if is_of_one else ("currency", "GROUP BY currency")
    its = "TRUE" if is_of_one else "named.currency = added.currency"
    places = {"bucket": bool(question.granularity), "key": True, "second": question.second is not None}
    kept = ", ".join([*(name for name, is_kept in places.items() if is_kept), *question.inputs])
    alike = "".join(f", {NO_KEY} AS {name}" for name, is_kept in places.items() if not is_kept)
    bucket = bucket_of(windows[0].days) if is_of_one and _is_of_products(question) else None
    if bucket:
        named = _of_one_bucket(question, bucket)
    else:
        cells = cells_sql(question, is_of_one=is_of_one)
        named = f"SELECT {'' if is_of_one else 'currency, '}{kept} FROM ({cells}) AS cells WHERE {_named(question)}"
    sql = (
        f"WITH named AS MATERIALIZED ({named}), "
        f"added AS (SELECT {currency} AS currency, count(*) AS count{added} FROM named {grouped}) "
        f"SELECT *{alike} FROM added LEFT JOIN LATERAL (SELECT {kept} FROM named WHERE {its} "
        f"ORDER BY {order} OFFSET %(offset)s LIMIT %(limit)s) AS shown ON TRUE ORDER BY currency, {order}"
    )
    parameters = {**parameters_of(question, windows), "offset": offset, "limit": limit}
    return Query(sql, parameters, partial(_pages, question))


def _is_of_products(question: Question) -> bool:
    """Tell whether cells are those of products or variants and of nothing else besides."""
    is_split = question.granularity or question.second or question.filtered_by
    return bool(question.dimension and question.dimension.is_numbered and not is_split)


def _of_one_bucket(question: Question, bucket: str) -> str:
    """Return SQL of the cells of a calendar month's or year's products: key and inputs."""
    several = added_up(question.basis, by_parent=question.dimension is DIMENSIONS["product"])
    cells = cells_sql(question, is_of_one=True, among=several)
    others = f"SELECT key, {', '.join(question.inputs)} FROM ({cells}) AS others"
    values = values_of_rows(question, "product")
    rows = bucket_rows(WINDOW, bucket, question.inputs_of_products, question.basis)
    return cells_of_products(rows, values, several, others)


def _pages(question: Question, found: Sequence[Row]) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    for row in found:
        sums = {name: row[f"all_{name}"] for name in question.inputs}
        page = pages.setdefault(row["currency"], Page([], row["count"], sums))
        if row["key"] is not None:
            page.cells.append(cell_of(question, row))
    return pages


def _named(question: Question) -> str:
    """Return SQL of whether a cell has a value of each dimension; all of products and variants have."""
    keys = zip(("key", "second"), question.dimensions, strict=False)
    return " AND ".join(f"{key} <> ''" for key, one in keys if not one.is_numbered) or "TRUE"


def rest_of(question: Question, page: Page | None, totals: Quantities) -> Quantities:
    """Return what belongs to no value of the dimension: what the cells of a page's currency leave of its `totals`."""
    return {name: totals[name] - (page.sums[name] if page else 0) for name in question.inputs}
