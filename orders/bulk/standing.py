"""Where a life stands: what figures are made of, and its amount parts (`orders.models.standing` of stored orders)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from orders.models.standing import INCLUDED_TAX, TIP, PartKey
from orders.models.states import OrderState, with_cost
from orders.pricing import ZERO, CapturedLine, captured_parts
from orders.taxes import TaxedLine, included_in, taxes_of_lines

if TYPE_CHECKING:
    from orders.bulk.lives import Life


def parts_of(life: Life) -> dict[PartKey, Decimal]:
    """Return what the amount parts add up to, lines by their position."""
    parts: dict[PartKey, Decimal] = {(index, False): ZERO for index in range(len(life.lines))}
    parts[TIP] = parts[INCLUDED_TAX] = ZERO
    if life.captured and (life.discount or life.order.tip):
        discounts, parts[TIP] = _discounts(life)
        parts.update(((index, False), part) for index, part in enumerate(discounts))
    is_whole = life.captured_tax is None
    if life.captured and life.order.included_tax:
        parts[INCLUDED_TAX] = _included(life) - (life.order.included_tax if is_whole else ZERO)
    if life.order.tax:
        # what was captured at once and not refunded is no part
        is_other = life.captured and not (is_whole and not life.refunded_tax)
        taxes = _taxes(life) if is_other else [ZERO for _ in life.lines]
        own = (line.tax_share if is_other and is_whole else ZERO for line in life.lines)
        parts.update(((index, True), tax - share) for index, (tax, share) in enumerate(zip(taxes, own, strict=True)))
    return parts


def _discounts(life: Life) -> tuple[list[Decimal], Decimal]:
    lines = [line.refundable(ZERO) for line in life.lines]
    return captured_parts(
        [
            CapturedLine(line.discount_share, line.net, live.net, line.refunded)
            for line, live in zip(life.lines, lines, strict=True)
        ],
        captured=life.captured,
        captured_tax=life.tax_captured,
        refunded=life.refunded,
        refunded_tax=life.refunded_tax,
        shipping=life.order.shipping,
        tip=life.order.tip,
        unit=life.unit,
    )


def _taxes(life: Life) -> list[Decimal]:
    if not (life.captured and life.order.tax):
        return [ZERO for _ in life.lines]
    return taxes_of_lines(
        [TaxedLine(line.tax_share, line.tax_by_line) for line in life.lines],
        captured=life.tax_captured,
        refunded=life.refunded_tax,
        unit=life.unit,
    )


def _included(life: Life) -> Decimal:
    return included_in(life.sales, included=life.order.included_tax, total=life.total, unit=life.unit)


def state_of(life: Life) -> OrderState:
    """Return what figures are made of."""
    product_sales: defaultdict[int, Decimal] = defaultdict(Decimal)
    product_taxes: defaultdict[int, Decimal] = defaultdict(Decimal)
    product_units: dict[int, tuple[int, int]] = {}
    product_parts: dict[int, tuple[Decimal, Decimal]] = {}
    product_costs: dict[int, tuple[Decimal, int]] = {}
    parts, taxes = parts_of(life), _taxes(life)
    is_sold, is_returned = life.completed_at is not None, life.refunded_at is not None
    for index, line in enumerate(life.lines):
        pk, quantity = line.item.product_id, line.item.quantity
        discounts, returns = product_parts.get(pk, (ZERO, ZERO))
        product_parts[pk] = (discounts + parts[index, False], returns + line.refunded)
        product_sales[pk] += line.captured_of(life.captured) - line.refunded
        product_taxes[pk] += taxes[index]
        sold, returned = product_units.get(pk, (0, 0))
        back = quantity if is_sold and is_returned else line.returned
        now_sold = quantity if is_sold else 0
        product_units[pk] = sold + now_sold, returned + back
        product_costs[pk] = with_cost(product_costs.get(pk, (ZERO, 0)), line.item.unit_cost, now_sold - back)
    return OrderState(
        status=life.status,
        is_completed=life.is_completed,
        is_fully_refunded=is_returned,
        has_expired=life.expired_at is not None,
        has_coupon=life.order.coupon_code != "",
        sales=life.sales,
        tax=life.tax_captured - life.refunded_tax,
        product_sales=dict(product_sales),
        product_taxes=dict(product_taxes),
        product_units=product_units,
        product_parts=product_parts,
        product_costs=product_costs,
        tips=parts[TIP],
        tax_included=_included(life) if life.captured else ZERO,
    )
