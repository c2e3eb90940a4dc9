"""What is counted: one entry a measure, from which the columns of ledger and rollups and all that fills them are made.

Nothing here knows a model, so that the models can be made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from django.db import models

from dealport.kit.fields import SumField

if TYPE_CHECKING:
    from orders.models.states import OrderState

    OfOrder = Callable[[OrderState], Decimal | int]


@dataclass(frozen=True)
class Measure:
    """A signed amount or count of a store: its column, and what an order in some state contributes.

    Changes count on the order day (basis placed) or on the day of the change (booked). `is_of_now`: how many orders
    of a day are in a status now, known on the placed basis alone. `by_part` measures are split by product and by
    dimensions of orders, `by_order` ones by the latter alone. `is_wide`: a count that one order can move by millions,
    an amount that it can move by more than an order's total. Without `of_order` it is none of orders.
    """

    name: str
    of_order: OfOrder | None = None
    is_money: bool = False
    is_of_now: bool = False
    by_part: bool = False
    by_order: bool = False
    is_wide: bool = False


MEASURES = (
    Measure("sales", lambda order: order.sales, is_money=True, by_part=True),
    Measure("tax", lambda order: order.tax, is_money=True, by_part=True),
    Measure("orders", lambda order: 1, by_part=True),
    Measure("completed", lambda order: int(order.is_completed), by_order=True),
    Measure("refunded", lambda order: int(order.is_fully_refunded), by_order=True),
    Measure("expired", lambda order: int(order.has_expired), by_order=True),
    Measure("with_coupon", lambda order: int(order.is_completed and order.has_coupon), by_order=True),
    Measure("pending", lambda order: int(order.status == "PENDING"), is_of_now=True),
    Measure("canceled", lambda order: int(order.status == "CANCELED"), is_of_now=True),
    Measure("customers"),
    Measure("new_customers"),
    Measure("units_sold", lambda order: order.units_sold, by_part=True, is_wide=True),
    Measure("units_returned", lambda order: order.units_returned, by_part=True, is_wide=True),
    Measure("net", lambda order: order.net, is_money=True, by_part=True),
    Measure("discounts", lambda order: order.discounts, is_money=True, by_part=True),
    Measure("returns", lambda order: order.returns, is_money=True, by_part=True),
    Measure("cost", lambda order: order.cost, is_money=True, by_part=True, is_wide=True),
    Measure("units_without_cost", lambda order: order.units_without_cost, by_part=True, is_wide=True),
    Measure("tax_included", lambda order: order.tax_included, is_money=True, by_order=True),
    Measure("tips", lambda order: order.tips, is_money=True, by_order=True),
)
STORE_MEASURES = tuple(measure.name for measure in MEASURES)
OF_PRODUCTS = tuple(measure for measure in MEASURES if measure.by_part)
OF_ORDERS = tuple(measure for measure in MEASURES if measure.by_part or measure.by_order)
SHARE_MEASURES = tuple(measure.name for measure in OF_PRODUCTS)
ORDER_MEASURES = tuple(measure.name for measure in OF_ORDERS)
ORDER_STATES = tuple(measure.name for measure in MEASURES if measure.is_of_now)
FLOWS = tuple(name for name in STORE_MEASURES if name not in ORDER_STATES)

Model = TypeVar("Model", bound=type[models.Model])


def measured(
    measures: Iterable[Measure],
    *,
    money: type[models.Field[object, object]],
    count: type[models.Field[object, object]],
    wide: type[models.Field[object, object]],
) -> Callable[[Model], Model]:
    """Return a decorator that gives an abstract model or a model a column for each measure, 0 by default."""

    def decorate(model: Model) -> Model:
        for measure in measures:
            whole, amount = (wide, SumField) if measure.is_wide else (count, money)
            field = amount(default=Decimal("0.00")) if measure.is_money else whole(default=0)
            model.add_to_class(measure.name, field)
        return model

    return decorate
