"""Refunds: full and partial, by amount or by lines, before and after the payment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import in_currency, require_amount, unit_of
from orders.actions.change import Change, effect_or_conflict, lock_order
from orders.actions.stock import Cause, Reason, give_stock
from orders.lifecycle import NOTHING, Step, report_effect
from orders.models import Order, OrderEvent, OrderItem, Refund, RefundShare, Transaction
from orders.pricing import ZERO, AmountError, RefundableLine, RefundParts, RefundShares, allocate, price_refund

REFUNDED = ("refunded_amount", "refunded_quantity", "refunded_by_line", "refunded_tax_by_line")
"""What refunds change of an item."""


@transaction.atomic
def refund_order(
    *,
    order: Order,
    amount: Decimal | None = None,
    lines: Mapping[int, int] | None = None,
    parts: RefundParts | None = None,
    reason: str = "",
    restock: bool = False,
    gateway_transaction_id: str = "",
    version: int | None = None,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Refund:
    """Refund an order. `lines` maps item id → quantity; neither `amount` nor `lines` means all that is left.

    `parts` are what a source names of the amount.
    The refund that reaches the captured total makes the order REFUNDED. `restock` returns the named quantities to
    stock (all of them for a full refund). Raises Conflict naming both states when the order was not paid, saying what
    is left when more is asked for, or when the order is no longer at `version`; ValidationError for bad lines.
    """
    order, items = lock_order(order, version)
    effect_or_conflict(Step.REFUND, order)
    _check_request(amount, lines, items, order.currency)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    refund = _new_refund(change, amount, reason, restock, gateway_transaction_id)
    give_back(change, refund, amount=amount, lines=lines, parts=parts)
    change.record(OrderEvent.Kind.REFUNDED, reason)
    return refund


def preview_refund(*, order: Order, amount: Decimal | None = None, lines: Mapping[int, int] | None = None) -> Decimal:
    """Return what `refund_order` would give back, and change nothing. Raises Conflict, ValidationError as it does."""
    items = list(OrderItem.objects.filter(order=order).order_by("pk"))
    _check_request(amount, lines, items, order.currency)
    if lines is not None:
        return price_of_refund(order, items, None, lines).amount
    if amount is not None and amount > order.sales:
        raise _too_much(order)
    return order.sales if amount is None else amount


@transaction.atomic
def apply_provider_refund(
    *,
    order: Order,
    amount: Decimal | None = None,
    reason: str = "",
    restock: bool = False,
    gateway_transaction_id: str = "",
    at: datetime | None = None,
    source: str = "",
) -> Refund | None:
    """Apply a refund that a payment provider reports; it is never refused. `amount` None means all that is left.

    It is cut to what is left, waits for the payment if it arrives before it, and is None when nothing is left to
    change. Raises ValidationError for an amount that is not above zero.
    """
    order, items = lock_order(order)
    effect = report_effect(Step.REFUND, order.status, order.money)
    if effect == NOTHING:
        return None
    _check_request(amount, None, items, order.currency)
    amount = _cut_to_left(order, amount)
    if amount == 0 and order.total_amount > 0:
        return None
    change = Change(order, items, at=at or timezone.now(), actor=None, source=source)
    refund = _new_refund(change, amount, reason, restock, gateway_transaction_id)
    if effect.announces:
        _announce(change, refund)
    else:
        give_back(change, refund, amount=amount)
        change.record(OrderEvent.Kind.REFUNDED, reason)
    return refund


def _new_refund(
    change: Change, amount: Decimal | None, reason: str, restock: bool, gateway_transaction_id: str
) -> Refund:
    return Refund(
        store_id=change.order.store_id,
        order=change.order,
        amount=amount if amount is not None else ZERO,
        currency=change.order.currency,
        reason=reason,
        restock=restock,
        gateway_transaction_id=gateway_transaction_id,
        created_at=change.at,
        created_by=change.actor,
    )


def _check_request(
    amount: Decimal | None, lines: Mapping[int, int] | None, items: list[OrderItem], currency: str
) -> None:
    if amount is not None:
        require_amount("amount", amount, currency=currency, above_zero=True)
    if lines is None:
        return
    by_id = {item.pk: item for item in items}
    if not lines:
        raise invalid("lines", gettext("Name at least one line item."))
    for pk, pieces in lines.items():
        if pk not in by_id:
            raise invalid("lines", gettext("There is no item {pk} on this order.").format(pk=pk))
        if pieces < 1:
            raise invalid("lines", gettext("Enter a quantity of at least 1."))
        left = by_id[pk].quantity - by_id[pk].refunded_quantity
        if pieces > left:
            raise Conflict(
                gettext("Only {left} of {item} (item {pk}) can still be refunded.").format(
                    left=left, item=by_id[pk].name, pk=pk
                )
            )


def _cut_to_left(order: Order, amount: Decimal | None) -> Decimal:
    """Return what a provider's refund can still change: what is left of the captured money, or not announced yet."""
    announced = order.refunds.filter(settled_at__isnull=True).aggregate(sum=Sum("amount"))["sum"] or ZERO
    whole = order.captured_amount or order.total_amount
    left: Decimal = whole - order.refunded_amount - announced
    return left if amount is None else min(amount, left)


