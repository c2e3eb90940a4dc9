"""Figures of many stores and days at once, for the rows of `daily_metrics`: one statement, however many of either.

One line per store and local day that is over, and one per day and currency for all stores together (`store_id` 0).
Flows are those of the dashboard for that day; products, subscriptions and credits outstanding are as of now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Store
from dashboard.figures.figure import Document, Figure
from dashboard.figures.movements import FIRST_DAYS, STORES, STORES_BEFORE, sums
from dashboard.figures.reading import Row, rows
from dashboard.figures.registry import inputs_of, shown_in
from dashboard.figures.values import Values
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import around, clocks, local_day, local_day_sql
from dealport.kit.money import with_cents_sql
from dealport.kit.values import FieldValues, Json

TOTAL_LINE = 0
"""The `store_id` of the lines of all stores together, in SQL."""
FIGURES = {figure.column: figure for figure in shown_in(Document.DAILY).values()}
"""Column → figure."""
AS_OF_NOW = tuple(column for column, figure in FIGURES.items() if figure.is_of_now)
"""What is known as of now alone, and therefore not what it was at the end of the day."""
LINE = ("store_id", "currency", "day", *FIGURES, "sales_by_country")
"""The columns of `daily_lines`."""


@dataclass(frozen=True)
class StoreSpan:
    """A store and its local days that are over, from the one it was opened on."""

    store_id: int
    zone: ZoneInfo
    days: DayRange


@dataclass(frozen=True)
class DayFigures:
    """One line: its figures by column, amounts in `currency`, and sales and orders by country.

    `store_id` is null for all stores together.
    """

    store_id: int | None
    currency: str
    day: date
    figures: Values
    sales_by_country: Json

    def value(self, column: str) -> Any:
        """Return what the line has in a column of LINE."""
        return self.figures[column] if column in self.figures else getattr(self, column)


# A store has days from its opening on, or from the first day anything is known of if it brought a history along.
STORE_DAYS = f"""
known AS (
    SELECT asked.store_id, s.currency, s.timezone, asked.closed, least(asked.opened, began.first) AS opened
    FROM unnest(%(stores)s::bigint[], %(opened)s::date[], %(closed)s::date[]) AS asked (store_id, opened, closed)
    JOIN customers_store s ON s.id = asked.store_id JOIN ({FIRST_DAYS}) AS began ON began.store_id = asked.store_id
), grid AS (
    SELECT store_id, currency, timezone, begins + number AS day FROM (
        SELECT *, greatest(opened, %(first)s::date) AS begins, least(closed, %(last)s::date) AS ends FROM known
    ) AS spans CROSS JOIN LATERAL generate_series(0, ends - begins) AS number
)
"""
"""SQL of two common tables: `grid` has every store's local days from `first` to `last` that are over."""

_PLACED = [figure for figure in FIGURES.values() if not figure.fixed_basis and {*figure.inputs} <= {*STORE_MEASURES}]
_BOOKED = [figure for figure in FIGURES.values() if figure.fixed_basis == Basis.BOOKED]
_FLOWS = f"""
placed AS ({sums(STORES, (*inputs_of(_PLACED), "customers"), granularity="daily")}),
booked AS ({sums(STORES, inputs_of(_BOOKED), basis=Basis.BOOKED, granularity="daily")}),
registered AS ({sums(STORES_BEFORE, ("customers",), up_to="year")})"""
_CREDIT_DAY = local_day_sql("c.created_at", "z.changes", "z.offsets")
_STANDS = f"""
credits AS (
    SELECT s.id AS store_id, {_CREDIT_DAY} AS day,
        coalesce(sum(c.amount) FILTER (WHERE c.amount > 0), 0) AS granted,
        coalesce(-sum(c.amount) FILTER (WHERE c.amount < 0), 0) AS spent
    FROM customers_store s
    JOIN (VALUES {{zones}}) AS z (timezone, changes, offsets) ON z.timezone = s.timezone
    JOIN customers_creditentry c ON c.store_id = s.id AND {around("c.created_at", "first", "last")}
    WHERE s.id = ANY(%(stores)s::bigint[]) AND {_CREDIT_DAY} BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
), products AS (
    SELECT store_id, count(*) AS present, count(*) FILTER (WHERE stock = 0) AS sold_out,
        count(*) FILTER (WHERE stock IS DISTINCT FROM 0) AS in_stock
    FROM orders_product WHERE store_id = ANY(%(stores)s::bigint[]) AND deleted_at IS NULL GROUP BY store_id
), paying AS (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS recurring
    FROM customers_subscription WHERE store_id = ANY(%(stores)s::bigint[]) AND status = 'active' GROUP BY store_id
), owed AS (
    SELECT store_id, sum(credit_balance) AS credits
    FROM customers_customer WHERE store_id = ANY(%(stores)s::bigint[]) AND credit_balance > 0 GROUP BY store_id
)"""
_INPUTS = {
    "registered": "coalesce(registered.customers, 0) + sum(coalesce(placed.customers, 0)) "
    "OVER (PARTITION BY grid.store_id ORDER BY grid.day)",
    **{name: f"coalesce(credits.{name}, 0)" for name in ("granted", "spent")},
    **{name: f"coalesce(products.{name}, 0)" for name in ("present", "sold_out", "in_stock")},
    **{name: f"coalesce(paying.{name}, 0)" for name in ("subscriptions", "recurring")},
    "credits": "coalesce(owed.credits, 0)",
}
"""SQL of what figures are computed from, besides measures."""


