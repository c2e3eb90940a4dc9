"""Where tax falls: on the lines of an order, and what is kept of the tax included in prices. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dealport.kit.money import CENT
from orders.pricing import ZERO, allocate, quantize


@dataclass(frozen=True)
class TaxedLine:
    """A line's share of its order's tax, and the tax that refunds naming the line gave back."""

    tax: Decimal
    refunded_by_line: Decimal


def taxes_of_lines(
    lines: Sequence[TaxedLine], *, captured: Decimal, refunded: Decimal, unit: Decimal = CENT
) -> list[Decimal]:
    """Return what falls on each line of the `captured` tax less the `refunded`.

    Captured tax follows the lines' shares; refunded tax falls on the lines that refunds named as far as they have some,
    the rest in proportion to what is left. Functions of sums alone. Tax of goods that are free falls on no line.
    """
    shares = [line.tax for line in lines]
    whole = sum(shares, ZERO)
    if not whole:
        return [ZERO for _ in lines]
    left = shares if captured >= whole else allocate(captured, shares, unit)
    if not refunded:
        return left
    named = [min(line.refunded_by_line, part) for line, part in zip(lines, left, strict=True)]
    left = [part - back for part, back in zip(left, named, strict=True)]
    rest = max(min(refunded - sum(named, ZERO), sum(left, ZERO)), ZERO)
    return [part - back for part, back in zip(left, allocate(rest, left, unit), strict=True)]


def included_in(kept: Decimal, *, included: Decimal, total: Decimal, unit: Decimal = CENT) -> Decimal:
    """Return the tax included in prices in what is `kept` of an order's total: all of it, or in proportion, half-up."""
    if not included or kept >= total > 0:
        return included
    return quantize(included * kept / total, unit) if total > 0 else ZERO