def _announce(change: Change, refund: Refund) -> None:
    """Keep a refund that is ahead of its payment; announced in full, the order counts as refunded from now on."""
    order = change.order
    left = _cut_to_left(order, None)
    refund.save()
    if refund.amount >= left:
        if order.status in (Order.Status.PENDING, Order.Status.PROCESSING):
            give_stock(change.items, Cause(order, Reason.REFUNDED, change.at))
        order.status, order.payment_status = Order.Status.REFUNDED, Order.PaymentStatus.REFUNDED
        order.refunded_at = change.at
    # its payment is still to come: the pending record stays, as it would had the payment come first
    change.awaits_payment = False
    change.record(OrderEvent.Kind.REFUND_ANNOUNCED, refund.reason)


def settle_announced(change: Change) -> None:
    """Let the refunds that were reported before the payment take effect, as far as what was captured goes."""
    order = change.order
    for refund in Refund.objects.filter(order=order, settled_at__isnull=True).order_by("pk"):
        refund.amount = min(refund.amount, order.captured_amount - order.refunded_amount)
        give_back(change, refund)


def give_back(
    change: Change,
    refund: Refund,
    *,
    amount: Decimal | None = None,
    lines: Mapping[int, int] | None = None,
    parts: RefundParts | None = None,
) -> None:
    """Let a refund take effect on the order's captured money: amounts, shares by line, stock, payment status.

    A refund that was announced carries its amount. What an edit left overpaid goes back first, unless lines or parts
    are named. The caller records the change. Raises Conflict when more is asked for than is left.
    """
    order, items = change.order, change.items
    amount = refund.amount if refund.pk else amount
    if amount is not None and amount > order.sales:
        raise _too_much(order)
    if order.edited_at and lines is None and parts is None:
        refund.overpayment_amount = order.overpaid if amount is None else min(order.overpaid, amount)
        order.overpayment_refunded += refund.overpayment_amount
        order.refunded_amount += refund.overpayment_amount
        amount = None if amount is None else amount - refund.overpayment_amount
    shares = price_of_refund(order, items, amount, lines, parts)
    refund.shipping_amount = None if parts is None else parts.shipping
    refund.amount = shares.amount + refund.overpayment_amount
    refund.tax_amount, refund.settled_at = shares.tax, change.at
    refund.save()
    _save_shares(refund, items, shares, lines or {})
    change.book(Transaction.Kind.REFUND, Transaction.Status.APPROVED, refund.amount, refund.gateway_transaction_id)
    order.refunded_amount, order.refunded_tax = order.refunded_amount + shares.amount, shares.refunded_tax
    full = order.refunded_amount == order.captured_amount
    if order.is_completed and order.refunded_amount > 0:
        order.payment_status = Order.PaymentStatus.PARTIALLY_REFUNDED
    if full:
        order.payment_status = Order.PaymentStatus.REFUNDED
        order.refunded_at = order.refunded_at or change.at
        if order.status != Order.Status.CANCELED:
            order.status = Order.Status.REFUNDED
    if refund.restock:
        give_stock(items, Cause(order, Reason.REFUNDED, change.at), None if full else dict(lines or {}))


def _too_much(order: Order) -> Conflict:
    left = in_currency(order.sales, order.currency)
    return Conflict(gettext("Refund refused: at most {left} is left to refund.").format(left=left))


def price_of_refund(
    order: Order,
    items: list[OrderItem],
    amount: Decimal | None,
    lines: Mapping[int, int] | None = None,
    parts: RefundParts | None = None,
) -> RefundShares:
    """Return what a refund (0: all refunds so far) moves on the lines and the tax. Raises Conflict: too much."""
    named = order.refunds.filter(settled_at__isnull=False).aggregate(sum=Sum("shipping_amount"))["sum"] or ZERO
    nets = [item.captured_of(order) for item in items]
    tax = order.tax + order.refunded_tax
    taxes = [item.tax_share for item in items]
    if tax < order.tax_amount:
        taxes = allocate(tax, taxes, unit_of(order.currency)) if any(taxes) else taxes
    try:
        return price_refund(
            [
                RefundableLine(
                    net=net,
                    tax=line_tax,
                    quantity=item.quantity,
                    returned=item.refunded_quantity,
                    by_line=item.refunded_by_line,
                    tax_by_line=item.refunded_tax_by_line,
                    refunded=item.refunded_amount,
                )
                for item, net, line_tax in zip(items, nets, taxes, strict=True)
            ],
            total=order.paid_amount,
            refunded=order.refunded_amount - order.overpayment_refunded,
            shipping=order.paid_amount - sum(nets, tax),
            tax=tax,
            refunded_tax=order.refunded_tax,
            amount=amount,
            pieces=None if lines is None else [lines.get(item.pk, 0) for item in items],
            parts=parts,
            named_shipping=named,
            unit=unit_of(order.currency),
        )
    except AmountError as error:
        raise Conflict(gettext("Refund refused: {error}.").format(error=error)) from error


def _save_shares(refund: Refund, items: list[OrderItem], shares: RefundShares, lines: Mapping[int, int]) -> None:
    rows = []
    for item, share in zip(items, shares.lines, strict=True):
        item.refunded_amount, item.refunded_quantity = share.refunded, share.returned
        item.refunded_by_line, item.refunded_tax_by_line = share.by_line, share.tax_by_line
        if share.amount or item.pk in lines:
            rows.append(RefundShare(refund=refund, item=item, quantity=lines.get(item.pk, 0), amount=share.amount))
    RefundShare.objects.bulk_create(rows)
    OrderItem.objects.bulk_update(items, REFUNDED)
