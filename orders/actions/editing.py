"""Edits of orders before they are delivered: lines, quantities, shipping fee, discount and tax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.values import FieldValues
from orders.actions.change import ENDED, Change, effect_or_conflict, lock_order
from orders.actions.edit_pricing import EditRequest, amounts_of, apply_request, differences
from orders.actions.refunds import refund_order
from orders.actions.shipping import pieces_left, pieces_sent
from orders.actions.stock import Cause, Reason, not_enough, take_pieces
from orders.lifecycle import EDITABLE, PROCESSING, SHIPPED, Step
from orders.models import (
    AmountPart,
    CaptureShare,
    Order,
    OrderEdit,
    OrderEditLine,
    OrderEvent,
    OrderItem,
    Product,
    Refund,
    Transaction,
)
from orders.models.standing import INCLUDED_TAX, PartKey
from orders.pricing import ZERO

EDITED_FIELDS = (
    "subtotal",
    "discount",
    "tax_amount",
    "included_tax",
    "shipping_fee",
    "tip",
    "total_amount",
    "edited_at",
)
ITEM_FIELDS = (
    "quantity",
    "line_total",
    "discount_share",
    "tax_share",
    "captured_amount",
    "refunded_amount",
    "refunded_by_line",
    "refunded_tax_by_line",
    "stock_taken",
    "removed_at",
)


@dataclass(frozen=True)
class Edited:
    """What an edit made, or would make, of an order: the order (unsaved in a preview), what changes, the refund."""

    order: Order
    changes: FieldValues
    edit: OrderEdit | None = None
    refund: Refund | None = None


def preview_edit(*, order: Order, request: EditRequest, at: datetime | None = None) -> Edited:
    """Work out what `edit_order` would do, and write nothing. Raises what it would raise."""
    order = Order.objects.select_related("store", "coupon").get(pk=order.pk)
    items = list(OrderItem.objects.filter(order=order).order_by("pk"))
    _check_status(order)
    before, pieces = amounts_of(order), {item.pk: item.quantity for item in items}
    lines = apply_request(order, items, request, at or timezone.now())
    changes = _changes_or_refused(order, before, lines, pieces)
    _check_stock(lines, pieces)
    return Edited(order, changes)


@transaction.atomic
def edit_order(
    *,
    order: Order,
    request: EditRequest,
    reason: str = "",
    refund_difference: bool = False,
    version: int | None = None,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Edited:
    """Edit an order that has not been delivered, at current prices for what is added; stock is taken and returned.

    No money moves: a paid order stays paid, with an outstanding amount where it became dearer and an overpaid one
    where it became cheaper, which `refund_difference` gives back at once. A part payment that covers the new total
    completes the order. Raises ValidationError naming the field for bad values or when nothing changes, Conflict when
    the order was delivered or ended, for pieces that were shipped or refunded, and when stock is gone.
    """
    order, items = lock_order(order, version)
    if not request.is_stated:
        _check_status(order)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    _state_whole_payment(change)
    _state_parts(change)
    before, pieces = amounts_of(order), {item.pk: item.quantity for item in items}
    old = {item.pk: (item.captured_of(order), item.refunded_amount) for item in items}
    products = {item.product_id for item in items}
    was_sold, tax = order.completed_at is not None, order.tax
    lines = apply_request(order, items, request, change.at)
    _save_lines(lines, pieces, Cause(order, Reason.EDITED, change.at), takes_stock=not request.is_stated)
    change.items, change.saved = lines, (*Order.CHANGED_BY_STEPS, *EDITED_FIELDS)
    _complete_if_covered(change)
    _ship_or_reopen(change)
    change.await_anew()
    changes = _changes_or_refused(order, before, lines, pieces)
    event = change.record(OrderEvent.Kind.EDITED, "; ".join(filter(None, [described(changes), reason])))
    edit = OrderEdit.objects.create(
        store_id=order.store_id,
        order=order,
        event=event,
        at=change.at,
        reason=reason,
        changes=changes,
        tax_amount=order.tax - tax,
    )
    _save_moves(edit, order, lines, pieces, old, products, counts_units=was_sold)
    refund = None
    if refund_difference and order.overpaid:
        refund = refund_order(
            order=order,
            amount=order.overpaid,
            reason=reason or "order edited",
            at=change.at,
            actor=actor,
            source=source,
        )
        order = refund.order
    return Edited(order, changes, edit, refund)


def described(changes: FieldValues) -> str:
    """Return an edit's changes in words: `Mug 2 → 3; shipping fee 5.00 → 0.00`."""
    texts = [f"{line['name']} {line['before']} → {line['after']}" for line in changes["lines"]]
    names = {
        "discount": "discount",
        "taxAmount": "tax",
        "shippingFee": "shipping fee",
        "tip": "tip",
        "totalAmount": "total",
    }
    texts += [f"{words} {changes[name][0]} → {changes[name][1]}" for name, words in names.items() if name in changes]
    return "; ".join(texts)


def _check_status(order: Order) -> None:
    if order.status not in EDITABLE:
        raise Conflict(gettext("An order that is {status} cannot be edited.").format(status=gettext(order.status)))


