"""The bridge between the two bases: why total sales by order date and by transaction date differ in a period.

Read from the orders and their money, not from rollups, so that the sum of the parts proves the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from customers.models import Store
from dashboard.figures.explain import Explanation, explanation_of
from dashboard.figures.figure import cents
from dashboard.figures.periods import Period
from dashboard.figures.reading import Row, rows
from dashboard.figures.registry import FIGURES
from dashboard.figures.store import figure_value
from dashboard.models import Basis
from dealport.kit.day_range import EVERY_DAY
from dealport.kit.local_days import CLOCK, around, clock, local_day_sql
from dealport.kit.values import FieldValues

PARTS = {
    "paymentsOfOtherOrders": "Payments booked in the period for orders placed outside of it",
    "refundsOfOtherOrders": "Refunds booked in the period of orders placed outside of it",
    "paymentsBookedElsewhere": "Payments of the period's orders booked outside of it",
    "refundsBookedElsewhere": "Refunds of the period's orders booked outside of it",
}
"""What the difference (transaction date less order date) is made of."""

_DAY = local_day_sql("t.created_at")
_OF_OTHERS = f"{around('t.created_at', 'first', 'last')} AND {_DAY} BETWEEN %(first)s AND %(last)s"
_ELSEWHERE = f"{around('o.placed_at', 'first', 'last')} AND o.order_day BETWEEN %(first)s AND %(last)s"


def _half(part: str, sign: str, condition: str) -> str:
    """Return SQL of entries of a half of the difference: a refund takes away what a payment adds."""
    return (
        f"SELECT CASE t.kind WHEN 'payment' THEN 'payments{part}' ELSE 'refunds{part}' END AS part, t.kind, "
        "t.created_at AS at, o.id AS order_id, o.number, NULL::bigint AS customer_id, '' AS name, "
        f"{sign}CASE t.kind WHEN 'payment' THEN t.amount ELSE -t.amount END AS amount "
        "FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id "
        f"WHERE t.store_id = %(store)s AND o.store_id = %(store)s AND t.status = 'approved' AND {condition}"
    )


_ENTRIES = (
    _half("OfOtherOrders", "", f"{_OF_OTHERS} AND NOT o.order_day BETWEEN %(first)s AND %(last)s")
    + " UNION ALL "
    + _half("BookedElsewhere", "-", f"{_ELSEWHERE} AND NOT {_DAY} BETWEEN %(first)s AND %(last)s")
)


@dataclass(frozen=True)
class BridgePart:
    """One reason: its signed amount, and the number of orders behind it."""

    part: str
    amount: Decimal
    orders: int


@dataclass(frozen=True)
class Bridge:
    """Total sales of a period on both bases; the parts add up to `booked` less `placed`."""

    placed: Decimal
    booked: Decimal
    parts: list[BridgePart]


def bridge(store: Store, period: Period) -> Bridge:
    """Return why the bases differ in a period; inside the caller's `consistent_read()`."""
    totals = "part, sum(amount) AS amount, count(DISTINCT order_id) AS orders"
    sql = f"{CLOCK} SELECT {totals} FROM ({_ENTRIES}) e GROUP BY part"
    found = {row["part"]: row for row in rows(sql, **_parameters(store, period))}
    figure = FIGURES["total_sales"]
    return Bridge(
        Decimal(figure_value(store, figure, period, Basis.PLACED)),
        Decimal(figure_value(store, figure, period, Basis.BOOKED)),
        [_part(part, found.get(part)) for part in PARTS],
    )


def _part(part: str, row: Row | None) -> BridgePart:
    return BridgePart(part, cents(row["amount"]), row["orders"]) if row else BridgePart(part, cents(0), 0)


def bridge_entries(store: Store, period: Period, part: str, *, offset: int, limit: int) -> Explanation:
    """Return a page of the payments or refunds that a part is made of, newest first."""
    source = f"SELECT * FROM ({_ENTRIES}) e WHERE part = %(part)s"
    return explanation_of(source, {**_parameters(store, period), "part": part, "offset": offset, "limit": limit})


def _parameters(store: Store, period: Period) -> FieldValues:
    # a payment of the period's orders can be of any day: every change of the clock matters
    return {"store": store.pk, "first": period.first, "last": period.last, **clock(store.timezone, EVERY_DAY)}
