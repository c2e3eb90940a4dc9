"""Opening a figure: the orders, payments, refunds and customers that add up to it.

Read from the rows themselves, never from rollups: the sum of the entries is computed independently of the figure it
explains. One entry is one signed contribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from customers.models import Store
from dashboard.figures.breakdown import TAX_OF_GOODS
from dashboard.figures.periods import Period
from dashboard.figures.reading import rows
from dashboard.figures.registry import EXPLAINED
from dashboard.models import Basis
from dealport.kit.day_range import EVERY_DAY, DayRange
from dealport.kit.local_days import CLOCK, clock
from dealport.kit.values import FieldValues

_COLUMNS = "kind, at, order_id, number, customer_id, name, amount"
SOURCES = {name: figure.entries for name, figure in EXPLAINED.items()}
"""Figure, by its API name → basis → SQL of its entries."""


@dataclass(frozen=True)
class Entry:
    """One contribution to a figure, `amount` signed; `kind` order, payment, refund, edit, customer, subscription or
    credit."""

    kind: str
    at: datetime
    order_id: int | None
    order_number: str
    customer_id: int | None
    customer_name: str
    amount: Decimal


@dataclass(frozen=True)
class Explanation:
    """One page of a figure's entries, newest first, and what all of them add up to."""

    count: int
    total: Decimal
    entries: list[Entry]


@dataclass(frozen=True)
class CellOf:
    """One cell of an analytics answer: entries of `products`, or of the orders that fulfil `condition` alone.

    The condition is SQL over the order `o`, the entry `e`, its moment `moment` and the parameters `values`. `rest` is
    SQL of the products whose goods and their tax do not count: what belongs to none of them is left; `rest_of` narrows
    those goods to orders that fulfil it.
    """

    rest: str = ""
    rest_of: str = "TRUE"
    products: list[int] | None = None
    condition: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


WHOLE = CellOf()
_MOMENT = {Basis.PLACED: "o.placed_at", Basis.BOOKED: "e.at"}


def explain(
    store: Store,
    metric: str,
    period: Period,
    basis: str,
    *,
    offset: int,
    limit: int,
    cell: CellOf = WHOLE,
    until: datetime | None = None,
) -> Explanation:
    """Return the entries of a figure; two statements. `metric` is a key of SOURCES that knows `basis`.

    The period's last day counts up to the moment `until`, if there is one.
    """
    source = SOURCES[metric][basis]
    if cell.products is not None:
        source = _of_goods(metric, basis)
    if cell.rest:
        source = _of_the_rest(metric, basis, cell)
    if cell.condition:
        source = _where(source, cell.condition, basis)
    since = period.first if EXPLAINED[metric].inputs != ("registered",) else EVERY_DAY.first
    parameters = {
        "store": store.pk,
        "first": period.first,
        "last": period.last,
        "until": until,
        "offset": offset,
        "limit": limit,
        "products": cell.products,
        **cell.values,
        # customers count from the first one on
        **clock(store.timezone, DayRange(since, period.last)),
    }
    return explanation_of(source, parameters)


def _where(source: str, condition: str, basis: str) -> str:
    """Return SQL of the entries whose orders fulfil a condition."""
    fulfilled = condition.format(moment=_MOMENT[Basis(basis)])
    return f"SELECT e.* FROM ({source}) e JOIN orders_order o ON o.id = e.order_id WHERE {fulfilled}"


def _of_goods(metric: str, basis: str) -> str:
    """Return SQL of the entries of products: of total sales and tax those of their lines, goods and their tax."""
    if metric not in ("totalSales", "totalTax"):
        return SOURCES[metric][basis]
    return TAX_OF_GOODS[basis] + (f" UNION ALL {SOURCES['netSales'][basis]}" if metric == "totalSales" else "")


def _of_the_rest(metric: str, basis: str, cell: CellOf) -> str:
    """Return SQL of the entries less those of some products: each with what of it belongs to none of them."""
    chosen = f"ARRAY(SELECT id FROM orders_product WHERE store_id = %(store)s AND {cell.rest})"
    whole = SOURCES[metric][basis].replace("%(products)s", "NULL")
    goods = _where(_of_goods(metric, basis).replace("%(products)s", chosen), cell.rest_of, basis)
    keys = _COLUMNS.removesuffix(", amount")
    return (
        f"SELECT {keys}, sum(amount) AS amount FROM (SELECT {_COLUMNS} FROM ({whole}) AS whole "
        f"UNION ALL SELECT {keys}, -amount FROM ({goods}) AS goods) AS both_of_them GROUP BY {keys} "
        "HAVING sum(amount) <> 0"
    )


def explanation_of(source: str, parameters: FieldValues) -> Explanation:
    """Return a page of the entries of `source`, newest first, and their sum; parameters offset, limit and `clock`."""
    total = rows(f"{CLOCK} SELECT count(*) AS count, coalesce(sum(amount), 0) AS total FROM ({source}) e", **parameters)
    found = rows(
        f"{CLOCK} SELECT {_COLUMNS} FROM ({source}) e ORDER BY at DESC, order_id DESC, customer_id DESC, kind "
        "OFFSET %(offset)s LIMIT %(limit)s",
        **parameters,
    )
    return Explanation(
        count=total[0]["count"],
        total=Decimal(total[0]["total"]),
        entries=[
            Entry(
                kind=row["kind"],
                at=row["at"],
                order_id=row["order_id"],
                order_number=row["number"],
                customer_id=row["customer_id"],
                customer_name=row["name"],
                amount=Decimal(row["amount"]),
            )
            for row in found
        ],
    )