def _changes_or_refused(
    order: Order, before: dict[str, Decimal], lines: Sequence[OrderItem], pieces: dict[int, int]
) -> FieldValues:
    changes = differences(order, before, lines, pieces)
    if changes == {"lines": []}:
        raise invalid("lines", gettext("Change at least one line or amount."))
    return changes


def _state_whole_payment(change: Change) -> None:
    """Write out what falls on tax and lines of a payment that captured the whole order, before the order changes."""
    order, items = change.order, change.items
    whole = Transaction.objects.filter(
        order=order, kind=Transaction.Kind.PAYMENT, status=Transaction.Status.APPROVED, tax_amount__isnull=True
    ).first()
    if whole is None or not order.captured_amount:
        return
    Transaction.objects.filter(pk=whole.pk).update(tax_amount=order.tax_amount)
    CaptureShare.objects.bulk_create(
        CaptureShare(transaction=whole, item=item, amount=item.net) for item in items if item.net
    )
    for item in items:
        change.before_parts[item.pk, True] += item.tax_share
    change.before_parts[INCLUDED_TAX] += order.included_tax


def _state_parts(change: Change) -> None:
    """Write out the parts of payments of before such parts were kept, as the order changes now."""
    order = change.order
    parts = AmountPart.objects.filter(order=order).values_list("item", "is_tax").annotate(sum=Sum("amount"))
    known: dict[PartKey, Decimal] = {(pk, is_tax): added for pk, is_tax, added in parts}
    missing = {key: part - known.get(key, ZERO) for key, part in change.before_parts.items()}
    if not any(missing.values()):
        return
    paid = Transaction.objects.filter(order=order, kind=Transaction.Kind.PAYMENT, status=Transaction.Status.APPROVED)
    at = paid.latest("created_at").created_at
    AmountPart.objects.bulk_create(
        AmountPart(store_id=order.store_id, order=order, item_id=pk, is_tax=is_tax, at=at, amount=part)
        for (pk, is_tax), part in missing.items()
        if part
    )


def _check_stock(lines: Sequence[OrderItem], pieces: dict[int, int]) -> None:
    """Refuse a preview that takes more than there is."""
    more: Counter[int] = Counter()
    for item in lines:
        more[item.product_id] += item.quantity - pieces.get(item.pk, 0)
    for product in Product.objects.filter(pk__in=more, stock__isnull=False).order_by("pk"):
        if more[product.pk] > (product.stock or 0):
            raise not_enough(product)


def _save_lines(lines: Sequence[OrderItem], pieces: dict[int, int], cause: Cause, *, takes_stock: bool) -> None:
    """Save the lines, and take and return stock: what a line holds never exceeds its pieces."""
    known = Product.objects.filter(pk__in={item.product_id for item in lines}, stock__isnull=False)
    counted = set(known.values_list("pk", flat=True)) if takes_stock else set()
    taken: Counter[int] = Counter()
    for item in lines:
        more = item.quantity - pieces.get(item.pk, 0)
        held = item.stock_taken if item.pk else 0
        if more > 0 and item.product_id in counted:
            item.stock_taken = held + more
        elif more < 0:
            item.stock_taken = held - min(-more, held)
        taken[item.product_id] += item.stock_taken - held
    take_pieces(taken, cause)
    OrderItem.objects.bulk_update([item for item in lines if item.pk], ITEM_FIELDS)
    OrderItem.objects.bulk_create([item for item in lines if not item.pk])


def _complete_if_covered(change: Change) -> None:
    """Complete an order that was paid in part, or is free now, once nothing is outstanding."""
    order = change.order
    if (
        order.is_completed
        or order.outstanding
        or order.status in ENDED
        or (order.total_amount and not order.captured_amount)
    ):
        return
    change.apply(effect_or_conflict(Step.PAY, order))
    if order.refunded_amount:
        order.payment_status = Order.PaymentStatus.PARTIALLY_REFUNDED


def _ship_or_reopen(change: Change) -> None:
    """Let the status follow the pieces: all have left, or some have not any more."""
    order = change.order
    sent = pieces_sent(order)
    left = any(pieces_left(change.items, sent).values())
    if order.status == SHIPPED and left:
        order.status = PROCESSING
    elif order.status == PROCESSING and sent and not left:
        change.apply(effect_or_conflict(Step.SHIP, order))


def _save_moves(
    edit: OrderEdit,
    order: Order,
    lines: Sequence[OrderItem],
    pieces: dict[int, int],
    old: dict[int, tuple[Decimal, Decimal]],
    products: set[int],
    *,
    counts_units: bool,
) -> None:
    """Write what the edit moved of each line. `counts_units`: the order was paid in full before the edit."""
    rows = []
    for item in lines:
        captured, refunded = old.get(item.pk, (ZERO, ZERO))
        quantity = item.quantity - pieces.get(item.pk, 0)
        row = OrderEditLine(
            edit=edit,
            item=item,
            quantity=quantity,
            units_sold=quantity if counts_units else 0,
            captured=item.captured_of(order) - captured,
            refunded=item.refunded_amount - refunded,
            orders=int(item.product_id not in products),
        )
        products.add(item.product_id)
        if row.quantity or row.captured or row.refunded or row.orders:
            rows.append(row)
    OrderEditLine.objects.bulk_create(rows)
