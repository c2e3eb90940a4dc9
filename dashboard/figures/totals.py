"""Totals of a period by currency, for files to be held against, and all shares of a period as lines.

Of one store, or of every store by its own local days; amounts of different currencies are never added.
"""

from __future__ import annotations

from decimal import Decimal

from customers.scopes import StoreScope
from dashboard.figures.figure import cents
from dashboard.figures.movements import SCOPE, sums
from dashboard.figures.reading import rows
from dashboard.metrics.measures import SHARE_MEASURES, STORE_MEASURES
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.values import FieldValues

_LINES = SCOPE.by(store_id="id", currency="currency")


def _parameters(scope: StoreScope, days: DayRange) -> FieldValues:
    return {"store": scope.store_id, "first": days.first, "last": days.last}


def lines_by(dimension: str, scope: StoreScope, days: DayRange, basis: str) -> tuple[str, dict[str, object]]:
    """Return SQL, with its parameters, of every product's or country's sales and orders of a period in each store."""
    measures = SHARE_MEASURES if dimension == "product" else ("sales", "orders")
    return sums(_LINES, measures, basis=basis, dimension=dimension), _parameters(scope, days)


def period_totals(scope: StoreScope, days: DayRange, basis: str = Basis.PLACED) -> dict[str, dict[str, Decimal]]:
    """Return currency → measure (`measures.STORE_MEASURES`) → total of the period; currencies with movements alone."""
    found = rows(sums(SCOPE, STORE_MEASURES, basis=basis), **_parameters(scope, days))
    return {row["currency"]: {name: Decimal(row[name]) for name in STORE_MEASURES} for row in found}


def product_sales_total(scope: StoreScope, days: DayRange, basis: str = Basis.PLACED) -> dict[str, Decimal]:
    """Return currency → sales of all products together: net of discounts and refunds, without tax and shipping."""
    lines, parameters = lines_by("product", scope, days, basis)
    sql = f"SELECT currency, sum(sales) AS sales FROM ({lines}) AS lines GROUP BY currency"
    return {row["currency"]: cents(row["sales"]) for row in rows(sql, **parameters)}
