"""What a source order means here: an order to be written, with the steps of its life. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from dealport.kit.values import FieldValues, Json
from orders.actions.shipping import is_web_address
from orders.bulk import BulkItem, BulkOrder, BulkStep, Step
from orders.discount_codes import joined
from orders.pricing import ZERO, RefundParts
from orders.sources.description import SourceFulfillment, SourceOrder, SourceRefund

NO_PRODUCT = 0
PREPAID = "prepaid"
NOTE_CHARACTERS = 2_000
TRACKING_CHARACTERS, CARRIER_CHARACTERS, URL_CHARACTERS = 100, 80, 500
RANKS = {Step.PAY: 0, Step.SHIP: 1, Step.CANCEL: 1, Step.REFUND: 2}
"""What comes first of what happened at one moment."""


def bulk_order(order: SourceOrder, now: datetime, expiry: timedelta, actor_label: str) -> BulkOrder:
    """Return the order to write; its customer, coupon and products are not looked up yet (`product_id` 0)."""
    return BulkOrder(
        placed_at=order.placed_at,
        items=[
            BulkItem(NO_PRODUCT, line.name, line.unit_price, line.quantity, line.sku, discount=line.discount)
            for line in order.lines
        ],
        steps=steps_of(order, now, expiry, actor_label),
        number=order.name,
        discount=order.discount,
        tax=order.tax,
        shipping=order.shipping,
        tip=order.tip,
        included_tax=order.included_tax,
        coupon_code=joined(order.discount_codes),
        payment_method=order.payment_method,
        channel=order.channel,
        tags=order.tags,
        source=actor_label,
        is_imported=True,
        **details_of(order),
    )


def details_of(order: SourceOrder) -> FieldValues:
    """Return the fields of an order that follow its source besides lines and money."""
    shipping, billing = order.shipping_address or {}, order.billing_address or {}
    return {
        "country": kept_country(shipping, billing),
        "shipping_address": shipping or billing,
        "billing_address": billing or shipping,
        "payment_terms": order.terms or PREPAID,
        "due_on": order.due_on,
        "notes": "\n".join(order.notes or ())[:NOTE_CHARACTERS],
    }


def kept_country(shipping: Json, billing: Json) -> str:
    """Return the country an order counts under: where it goes to, else where its bill does."""
    return shipping.get("country") or billing.get("country") or ""


def steps_of(order: SourceOrder, now: datetime, expiry: timedelta, actor_label: str) -> list[BulkStep]:
    """Return what happened after placing, oldest first; nothing happens before what it follows from.

    An order that asks for nothing is paid and complete when placed. A prepaid one that nothing was paid for expires
    at its due moment, however long ago that was.
    """
    steps = _ends(order, now, expiry)
    latest = order.placed_at
    for step in steps:
        step.at = latest = max(latest, step.at)
        step.source = actor_label
    return steps


def _ends(order: SourceOrder, now: datetime, expiry: timedelta) -> list[BulkStep]:
    due, total = order.placed_at + expiry, order.total
    if total and order.void_at:
        return [BulkStep(Step.REFUSE, order.void_at)]
    if total and order.is_expired:
        return [BulkStep(Step.EXPIRE, order.canceled_at or min(due, order.updated_at or now))]
    payments = _payments(order, total) if total else []
    refunds = [refund_step(refund, len(order.lines)) for refund in order.refunds]
    moves = [*payments, *refunds, *_moves(order, refunds)]
    is_authorized = bool(total) and order.is_authorized and not payments
    authorized = [BulkStep(Step.AUTHORIZE, order.placed_at)] if is_authorized else []
    if not moves and not authorized and total and order.terms in ("", PREPAID) and due <= now:
        return [BulkStep(Step.EXPIRE, due)]
    moves.sort(key=lambda step: (max(step.at, order.placed_at), RANKS[step.step]))
    return [*authorized, *_taken_up(total, _after_their_payments(moves))]


def _moves(order: SourceOrder, refunds: list[BulkStep]) -> list[BulkStep]:
    """Return the shipment, before a refund that ends the order, and the cancellation, at their own moments.

    What was canceled was shipped if its source dates that before.
    """
    parcel, canceled_at = order.fulfillment, order.canceled_at
    steps = []
    if parcel:
        is_ended = bool(refunds) and order.refunded >= order.received
        last_refund = max(step.at for step in refunds) if is_ended else None
        at = min(parcel.at, last_refund or parcel.at)
        if not canceled_at or (parcel.is_dated and at <= canceled_at):
            steps.append(BulkStep(Step.SHIP, at, **_tracking(parcel)))
    if canceled_at:
        steps.append(BulkStep(Step.CANCEL, canceled_at, keeps_money=True))
    return steps


def _tracking(parcel: SourceFulfillment) -> FieldValues:
    """Return how to follow a parcel, as far as a parcel here has a place for it."""
    return {
        "tracking_number": parcel.tracking_number[:TRACKING_CHARACTERS],
        "carrier": parcel.carrier[:CARRIER_CHARACTERS],
        "tracking_url": parcel.url if len(parcel.url) <= URL_CHARACTERS and is_web_address(parcel.url) else "",
    }


def _after_their_payments(moves: list[BulkStep]) -> list[BulkStep]:
    """Let refunds that a source dates before the payments they are of (paid by a later mark) wait for these."""
    steps: list[BulkStep] = []
    waiting: list[BulkStep] = []
    left = ZERO
    for step in moves:
        if step.step is Step.PAY:
            left += step.amount or ZERO
        waiting += [step] if step.step is Step.REFUND else []
        steps += [step] if step.step is not Step.REFUND else []
        while waiting and (waiting[0].amount or ZERO) <= left:
            left -= waiting[0].amount or ZERO
            steps.append(waiting.pop(0))
    return [*steps, *waiting]


def _taken_up(total: Decimal, moves: list[BulkStep]) -> list[BulkStep]:
    """Put PROCESS before the shipment of what is not paid by then."""
    steps: list[BulkStep] = []
    received = ZERO
    is_paid = not total
    for step in moves:
        if step.step is Step.PAY:
            received += step.amount or ZERO
            is_paid = is_paid or step.settles or received >= total
        if step.step is Step.SHIP and not is_paid:
            steps.append(BulkStep(Step.PROCESS, step.at))
        steps.append(step)
    return steps


def _payments(order: SourceOrder, total: Decimal) -> list[BulkStep]:
    """Return the payments; what settles the order is said with the last one."""
    payments = [payment for payment in order.payments if not payment.failed]
    sums = accumulate(payment.amount for payment in payments)
    return [
        BulkStep(
            Step.PAY,
            payment.at,
            amount=payment.amount,
            gateway_transaction_id=payment.reference,
            settles=payment is payments[-1] and order.counts_as_paid and received < total,
        )
        for payment, received in zip(payments, sums, strict=True)
    ]


def refund_step(refund: SourceRefund, lines: int) -> BulkStep:
    """Return the step of a refund, its parts as the source names them if they fit its amount."""
    goods = dict(refund.goods)
    tax = refund.amount - sum(goods.values(), ZERO) - refund.shipping
    parts = None
    if refund.is_itemized and tax >= 0:
        parts = RefundParts([goods.get(index, ZERO) for index in range(lines)], tax, refund.shipping)
    return BulkStep(
        Step.REFUND,
        refund.at,
        amount=refund.amount,
        pieces=dict(refund.pieces) if parts and refund.pieces else None,
        parts=parts,
        reason=refund.reason,
        gateway_transaction_id=refund.reference,
    )
