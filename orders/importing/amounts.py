"""What the amounts of an exported order mean here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dealport.kit.money import MAX_AMOUNT
from orders.importing.problems import BadValue
from orders.pricing import ZERO


@dataclass(frozen=True)
class Stated:
    """The amounts of the export: `subtotal` is what the goods cost after discounts, `discount` the order's own."""

    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    taxes: Decimal
    duties: Decimal
    total: Decimal


@dataclass(frozen=True)
class Settled:
    """The same as an order keeps them: goods − discount + tax + shipping = the stated total.

    `included_tax` is what the prices contain already; the order's tax is 0 then.
    """

    discount: Decimal
    tax: Decimal
    shipping: Decimal
    included_tax: Decimal = ZERO


def settle(goods: Decimal, line_discounts: Decimal, stated: Stated) -> Settled:
    """Find the discount, tax and shipping that add up to the stated total, or raise BadValue.

    - What was taken off the goods is goods − Subtotal: not below 0, at most Discount Amount + Lineitem discounts.
      What is left of the discounts was taken off the shipping; Shopify gives Shipping with or without that.
    - Total = Subtotal + Shipping + Taxes + Duties, or without Taxes in stores whose prices include them.
    """
    discount = goods - stated.subtotal
    allowed = stated.discount + line_discounts
    if discount < 0:
        raise BadValue("Subtotal", str(stated.subtotal), f"at most {goods}, the sum of the items")
    if discount > allowed:
        least = goods - allowed
        raise BadValue("Subtotal", str(stated.subtotal), f"at least {least}: items {goods} less discounts {allowed}")
    if stated.total > MAX_AMOUNT or goods > MAX_AMOUNT:
        raise BadValue("Total", str(stated.total), f"at most {MAX_AMOUNT}")
    lowest = max(stated.shipping - (allowed - discount), ZERO)
    for shippings in ((stated.shipping, stated.shipping), (lowest, stated.shipping)):
        for taxes in (stated.taxes, ZERO):
            shipping = stated.total - stated.subtotal - taxes - stated.duties
            if shippings[0] <= shipping <= shippings[1]:
                return Settled(discount, taxes + stated.duties, shipping, stated.taxes - taxes)
    with_taxes = stated.subtotal + stated.shipping + stated.taxes + stated.duties
    raise BadValue(
        "Total",
        str(stated.total),
        f"{with_taxes} (Subtotal + Shipping + Taxes) or {with_taxes - stated.taxes} (taxes included in the prices)",
    )
