"""Whether the amounts of a source order are ones of its currency. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dealport.kit.money import unit_of
from orders.sources.description import SourceOrder


def odd_amount(order: SourceOrder) -> tuple[str, Decimal] | None:
    """Return the first amount, and what it is of, that has more decimals than its currency (0 for JPY), or None."""
    unit = unit_of(order.currency)
    return next(((name, amount) for name, amount in _amounts(order) if amount % unit), None)


def _amounts(order: SourceOrder) -> Iterator[tuple[str, Decimal]]:
    for index, line in enumerate(order.lines):
        yield f"lines.{index}.unitPrice", line.unit_price
        yield f"lines.{index}.discount", line.discount
    yield from (("discount", order.discount), ("tax", order.tax), ("shipping", order.shipping), ("tip", order.tip))
    yield "includedTax", order.included_tax
    for index, (_, tax) in enumerate(order.tax_lines):
        yield f"taxLines.{index}.amount", tax
    for index, payment in enumerate(order.payments):
        yield f"payments.{index}.amount", payment.amount
    for index, refund in enumerate(order.refunds):
        yield f"refunds.{index}.amount", refund.amount
        yield f"refunds.{index}.shipping", refund.shipping
        yield from ((f"refunds.{index}.lines", amount) for _, amount in refund.goods)
