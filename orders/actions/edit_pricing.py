"""What an edit makes of an order, in memory: lines, amounts, and how money that is there already falls on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import MAX_AMOUNT, in_currency, require_amount, unit_of
from dealport.kit.values import FieldValues
from orders.actions.placing import MAX_LINES, MAX_QUANTITY, ItemRequest, goods_of, order_item
from orders.actions.refunds import price_of_refund
from orders.actions.shipping import pieces_sent
from orders.models import Coupon, Order, OrderItem
from orders.pricing import ZERO, Line, fill_up, percentage_of, price_order, quantize

AMOUNTS = {
    "discount": "discount",
    "taxAmount": "tax_amount",
    "shippingFee": "shipping_fee",
    "tip": "tip",
    "totalAmount": "total_amount",
}
"""Name in the answers → field of the order: what an edit can change besides lines."""


@dataclass(frozen=True)
class EditRequest:
    """What to change: `quantities` maps item id → pieces (0 removes the line), `additions` are products to add.

    None keeps an amount: a coupon of a percentage is worked out anew, any other discount stays, the tax follows the
    goods, and the tax included in prices the total. `is_stated`: the edit happened at the order's source, which names
    `new_items` at its own prices (unsaved), the `shares` of discount and tax of all lines, those included, the tip and
    the tax included in prices. It leaves stock alone, and what left or was given back before, or that the order has
    ended, refuses it no more.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    additions: Sequence[ItemRequest] = ()
    shipping_fee: Decimal | None = None
    discount: Decimal | None = None
    tax_amount: Decimal | None = None
    new_items: Sequence[OrderItem] = ()
    shares: Sequence[tuple[Decimal, Decimal]] | None = None
    tip: Decimal | None = None
    included_tax: Decimal | None = None
    is_stated: bool = False


def apply_request(order: Order, items: list[OrderItem], request: EditRequest, at: datetime) -> list[OrderItem]:
    """Change `order` and `items` in memory as the request says; return all lines, new ones unsaved at the end.

    Raises ValidationError naming the field, Conflict for what has left, or has been given back, already.
    """
    parts = _captured_parts(order, items)
    old_net = sum((item.net for item in items), ZERO)
    was = [(item.quantity, item.unit_price) for item in items]
    _set_quantities(order, items, request, at)
    lines = [*items, *_added(order, items, request), *request.new_items]
    is_same = was == [(item.quantity, item.unit_price) for item in lines]
    _set_amounts(order, lines, request, old_net, keeps_shares=is_same)
    if order.captured_amount:
        if request.is_stated:
            _cap_named_refunds(order, lines, parts)
        _spread_money(order, lines, parts)
    order.edited_at = at
    return lines


def differences(
    order: Order, before: Mapping[str, Decimal], lines: Sequence[OrderItem], pieces: Mapping[int, int]
) -> FieldValues:
    """Return what the edit changes, as people read it: lines and amounts, each before and after."""
    moved = [
        {
            "itemId": item.pk,
            "productId": item.product_id,
            "name": item.name,
            "sku": item.sku,
            "unitPrice": str(in_currency(item.unit_price, order.currency)),
            "before": pieces.get(item.pk, 0),
            "after": item.quantity,
        }
        for item in lines
        if item.quantity != pieces.get(item.pk, 0)
    ]
    after = amounts_of(order)
    amounts = {
        name: [str(in_currency(amount, order.currency)) for amount in (before[name], after[name])]
        for name in AMOUNTS
        if before[name] != after[name]
    }
    return {"lines": moved, **amounts}


def amounts_of(order: Order) -> dict[str, Decimal]:
    """Return the order's amounts that an edit can change."""
    return {name: getattr(order, column) for name, column in AMOUNTS.items()}


def _set_quantities(order: Order, items: Sequence[OrderItem], request: EditRequest, at: datetime) -> None:
    by_id = {item.pk: item for item in items}
    sent = pieces_sent(order) if request.quantities else {}
    for pk, quantity in request.quantities.items():
        item = by_id.get(pk)
        if item is None:
            raise invalid("lines", gettext("There is no item {pk} on this order.").format(pk=pk))
        if not 0 <= quantity <= MAX_QUANTITY:
            raise invalid(
                "lines", gettext("Enter a quantity from 0 to {max_quantity}.").format(max_quantity=MAX_QUANTITY)
            )
        kept = item.refunded_quantity if request.is_stated else max(sent.get(pk, 0), item.refunded_quantity)
        if quantity < kept:
            raise Conflict(
                gettext("{kept} of {item} (item {pk}) have been shipped or refunded already.").format(
                    kept=kept, item=item.name, pk=pk
                )
            )
        if (item.quantity < 0 or item.unit_price < 0) and not request.is_stated:
            raise Conflict(
                gettext("{item} (item {pk}) came back in an exchange and cannot be edited.").format(
                    item=item.name, pk=pk
                )
            )
        item.quantity, item.line_total = quantity, item.unit_price * quantity
        item.removed_at = None if quantity else item.removed_at or at


def _added(order: Order, items: Sequence[OrderItem], request: EditRequest) -> list[OrderItem]:
    """Return the new lines; more of a product that is there at the same price goes on its line."""
    if not request.additions:
        return []
    wanted, products = goods_of(order.store, request.additions, "add")
    added = []
    for pk, quantity in wanted.items():
        product = products[pk]
        same = [item for item in items if item.product_id == pk and item.unit_price == product.price and item.quantity]
        if not same:
            added.append(order_item(order, product, quantity))
            continue
        if same[0].quantity + quantity > MAX_QUANTITY:
            raise invalid(
                "add", gettext("Enter a quantity from 1 to {max_quantity}.").format(max_quantity=MAX_QUANTITY)
            )
        same[0].quantity += quantity
        same[0].line_total = same[0].unit_price * same[0].quantity
    if len(items) + len(added) > MAX_LINES:
        raise invalid("add", gettext("An order has at most {max_lines} items.").format(max_lines=MAX_LINES))
    return added


