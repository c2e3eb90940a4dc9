"""Edits at the source: which of our lines is which of its lines, and what to change to get there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from dealport.kit.money import unit_of
from orders.actions.edit_pricing import EditRequest
from orders.bulk import BulkOrder, Life
from orders.models import Order, OrderItem
from orders.sources.description import SourceLine, SourceOrder

Key = tuple[str, Decimal]


def is_edited(order: Order, items: Sequence[OrderItem], stated: SourceOrder, *, compares_lines: bool) -> bool:
    """Answer whether the source states other amounts, or (`compares_lines`) other pieces, than the order has."""
    amounts = (order.total_amount, order.discount, order.tax_amount, order.shipping_fee, order.tip)
    if stated.total != order.total_amount:
        return True
    if not compares_lines:
        return False
    matched = match(items, stated.lines)
    pieces = {pk: line.quantity for pk, line in zip(matched, stated.lines, strict=True) if pk}
    same = None not in matched and all(item.quantity == pieces.get(item.pk, 0) for item in items)
    return not same or amounts != (stated.total, stated.discount, stated.tax, stated.shipping, stated.tip)


def match(items: Sequence[OrderItem], lines: Sequence[SourceLine]) -> list[int | None]:
    """Return the id of our line for each line of the source, None for a new one: by SKU or name, and price.

    Of two with the same it is the one with as many pieces, else the first that is left.
    """
    left: dict[Key, list[OrderItem]] = {}
    for item in items:
        left.setdefault((item.sku or item.name, item.unit_price), []).append(item)
    found: list[int | None] = []
    for line in lines:
        candidates = left.get((line.sku or line.name, line.unit_price), [])
        chosen = next((item for item in candidates if item.quantity == line.quantity), None)
        chosen = chosen or next(iter(candidates), None)
        if chosen is not None:
            candidates.remove(chosen)
        found.append(chosen.pk if chosen else None)
    return found


def edit_request(order: Order, items: Sequence[OrderItem], stated: SourceOrder, bulk: BulkOrder) -> EditRequest:
    """Return what brings the order's lines and amounts to those stated; `bulk` is the same with its products.

    Shares of discount and tax are those of an order that is created with these lines, so that both end the same.
    """
    life = Life(replace(bulk, steps=()), unit=unit_of(order.currency))
    matched = match(items, stated.lines)
    shares = {pk: (line.discount_share, line.tax_share) for pk, line in zip(matched, life.lines, strict=True) if pk}
    pieces = {pk: line.quantity for pk, line in zip(matched, stated.lines, strict=True) if pk}
    new = [
        OrderItem(
            store_id=order.store_id,
            order=order,
            product_id=line.item.product_id,
            name=line.item.name,
            sku=line.item.sku,
            unit_price=line.item.unit_price,
            unit_cost=line.item.unit_cost,
            quantity=line.item.quantity,
            line_total=line.total,
            discount_share=line.discount_share,
            tax_share=line.tax_share,
        )
        for pk, line in zip(matched, life.lines, strict=True)
        if pk is None
    ]
    nothing = (Decimal("0.00"), Decimal("0.00"))
    return EditRequest(
        quantities={item.pk: pieces.get(item.pk, 0) for item in items if item.quantity != pieces.get(item.pk, 0)},
        new_items=new,
        shares=[shares.get(item.pk, nothing) for item in items]
        + [(item.discount_share, item.tax_share) for item in new],
        shipping_fee=stated.shipping,
        discount=stated.discount,
        tax_amount=stated.tax,
        tip=stated.tip,
        included_tax=stated.included_tax,
        is_stated=True,
    )
