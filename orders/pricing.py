"""Arithmetic of orders: pure functions over Decimals. No ORM, no request, no clock."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext

from dealport.kit.money import CENT, in_units

ZERO = Decimal("0.00")


class AmountError(ValueError):
    """A refund that is not possible; the text says why and is fit for the user."""


def quantize(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    """Round half-up to the currency's unit (cents unless told): the one place where money is rounded."""
    return amount.quantize(unit, ROUND_HALF_UP) + ZERO


def allocate(amount: Decimal, weights: Sequence[Decimal], unit: Decimal = CENT) -> list[Decimal]:
    """Split `amount` into units of its currency (cents) proportional to `weights`; the parts add up to it exactly.

    Where the amount or a weight is no multiple of a unit above the cent, it is split into cents.

    D'Hondt's method: every part gets its whole cents, the rest goes to the highest weight per cent already given.
    No part exceeds its weight while `amount` <= sum(weights), and a growing amount never shrinks a part (largest
    remainder does), so the shares of a refund depend on the sum refunded alone, not on its steps. A weight below 0
    (what came back in an exchange) carries nothing. Raises ValueError when there is an amount but nothing to carry it.
    """
    if unit > CENT and any(value % unit for value in (amount, *weights)):
        unit = CENT
    cents = int(amount / unit)
    units = [max(int(weight / unit), 0) for weight in weights]
    total = sum(units)
    if cents == 0:
        return [ZERO for _ in weights]
    if total == 0:
        raise ValueError("nothing to allocate to")
    parts = [cents * unit // total for unit in units]
    # exact comparison of unit/(part+1) without floats: scaled integers, ties to the first
    queue = [
        (-_priority(unit, part), index) for index, (unit, part) in enumerate(zip(units, parts, strict=True)) if unit
    ]
    heapq.heapify(queue)
    for _ in range(cents - sum(parts)):
        _, index = queue[0]
        parts[index] += 1
        heapq.heapreplace(queue, (-_priority(units[index], parts[index]), index))
    return [part * unit + ZERO for part in parts]


def _priority(unit: int, part: int) -> int:
    """Return unit/(part+1) as an integer fine enough to order any two weights of up to 14 digits."""
    return (unit << 128) // (part + 1)


@dataclass(frozen=True)
class Line:
    """One line to price: what a piece costs and how many."""

    unit_price: Decimal
    quantity: int

    @property
    def total(self) -> Decimal:
        """Price of all pieces before any discount."""
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class Totals:
    """An order's amounts, shares parallel to the lines: `total` = `subtotal` − `discount` + tax + shipping + tip."""

    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping: Decimal
    total: Decimal
    discount_shares: list[Decimal]
    tax_shares: list[Decimal]


def price_order(
    lines: Sequence[Line],
    *,
    discount: Decimal = ZERO,
    tax: Decimal = ZERO,
    shipping: Decimal = ZERO,
    tip: Decimal = ZERO,
    unit: Decimal = CENT,
) -> Totals:
    """Add up an order and give each line its share of the discount and of the tax.

    A discount above the subtotal is cut to it. Tax on an order without goods value falls on no line.
    """
    subtotal = sum((line.total for line in lines), ZERO)
    discount = min(discount, subtotal)
    discount_shares = allocate(discount, [line.total for line in lines], unit)
    nets = [line.total - share for line, share in zip(lines, discount_shares, strict=True)]
    tax_shares = allocate(tax, nets, unit) if any(nets) else [ZERO for _ in lines]
    total = subtotal - discount + tax + shipping + tip
    return Totals(subtotal, discount, tax, shipping, total, discount_shares, tax_shares)


def percentage_of(amount: Decimal, percent: Decimal, unit: Decimal = CENT) -> Decimal:
    """Return `percent` % of `amount`, half-up to the currency's unit."""
    return quantize(amount * percent / 100, unit)


def price_capture(
    nets: Sequence[Decimal], *, tax: Decimal, rest: Decimal, captured: Decimal, unit: Decimal = CENT
) -> tuple[list[Decimal], Decimal]:
    """Return the parts of the lines (net) and of the tax in `captured`, the sum of all payments so far.

    In proportion to the lines' `nets`, the order's `tax` and `rest` (shipping and tip); what exceeds their sum falls
    on none of them. More captured never lowers a part.
    """
    if captured >= sum(nets, tax + rest):
        return list(nets), tax
    parts = allocate(captured, [*nets, tax, rest], unit)
    return parts[: len(nets)], parts[len(nets)]


@dataclass(frozen=True)
class CapturedLine:
    """A line: its `discount` and `net` as ordered, and what of `net` was captured and refunded so far."""

    discount: Decimal
    net: Decimal
    captured: Decimal
    refunded: Decimal


def captured_parts(
    lines: Sequence[CapturedLine],
    *,
    captured: Decimal,
    captured_tax: Decimal,
    refunded: Decimal,
    refunded_tax: Decimal,
    shipping: Decimal,
    tip: Decimal,
    unit: Decimal = CENT,
) -> tuple[list[Decimal], Decimal]:
    """Return the discounts of the lines (parallel to them) in everything `captured`, and the tip that is kept.

    Both follow what was captured of the line, or of shipping and tip together, in proportion. A refund leaves the
    discounts as they are, and takes from shipping before it takes from the tip. Functions of sums alone: the order of
    the payments and refunds does not matter. Nothing captured has no parts.
    """
    if not captured:
        return [ZERO for _ in lines], ZERO
    discounts = [_part(line.discount, line.net, line.captured, unit) for line in lines]
    if not tip:
        return discounts, ZERO
    rest = captured - captured_tax - sum((line.captured for line in lines), ZERO)
    left = rest - (refunded - refunded_tax - sum((line.refunded for line in lines), ZERO))
    received = tip if rest >= shipping + tip else _part(tip, shipping + tip, rest, unit)
    return discounts, max(min(received, left), ZERO)


def _part(amount: Decimal, whole: Decimal, captured: Decimal, unit: Decimal) -> Decimal:
    """Return the part of `amount` that goes with `captured` of `whole`, half-up to the currency's unit."""
    return amount if captured == whole or not whole else quantize(amount * captured / whole, unit)


def fill_up(
    parts: Sequence[Decimal], wholes: Sequence[Decimal], captured: Decimal, unit: Decimal = CENT
) -> list[Decimal]:
    """Return the parts of `wholes` in `captured` on an order that was edited, where `parts` were captured before.

    Each keeps what it had, up to its new whole; the rest fills what is missing, in proportion. What exceeds the sum
    of the wholes falls on none.
    """
    kept = [min(part, whole) for part, whole in zip(parts, wholes, strict=True)]
    missing = [max(whole - part, ZERO) for part, whole in zip(kept, wholes, strict=True)]
    rest = min(captured - sum(kept, ZERO), sum(missing, ZERO))
    return [part + more for part, more in zip(kept, allocate(rest, missing, unit), strict=True)]


def capture_note(captured: Decimal, total: Decimal, unit: Decimal) -> str:
    """Return what the history says where another amount than the total has been received."""
    paid, whole, rest = (in_units(amount, unit) for amount in (captured, total, total - captured))
    if rest > 0:
        return f"{paid} of {whole} received, {rest} outstanding"
    return f"{paid} received for a total of {whole}: {-rest} too much" if rest else ""


@dataclass(frozen=True)
class RefundableLine:
    """A line as the refund arithmetic sees it.

    `net` and `tax` are what was captured for all pieces; `by_line` and `tax_by_line` what refunds naming this line
    gave back so far; `returned` how many pieces those named; `refunded` its share of everything refunded so far.
    """

    net: Decimal
    tax: Decimal
    quantity: int
    returned: int
    by_line: Decimal
    tax_by_line: Decimal
    refunded: Decimal

    def value_of(self, pieces: int, unit: Decimal = CENT) -> tuple[Decimal, Decimal]:
        """Return the (net, tax) price of `pieces` more, whatever was agreed for those before.

        Cumulative rounding: the prices of all pieces add up to exactly the line. Never more than the line has left,
        as it has when an edit made it cheaper after a refund named it.
        """
        before, after = self.returned, self.returned + pieces
        unit = CENT if self.net % unit or self.tax % unit else unit
        net = quantize(self.net * after / self.quantity, unit) - quantize(self.net * before / self.quantity, unit)
        tax = quantize(self.tax * after / self.quantity, unit) - quantize(self.tax * before / self.quantity, unit)
        return min(net, max(self.net - self.by_line, ZERO)), min(tax, max(self.tax - self.tax_by_line, ZERO))


@dataclass(frozen=True)
class RefundParts:
    """The parts a source names of a refund: net by line (parallel to the lines), tax and shipping."""

    goods: list[Decimal]
    tax: Decimal
    shipping: Decimal


@dataclass(frozen=True)
class LineShare:
    """What one refund moves on one line: signed `amount` (net share), and the new running figures."""

    amount: Decimal
    by_line: Decimal
    tax_by_line: Decimal
    returned: int
    refunded: Decimal


@dataclass(frozen=True)
class RefundShares:
    """A priced refund: its amount and what it moves on each line (parallel to the order's lines).

    `tax` is the part of the amount that is tax, signed as the shares of lines are; `refunded_tax` the tax of all
    refunds so far, this one included. Goods, tax and shipping add up to the amount.
    """

    amount: Decimal
    lines: list[LineShare]
    tax: Decimal
    refunded_tax: Decimal


def price_refund(
    lines: Sequence[RefundableLine],
    *,
    total: Decimal,
    refunded: Decimal,
    shipping: Decimal,
    tax: Decimal,
    refunded_tax: Decimal = ZERO,
    amount: Decimal | None = None,
    pieces: Sequence[int] | None = None,
    parts: RefundParts | None = None,
    named_shipping: Decimal = ZERO,
    unit: Decimal = CENT,
) -> RefundShares:
    """Price a refund of an order whose captured `total` was given back by `refunded` so far (`refunded_tax` of tax).

    `shipping` is all that was captured besides goods and `tax`: a tip and what was paid too much fall under it.

    - neither `amount` nor `pieces` (parallel to `lines`): all that is left;
    - `pieces`: the named pieces' net price and tax share;
    - both: `amount` falls on the named pieces first, the excess on the whole order;
    - `amount`: spread over goods, tax and shipping in proportion;
    - `parts`: as its source names them, each at most what is left; `pieces` then count the pieces alone.

    `named_shipping` is the shipping that the parts of refunds so far named.

    The share of a line is (refunds naming it) + (its part of all other refunds, spread over what is left of the
    order besides the named ones), a function of sums alone: the order in which refunds arrive does not matter.
    Raises AmountError when more would be given back than is left.
    """
    left = total - refunded
    taken = [(ZERO, ZERO)] * len(lines)
    if parts is not None:
        pieces = pieces or [0] * len(lines)
        amount = sum(parts.goods, parts.tax + parts.shipping) if amount is None else amount
        named_shipping += parts.shipping
        taken = _named(lines, parts)
    elif pieces is not None:
        values = [
            line.value_of(count, unit) if count else (ZERO, ZERO) for line, count in zip(lines, pieces, strict=True)
        ]
        named = sum((net + vat for net, vat in values), ZERO)
        if amount is None:
            amount = named
        taken = _limit(values, min(amount, named), unit)
    elif amount is None:
        amount = left
    if amount > left:
        raise AmountError(gettext("at most {left} is left to refund").format(left=in_units(left, unit)))
    by_line = [line.by_line + net for line, (net, _) in zip(lines, taken, strict=True)]
    tax_by_line = [line.tax_by_line + vat for line, (_, vat) in zip(lines, taken, strict=True)]
    named_total = sum(by_line, ZERO) + sum(tax_by_line, ZERO) + named_shipping
    rest = refunded + amount - named_total
    weights = [line.net - part for line, part in zip(lines, by_line, strict=True)]
    named_tax = sum(tax_by_line, ZERO)
    spread = allocate(rest, [*weights, tax - named_tax, shipping - named_shipping], unit)
    shares = []
    for index, line in enumerate(lines):
        now = by_line[index] + spread[index]
        returned = line.returned + (pieces[index] if pieces is not None else 0)
        shares.append(LineShare(now - line.refunded, by_line[index], tax_by_line[index], returned, now))
    tax_now = named_tax + spread[len(lines)]
    return RefundShares(amount, shares, tax_now - refunded_tax, tax_now)


def _named(lines: Sequence[RefundableLine], parts: RefundParts) -> list[tuple[Decimal, Decimal]]:
    """Return the (net, tax) of each line as the source names them; all tax goes to the first line, as one sum."""
    nets = [min(part, line.net - line.by_line) for line, part in zip(lines, parts.goods, strict=True)]
    return [(net, ZERO if index else parts.tax) for index, net in enumerate(nets)]


def _limit(values: Sequence[tuple[Decimal, Decimal]], amount: Decimal, unit: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Scale (net, tax) pairs down so that they add up to `amount`."""
    flat = [part for pair in values for part in pair]
    scaled = allocate(amount, flat, unit)
    return list(zip(scaled[0::2], scaled[1::2], strict=True))
