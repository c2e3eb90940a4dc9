"""Where an order stands: what figures are made of, from the order and its lines as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from dealport.kit.money import unit_of
from orders.models.states import OrderState, with_cost
from orders.pricing import ZERO, CapturedLine, captured_parts
from orders.taxes import TaxedLine, included_in, taxes_of_lines

if TYPE_CHECKING:
    from orders.models.items import OrderItem
    from orders.models.orders import Order

PartKey = tuple[int | None, bool]
"""The line of an `AmountPart` and whether it is tax."""
TIP: PartKey = (None, False)
INCLUDED_TAX: PartKey = (None, True)


def parts_of(order: Order, items: Sequence[OrderItem]) -> dict[PartKey, Decimal]:
    """Return what the `AmountPart`s of an order add up to.

    Discounts in what was captured, by line, and the tip that is kept; the tax on each line, and the tax included in
    prices, as far as they are not those of one payment that captured the whole order.
    """
    if not order.captured_amount:
        return {key: ZERO for item in items for key in ((item.pk, False), (item.pk, True))} | {
            TIP: ZERO,
            INCLUDED_TAX: ZERO,
        }
    discounts, tip = captured_parts(
        [CapturedLine(item.discount_share, item.net, item.captured_of(order), item.refunded_amount) for item in items],
        captured=order.captured_amount,
        captured_tax=order.tax + order.refunded_tax,
        refunded=order.refunded_amount,
        refunded_tax=order.refunded_tax,
        shipping=order.shipping_fee,
        tip=order.tip,
        unit=unit_of(order.currency),
    )
    is_whole = order.captured_tax is None
    taxes: dict[PartKey, Decimal] = {
        (item.pk, True): tax - (item.tax_share if is_whole else ZERO)
        for item, tax in zip(items, _taxes(order, items), strict=True)
    }
    return {
        **{(item.pk, False): part for item, part in zip(items, discounts, strict=True)},
        **taxes,
        TIP: tip,
        INCLUDED_TAX: _included(order) - (order.included_tax if is_whole else ZERO),
    }


def _taxes(order: Order, items: Sequence[OrderItem]) -> list[Decimal]:
    """Return the tax that is kept, on each line."""
    if not (order.captured_amount and order.tax_amount):
        return [ZERO for _ in items]
    return taxes_of_lines(
        [TaxedLine(item.tax_share, item.refunded_tax_by_line) for item in items],
        captured=order.tax + order.refunded_tax,
        refunded=order.refunded_tax,
        unit=unit_of(order.currency),
    )


def _included(order: Order) -> Decimal:
    """Return the tax included in prices in what is kept of what was captured."""
    return included_in(order.sales, included=order.included_tax, total=order.total_amount, unit=unit_of(order.currency))


def state_of(order: Order, items: Sequence[OrderItem]) -> OrderState:
    """Return what figures are made of."""
    product_sales: defaultdict[int, Decimal] = defaultdict(Decimal)
    product_taxes: defaultdict[int, Decimal] = defaultdict(Decimal)
    product_units: dict[int, tuple[int, int]] = {}
    product_parts: dict[int, tuple[Decimal, Decimal]] = {}
    product_costs: dict[int, tuple[Decimal, int]] = {}
    is_sold, parts = order.completed_at is not None, parts_of(order, items)
    for item, tax in zip(items, _taxes(order, items), strict=True):
        pk = item.product_id
        discounts, returns = product_parts.get(pk, (ZERO, ZERO))
        product_parts[pk] = discounts + parts[item.pk, False], returns + item.refunded_amount
        product_sales[pk] += item.captured_of(order) - item.refunded_amount
        product_taxes[pk] += tax
        sold, returned = product_units.get(pk, (0, 0))
        now_sold = item.quantity if is_sold else 0
        back = item.quantity if is_sold and order.refunded_at is not None else item.refunded_quantity
        product_units[pk] = sold + now_sold, returned + back
        product_costs[pk] = with_cost(product_costs.get(pk, (ZERO, 0)), item.unit_cost, now_sold - back)
    return OrderState(
        status=order.status,
        is_completed=order.is_completed,
        is_fully_refunded=order.refunded_at is not None,
        has_expired=order.expired_at is not None,
        has_coupon=order.coupon_code != "",
        sales=order.sales,
        tax=order.tax,
        product_sales=dict(product_sales),
        product_taxes=dict(product_taxes),
        product_units=product_units,
        product_parts=product_parts,
        product_costs=product_costs,
        tips=parts[TIP],
        tax_included=_included(order),
    )
