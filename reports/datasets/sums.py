"""Datasets whose rows are figures: days, products, countries. The figures are the dashboard's own statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import connection

from dashboard import figures
from dashboard.figures import Document, Figure, shown_in
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from reports.datasets.comparing import with_product_sales, with_store_totals
from reports.datasets.model import Column, Compared, Dataset, Kind, Part, Scope, Total

CHUNK_DAYS = 31
FIGURES = shown_in(Document.DAILY)
"""The figures of a day by the names of their columns."""
_STORE, _CURRENCY = Column("store", "s.slug"), Column("currency", "line.currency")


def _column(name: str, figure: Figure) -> Column:
    """Return a figure's column: as it is now, or as the night wrote it down where it is of now alone."""
    value = f"{'night' if figure.is_of_now else 'line'}.{figure.column}"
    return Column(name, value, Kind.MONEY if figure.is_money else Kind.INTEGER)


_DAY_COLUMNS = (
    _STORE,
    Column("day", "line.day", Kind.DAY),
    _CURRENCY,
    *(_column(name, figure) for name, figure in FIGURES.items() if not figure.is_of_now),
    Column("salesByCountry", "line.sales_by_country::text"),
    *(_column(name, figure) for name, figure in FIGURES.items() if figure.is_of_now),
)


def _select(columns: Sequence[Column], source: str) -> str:
    selected = ", ".join(f'{column.sql} AS "{column.name}"' for column in columns)
    return f"SELECT {selected} FROM {source}"


def _day_parts(scope: Scope) -> list[Part]:
    """Return one statement per month: the flows as they are now, what stood as the night wrote it down."""
    spans = _spans(scope)
    if not spans:
        return []
    wanted = [span.store_id for span in spans]
    # no statement for the decades before the first store
    first = max(scope.first or date.min, _first_day(spans))
    last = min(scope.last or date.max, max(span.days.last for span in spans))
    parts = []
    for days in DayRange(first, last).chunks(CHUNK_DAYS):
        lines, parameters = figures.daily_lines(spans, days, wanted)
        source = (
            # leaves out the line of all stores
            f"({lines}) AS line JOIN customers_store s ON s.id = line.store_id LEFT JOIN daily_metrics night "
            "ON night.store_id = line.store_id AND night.day = line.day AND night.currency = line.currency"
        )
        parts.append(Part(_select(_DAY_COLUMNS, source), parameters))
    return parts


def _spans(scope: Scope) -> list[figures.StoreSpan]:
    return figures.closed_days(scope.stores.stores(), scope.asked_at)


def _first_day(spans: Sequence[figures.StoreSpan]) -> date:
    """Return the first day that a store can have a line for: by its opening, the rollups, or the waiting rows."""
    with connection.cursor() as cursor:
        sql = f"SELECT min(first) FROM ({figures.FIRST_DAYS}) AS began"
        cursor.execute(sql, {"stores": [span.store_id for span in spans]})
        (known,) = cursor.fetchone()
    return min([span.days.first for span in spans] + [day for day in (known,) if day])


_PLACED = [figure for figure in FIGURES.values() if not figure.fixed_basis and {*figure.inputs} <= {*STORE_MEASURES}]
_COMPARED = {name: figure for name, figure in FIGURES.items() if {*figure.inputs} <= {*STORE_MEASURES}}
"""The figures that the dashboard has for a period as well."""


def _compare_days(scope: Scope) -> Compared | None:
    """Return the figures of the days, once they are over in every store of the scope; revenue is what was booked."""
    spans = _spans(scope)
    if scope.last is None or not spans or scope.last > min(span.days.last for span in spans):
        return None
    totals = {basis: figures.period_totals(scope.stores, scope.days, basis) for basis in Basis.values}
    found = {
        code: {
            name: Decimal(figure.value(totals[figure.fixed_basis or Basis.PLACED].get(code, NOTHING)))
            for name, figure in _COMPARED.items()
        }
        for code in {code for of_basis in totals.values() for code in of_basis}
    }
    return Compared(frozenset(_COMPARED), found)


NOTHING = dict.fromkeys(STORE_MEASURES, Decimal(0))

DAILY_METRICS = Dataset(
    name="daily-metrics",
    title="Daily metrics",
    meaning="One row per store and local day that is over: sales, orders and customers as of now; products, store "
    "credit and subscriptions as of the end of the day.",
    columns=_DAY_COLUMNS,
    parts=_day_parts,
    totals=tuple(
        Total(name, f'sum("{name}")', is_count=not figure.is_money)
        # those of the order day first
        for name, figure in sorted(FIGURES.items(), key=lambda item: item[1] not in _PLACED)
        if figure.sums_over_days
    ),
    order="day",
    compare=_compare_days,
)

_SHARE = (
    Column("sales", "line.sales", Kind.MONEY),
    Column("orders", "line.orders", Kind.INTEGER),
    Column(
        "percentage",
        "coalesce(round(line.sales * 100 / nullif(sum(line.sales) OVER (PARTITION BY line.store_id), 0), 2), 0.00)",
        Kind.PERCENT,
    ),
)
_PRODUCT_COLUMNS = (
    _STORE,
    Column("productId", "line.product_id", Kind.ID),
    Column("sku", "p.sku"),
    Column("productName", "p.name"),
    _CURRENCY,
    *_SHARE,
    Column("unitsSold", "line.units_sold", Kind.INTEGER),
    Column("unitsReturned", "line.units_returned", Kind.INTEGER),
    Column("cost", "line.cost", Kind.MONEY),
    Column("margin", "line.net - line.cost", Kind.MONEY),
    Column(
        "marginPercent", "coalesce(round((line.net - line.cost) * 100 / nullif(line.net, 0), 2), 0.00)", Kind.PERCENT
    ),
    Column("unitsWithoutCost", "line.units_without_cost", Kind.INTEGER),
)
_COUNTRY_COLUMNS = (_STORE, Column("country", "line.country"), _CURRENCY, *_SHARE)


def _product_parts(scope: Scope) -> list[Part]:
    joined = "JOIN customers_store s ON s.id = line.store_id JOIN orders_product p ON p.id = line.product_id"
    return _lines(scope, "product", _PRODUCT_COLUMNS, joined)


def _country_parts(scope: Scope) -> list[Part]:
    return _lines(scope, "country", _COUNTRY_COLUMNS, "JOIN customers_store s ON s.id = line.store_id")


def _lines(scope: Scope, dimension: str, columns: Sequence[Column], joined: str) -> list[Part]:
    lines, parameters = figures.lines_by(dimension, scope.stores, scope.days, scope.basis)
    return [Part(_select(columns, f"({lines}) AS line {joined}"), parameters)]


SALES_BY_PRODUCT = Dataset(
    name="sales-by-product",
    title="Sales by product",
    meaning="One row per product sold in the period: items net of their share of discounts and refunds.",
    columns=_PRODUCT_COLUMNS,
    parts=_product_parts,
    totals=(Total("sales", 'sum("sales")'), Total("cost", 'sum("cost")'), Total("margin", 'sum("margin")')),
    order="productId",
    compare=with_product_sales("sales"),
    has_basis=True,
)
SALES_BY_COUNTRY = Dataset(
    name="sales-by-country",
    title="Sales by country",
    meaning="One row per country that orders of the period go to; an empty one is unknown.",
    columns=_COUNTRY_COLUMNS,
    parts=_country_parts,
    totals=(Total("sales", 'sum("sales")'), Total("orders", 'sum("orders")', is_count=True)),
    order="country",
    compare=with_store_totals("sales", "orders"),
    has_basis=True,
)