def _set_amounts(
    order: Order, lines: Sequence[OrderItem], request: EditRequest, old_net: Decimal, *, keeps_shares: bool
) -> None:
    if not (request.is_stated or any(item.quantity for item in lines)):
        raise invalid("lines", gettext("Keep at least one item, or cancel the order."))
    subtotal = sum((item.line_total for item in lines), ZERO)
    discount = _discount(order, request, subtotal)
    shipping = order.shipping_fee if request.shipping_fee is None else request.shipping_fee
    require_amount("shippingFee", shipping, currency=order.currency)
    tax = _tax(order, request, subtotal - discount, old_net)
    order.tip = order.tip if request.tip is None else request.tip
    if subtotal + tax + shipping + order.tip > MAX_AMOUNT:
        raise invalid("lines", gettext("The order's total is too large."))
    if request.shares is not None:
        for item, (less, vat) in zip(lines, request.shares, strict=True):
            item.discount_share, item.tax_share = less, vat
    elif not (keeps_shares and discount == order.discount and tax == order.tax_amount):
        priced = [Line(item.unit_price, item.quantity) for item in lines]
        totals = price_order(priced, discount=discount, tax=tax, unit=unit_of(order.currency))
        for item, less, vat in zip(lines, totals.discount_shares, totals.tax_shares, strict=True):
            item.discount_share, item.tax_share = less, vat
    order.subtotal, order.discount, order.tax_amount, order.shipping_fee = subtotal, discount, tax, shipping
    old_total = order.total_amount
    order.total_amount = subtotal - discount + tax + shipping + order.tip
    if request.included_tax is not None:
        order.included_tax = request.included_tax
    elif order.included_tax and old_total:
        order.included_tax = quantize(order.included_tax * order.total_amount / old_total, unit_of(order.currency))


def _discount(order: Order, request: EditRequest, subtotal: Decimal) -> Decimal:
    if request.discount is not None:
        require_amount("discount", request.discount, currency=order.currency)
        if request.discount > subtotal:
            raise invalid(
                "discount",
                gettext("Enter an amount up to {subtotal}, the price of all items.").format(
                    subtotal=in_currency(subtotal, order.currency)
                ),
            )
        return request.discount
    coupon: Coupon | None = order.coupon
    if coupon is not None and coupon.kind == Coupon.Kind.PERCENT:
        unit = unit_of(order.currency)
        if order.discount == min(percentage_of(order.subtotal, coupon.value, unit), order.subtotal):
            return min(percentage_of(subtotal, coupon.value, unit), subtotal)
    kept: Decimal = min(order.discount, subtotal)
    return kept


def _tax(order: Order, request: EditRequest, net: Decimal, old_net: Decimal) -> Decimal:
    if request.tax_amount is not None:
        require_amount("taxAmount", request.tax_amount, currency=order.currency)
        return request.tax_amount
    tax: Decimal = order.tax_amount
    return quantize(tax * max(net, ZERO) / old_net, unit_of(order.currency)) if old_net > 0 else tax


def _captured_parts(order: Order, items: Sequence[OrderItem]) -> list[Decimal]:
    """Return what was captured of each line, of the tax, and of all else."""
    nets = [item.captured_of(order) for item in items]
    tax = order.tax + order.refunded_tax
    return [*nets, tax, order.paid_amount - sum(nets, tax)]


def _cap_named_refunds(order: Order, lines: Sequence[OrderItem], parts: list[Decimal]) -> None:
    """Let refunds that named a line fall on the whole order as far as they exceed what the line costs now."""
    spread = _spread(order, lines, parts)
    tax = spread[-2]
    for item, captured in zip(lines, spread, strict=False):
        item.refunded_by_line = min(item.refunded_by_line, captured)
        item.refunded_tax_by_line = min(item.refunded_tax_by_line, tax)
        tax -= item.refunded_tax_by_line


def _spread(order: Order, lines: Sequence[OrderItem], parts: list[Decimal]) -> list[Decimal]:
    """Return what of the money that is there falls on each line, on the tax, and on all else."""
    new = len(lines) + 2 - len(parts)
    known = [*parts[:-2], *[ZERO] * new, *parts[-2:]]
    wholes = [*(item.net for item in lines), order.tax_amount, order.shipping_fee + order.tip]
    return fill_up(known, wholes, order.paid_amount, unit_of(order.currency))


def _spread_money(order: Order, lines: Sequence[OrderItem], parts: list[Decimal]) -> None:
    """Let what was captured, and what was given back of it, fall on the lines as they are now.

    Each line keeps what it had as far as it still costs it; what is freed fills what is missing, the rest is overpaid.
    """
    spread = _spread(order, lines, parts)
    order.captured_tax = spread[-2]
    for item, captured in zip(lines, spread, strict=False):
        item.captured_amount = captured
        if item.refunded_by_line > captured:
            raise Conflict(
                gettext("{refunded_by_line} of {item} (item {pk}) has been refunded: it cannot cost less.").format(
                    refunded_by_line=in_currency(item.refunded_by_line, order.currency), item=item.name, pk=item.pk
                )
            )
    if sum((item.refunded_tax_by_line for item in lines), ZERO) > order.captured_tax:
        raise Conflict(gettext("More tax has been refunded than the order would have."))
    if order.refunded_amount:
        refunded = price_of_refund(order, list(lines), ZERO)
        for item, share in zip(lines, refunded.lines, strict=True):
            item.refunded_amount = share.refunded
        order.refunded_tax = refunded.refunded_tax
