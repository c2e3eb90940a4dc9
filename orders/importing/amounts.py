"""What the amounts of an exported order mean here. Pure.

Evidence (10,864 orders of 16 stores): Discount Amount already contains the line discounts and what came off shipping;
tips are inside Total and outside Subtotal; a store adds its taxes to all orders or includes them in all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext

from dealport.kit.money import MAX_AMOUNT, in_currency
from orders.importing.problems import BadValue
from orders.pricing import ZERO


@dataclass(frozen=True, slots=True)
class Stated:
    """The amounts of the export: `subtotal` is what the goods cost after discounts, `shipping` before its own."""

    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    taxes: Decimal
    duties: Decimal
    total: Decimal
    tip: Decimal = ZERO
    outstanding: Decimal = ZERO
    currency: str = ""

    def written(self, amount: Decimal) -> str:
        """Return an amount as its currency is written."""
        return str(in_currency(amount, self.currency))


@dataclass(frozen=True, slots=True)
class Settled:
    """The same as an order keeps them: goods − discount + tax + shipping + tip = total.

    `included_tax` is what the prices contain already; the order's tax is 0 then. `fee` was asked for later and is not
    paid: it is in the stated total and not in this one.
    """

    discount: Decimal
    tax: Decimal
    shipping: Decimal
    included_tax: Decimal = ZERO
    fee: Decimal = ZERO


def summed(stated: Stated, items: Iterable[tuple[Decimal, Decimal]]) -> Stated:
    """Return the amounts with the totals that the file lacks: sums of the items, each with its own discount, and the
    rest. The order's discount contains those of the items, as in Shopify's export.
    """
    goods = own = ZERO
    for total, discount in items:
        goods, own = goods + total, own + discount
    subtotal = goods - max(stated.discount, own)
    total = subtotal + stated.shipping + stated.taxes + stated.duties + stated.tip
    return replace(stated, subtotal=subtotal, total=total)


def settle(goods: Decimal, line_discounts: Decimal, stated: Stated, names: Iterable[str] = ()) -> Settled:
    """Find the discount, tax and shipping that add up to the stated total, or raise BadValue.

    - What was taken off the goods is goods − Subtotal: not below 0, at most the Discount Amount, which contains the
      line discounts. What is left of it was taken off the shipping, or stays unexplained.
    - Total = Subtotal + Shipping + Taxes + Duties + tip, or without Taxes in stores whose prices include them.
    - Where both readings add up, the one that uses up the discount is right.
    - A row that appears twice among the items' `names` is said to be a copy where there are too many items.
    - A total that exceeds its parts by what is outstanding has a fee added after it was paid.
    """
    discount, allowed = goods - stated.subtotal, max(stated.discount, line_discounts)
    if discount < 0:
        expected = gettext(
            "at most {amount}, the sum of the items: rows are missing, the file may be cut. "
            "Export the orders again, or join its parts"
        )
        raise BadValue("Subtotal", stated.written(stated.subtotal), expected.format(amount=stated.written(goods)))
    if discount > allowed:
        items, off, least = (stated.written(amount) for amount in (goods, allowed, goods - allowed))
        twice = next((name for name, count in Counter(names).items() if count > 1), "")
        expected = gettext("{least} at least: items {items} less Discount Amount {off} = {least}").format(
            least=least, items=items, off=off
        )
        if twice:
            copied = gettext("; the row {name} appears twice: remove the copy, or export the orders again")
            expected += copied.format(name=twice)
        raise BadValue("Subtotal", stated.written(stated.subtotal), expected)
    if stated.total > MAX_AMOUNT or goods > MAX_AMOUNT:
        raise BadValue("Total", str(stated.total), gettext("at most {amount}").format(amount=MAX_AMOUNT))
    for fee in {ZERO: 1, stated.outstanding: 1}:
        rest = stated.total - fee - stated.subtotal - stated.duties - stated.tip
        for low, high in _ranges(stated.shipping, allowed - discount):
            for taxes in (stated.taxes, ZERO):
                if low <= rest - taxes <= high:
                    return Settled(discount, taxes + stated.duties, rest - taxes, stated.taxes - taxes, fee)
    raise _unequal(stated)


def _ranges(shipping: Decimal, rest: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Return what shipping may have come to, most likely first: all of the rest off it, nothing off it, a part."""
    least = max(shipping - rest, ZERO)
    return [(least, least), (shipping, shipping), (least, shipping)]


def _unequal(stated: Stated) -> BadValue:
    with_tip = " + tip" if stated.tip else ""
    parts = stated.subtotal + stated.shipping + stated.taxes + stated.duties + stated.tip
    off, with_taxes, without = (
        stated.written(amount) for amount in (abs(stated.total - parts), parts, parts - stated.taxes)
    )
    expected = gettext(
        "{with_taxes} ({parts}) or {without} (taxes included in the prices); the difference is {off}. "
        "Export the orders again: rounding of cash changes the payment, never Total"
    )
    expected = expected.format(
        with_taxes=with_taxes, parts=f"Subtotal + Shipping + Taxes{with_tip}", without=without, off=off
    )
    return BadValue("Total", stated.written(stated.total), expected)


def spread_removed(outstanding: Decimal, tax: Decimal, nets: list[Decimal], pending: list[int]) -> tuple[int, ...]:
    """Return the pending lines that an edit removed: their price and tax are what is outstanding, to two cents.

    All of them, or one of them; nothing when neither fits.
    """
    goods = sum(nets, ZERO)
    for chosen in (tuple(pending), *((index,) for index in pending)):
        net = sum((nets[index] for index in chosen), ZERO)
        share = tax * net / goods if goods else ZERO
        if chosen and abs(net + share - outstanding) <= Decimal("0.02"):
            return chosen
    return ()