def _column(figure: Figure) -> str:
    """Return SQL of a figure of one store and day. Raises ValueError for a formula, which SQL does not know."""
    if len(figure.inputs) != 1 or figure.formula:
        raise ValueError(f"{figure.key} is not one quantity")
    (name,) = figure.inputs
    return _INPUTS.get(name) or f"coalesce({'booked' if figure in _BOOKED else 'placed'}.{name}, 0)"


_COLUMNS = ", ".join(f"{_column(figure)} AS {column}" for column, figure in FIGURES.items())
_TOTALS = ", ".join(
    f"{with_cents_sql(f'sum({column})') if figure.is_money else f'sum({column})'} AS {column}"
    for column, figure in FIGURES.items()
)
_LINES = f"""
stores AS (
    SELECT grid.store_id, grid.currency, grid.day, {_COLUMNS}
    FROM grid
    LEFT JOIN placed ON placed.store_id = grid.store_id AND placed.bucket = grid.day
    LEFT JOIN booked ON booked.store_id = grid.store_id AND booked.bucket = grid.day
    LEFT JOIN credits ON credits.store_id = grid.store_id AND credits.day = grid.day
    LEFT JOIN registered ON registered.store_id = grid.store_id
    LEFT JOIN products ON products.store_id = grid.store_id
    LEFT JOIN paying ON paying.store_id = grid.store_id
    LEFT JOIN owed ON owed.store_id = grid.store_id
), totals AS (
    SELECT coalesce(store_id, {TOTAL_LINE}) AS store_id, currency, day, {_TOTALS} FROM stores
    GROUP BY GROUPING SETS ((store_id, currency, day), (currency, day))
)"""
_BY_COUNTRY = sums(STORES, ("sales", "orders"), granularity="daily", dimension="country")
_COUNTRIES = f"""
countries AS (
    SELECT coalesce(grid.store_id, {TOTAL_LINE}) AS store_id, currency, day, country,
        sum(moved.sales) AS sales, sum(moved.orders) AS orders
    FROM grid JOIN ({_BY_COUNTRY}) AS moved ON moved.store_id = grid.store_id AND moved.bucket = grid.day
    GROUP BY GROUPING SETS ((grid.store_id, currency, day, country), (currency, day, country))
    HAVING sum(moved.sales) <> 0 OR sum(moved.orders) <> 0
), shares AS (
    SELECT store_id, currency, day, jsonb_object_agg(
        country, jsonb_build_object('sales', ({with_cents_sql("sales")})::text, 'orders', orders)
    ) AS sales_by_country
    FROM countries GROUP BY store_id, currency, day
)"""
_WITH = f"WITH {STORE_DAYS}, {_FLOWS}, {_STANDS}, {_LINES}, {_COUNTRIES}"
_SELECT = f"""
SELECT {", ".join(f"totals.{name}" for name in LINE[:-1])}, coalesce(sales_by_country, '{{}}') AS sales_by_country
FROM totals LEFT JOIN shares USING (store_id, currency, day)
WHERE (totals.store_id = {TOTAL_LINE} AND totals.day <= %(closed_everywhere)s)
    OR totals.store_id = ANY(%(wanted)s::bigint[])
"""


def closed_days(stores: Iterable[Store], now: datetime) -> list[StoreSpan]:
    """Return for each store which of its local days are over at `now`."""
    return [
        StoreSpan(
            store.pk,
            store.zone,
            DayRange(local_day(store.created_at, store.zone), local_day(now, store.zone) - timedelta(days=1)),
        )
        for store in stores
    ]


def span_parameters(spans: Collection[StoreSpan], days: DayRange) -> FieldValues:
    """Return the parameters of STORE_DAYS for these days."""
    return {
        "stores": [span.store_id for span in spans],
        "opened": [span.days.first for span in spans],
        "closed": [span.days.last for span in spans],
        "first": days.first,
        "last": days.last,
    }


def daily_lines(spans: Collection[StoreSpan], days: DayRange, wanted: Collection[int]) -> tuple[str, Json]:
    """Return one SQL statement with its parameters: a line (LINE) for each day that is over.

    `spans` are all stores; of these the lines of the `wanted` ones are returned, and those of all stores together for
    the days that are over everywhere. There must be at least one store.
    """
    values, zones = clocks(sorted({span.zone.key for span in spans}), days)
    parameters = zones | span_parameters(spans, days)
    parameters |= {"wanted": list(wanted), "closed_everywhere": min(span.days.last for span in spans)}
    return _WITH.replace("{zones}", values) + _SELECT, parameters


def daily_figures(spans: Collection[StoreSpan], days: DayRange, wanted: Collection[int]) -> list[DayFigures]:
    """Return the lines of `daily_lines` by day, all stores before single ones."""
    sql, parameters = daily_lines(spans, days, wanted)
    return [_figures(row) for row in rows(f"{sql} ORDER BY day, store_id, currency", **parameters)]


def _figures(row: Row) -> DayFigures:
    values = {column: figure.value({figure.inputs[0]: row[column]}) for column, figure in FIGURES.items()}
    shares = json.loads(row["sales_by_country"])
    return DayFigures(row["store_id"] or None, row["currency"], row["day"], Values(values), shares)
