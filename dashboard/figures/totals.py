"""Totals of a period by currency, for files to be held against, and all shares of a period as lines.

Of one store, or of every store by its own local days; amounts of different currencies are never added.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures.reading import cents, rows
from dashboard.metrics.measures import STANDINGS, STORE_MEASURES
from dashboard.models import Basis

_SCOPE = "(%(store)s::bigint IS NULL OR s.id = %(store)s)"
_WAITING_DAY = "CASE WHEN %(basis)s = 'placed' THEN w.order_day ELSE w.event_day END"
# a standing is known on the placed basis alone
_WAITING = {
    name: f"CASE WHEN %(basis)s = 'placed' THEN w.{name} ELSE 0 END" if name in STANDINGS else f"w.{name}"
    for name in STORE_MEASURES
}


def _movements(rollup: str, columns: str, waiting: str, condition: str) -> str:
    """Return SQL of a rollup's buckets and the waiting rows of the period, with `store_id` and `currency`."""
    return (
        f"SELECT s.id AS store_id, s.currency, {columns} FROM customers_store s JOIN {rollup} d ON d.store_id = s.id "
        f"AND d.basis = %(basis)s AND d.day BETWEEN %(first)s AND %(last)s WHERE {_SCOPE} UNION ALL "
        f"SELECT s.id, s.currency, {waiting} FROM customers_store s JOIN dashboard_metricdelta w ON w.store_id = s.id "
        f"WHERE {_SCOPE} AND w.product_id {condition} AND {_WAITING_DAY} BETWEEN %(first)s AND %(last)s"
    )


_STORE_MOVEMENTS = _movements(
    "dashboard_storedailysales",
    ", ".join(f"d.{name}" for name in STORE_MEASURES),
    ", ".join(_WAITING.values()),
    "IS NULL",
)
_TOTALS = (
    f"SELECT currency, {', '.join(f'sum({name}) AS {name}' for name in STORE_MEASURES)} "
    f"FROM ({_STORE_MOVEMENTS}) AS movements GROUP BY currency"
)
_PRODUCT_MOVEMENTS = _movements(
    "dashboard_storedailysalesbyproduct",
    "d.product_id, d.sales, d.orders",
    "w.product_id, w.sales, w.orders",
    "IS NOT NULL",
)
_COUNTRY_MOVEMENTS = _movements(
    "dashboard_storedailysalesbycountry", "d.country, d.sales, d.orders", "w.country, w.sales, w.orders", "IS NULL"
)

PRODUCT_LINES = f"""
SELECT store_id, currency, product_id, sum(sales) AS sales, sum(orders) AS orders
FROM ({_PRODUCT_MOVEMENTS}) AS movements GROUP BY store_id, currency, product_id
HAVING sum(sales) <> 0 OR sum(orders) <> 0
"""
"""SQL of every product's sales of a period; its parameters are `share_parameters`."""
COUNTRY_LINES = f"""
SELECT store_id, currency, country, sum(sales) AS sales, sum(orders) AS orders
FROM ({_COUNTRY_MOVEMENTS}) AS movements GROUP BY store_id, currency, country
HAVING sum(sales) <> 0 OR sum(orders) <> 0
"""
"""SQL of every country's sales of a period; its parameters are `share_parameters`."""


def share_parameters(store: Store | None, first: date, last: date, basis: str) -> dict[str, Any]:
    """Return the parameters of PRODUCT_LINES and COUNTRY_LINES."""
    return {"store": store and store.pk, "first": first, "last": last, "basis": basis}


def period_totals(
    store: Store | None, first: date, last: date, basis: str = Basis.PLACED
) -> dict[str, dict[str, Decimal]]:
    """Return currency → measure (`measures.STORE_MEASURES`) → total of the period; currencies with movements alone."""
    found = rows(_TOTALS, **share_parameters(store, first, last, basis))
    return {row["currency"]: {name: Decimal(row[name]) for name in STORE_MEASURES} for row in found}


def product_sales_total(store: Store | None, first: date, last: date, basis: str = Basis.PLACED) -> dict[str, Decimal]:
    """Return currency → sales of all products together: net of discounts and refunds, without tax and shipping."""
    sql = f"SELECT currency, sum(sales) AS sales FROM ({PRODUCT_LINES}) AS lines GROUP BY currency"
    return {row["currency"]: cents(row["sales"]) for row in rows(sql, **share_parameters(store, first, last, basis))}
