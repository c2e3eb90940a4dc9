"""Analytics cells that no rollup has: split by one dimension and narrowed to a value of another, from the orders.

How much is read is known before anything is: a period of more than MOST_CHANGES orders (or changes of orders, by
transaction date) of a store is refused.
"""

from __future__ import annotations

from datetime import datetime

from customers.models import Store
from dashboard.figures.reading import rows
from dashboard.metrics.movements_of_orders import movements_within
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK, around, before_cut, clock
from dealport.kit.values import FieldValues

MOST_CHANGES = 50_000
_WITHIN = {
    Basis.PLACED: f"orders_order WHERE store_id = %(store)s AND {around('placed_at', 'first', 'last')}",
    Basis.BOOKED: f"orders_orderevent WHERE store_id = %(store)s AND {around('at', 'first', 'last')}",
}


def is_too_much(store: Store, days: DayRange, basis: str) -> bool:
    """Answer whether the period has more than MOST_CHANGES orders, or changes; an index scan that ends there."""
    sql = f"SELECT count(*) AS count FROM (SELECT FROM {_WITHIN[Basis(basis)]} LIMIT %(most)s + 1) AS found"
    found = rows(sql, store=store.pk, first=days.first, last=days.last, most=MOST_CHANGES)
    return bool(found[0]["count"] > MOST_CHANGES)


def movements_on_demand(basis: str, *, by_product: bool) -> str:
    """Return SQL of the movements of a store's days up to a moment, with every dimension; see `parameters`."""
    condition = "day BETWEEN %(from)s AND %(to)s AND " + before_cut("day", "at", "to")
    moved = movements_within(basis, by_product=by_product, condition=condition)
    return f"{CLOCK} SELECT %(currency)s AS currency, moved.* FROM ({moved}) AS moved"


def parameters(store: Store, days: DayRange, until: datetime | None) -> FieldValues:
    """Return the parameters of `movements_on_demand`."""
    return {
        "store": store.pk,
        "currency": store.currency,
        "from": days.first,
        "to": days.last,
        "until": until,
        **clock(store.timezone, days),
    }
