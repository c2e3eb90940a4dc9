"""Taking back money that its source states no more, on the days it was booked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.models import User
from dealport.kit.history import permitted
from dealport.kit.money import in_currency
from orders.actions.change import Change, lock_order, open_pending
from orders.lifecycle import EXPIRED, ON_THE_WAY, PENDING, PROCESSING, Effect
from orders.models import Order, OrderEdit, OrderEditLine, OrderEvent, OrderItem, Refund, Transaction
from orders.pricing import ZERO

MOVED = ("captured_amount", "refunded_amount", "refunded_quantity", "refunded_by_line", "refunded_tax_by_line")
"""What money changes of an item."""
PAYMENT = Order.PaymentStatus


@transaction.atomic
def withdraw_money(*, order: Order, keeps_payments: bool = False, actor: User | None, source: str = "") -> Order:
    """Undo every refund and payment of an order that is not refunded in full, each at the moment it took effect.

    All go, the newest first, before any is booked again: what one moved on the lines is a function of those before it.
    `keeps_payments` leaves those of an order whose refunds no edit has moved. Stock is not moved, but that of an order
    which is expired again. Returns the order.
    """
    order, items = lock_order(order)
    undoing = _Undoing(order, items, actor, source)
    for refund in order.refunds.filter(settled_at__isnull=False).order_by("-settled_at", "-pk"):
        undoing.refund(refund)
    if not keeps_payments:
        undoing.payments_and_edits()
    OrderItem.objects.bulk_update(items, MOVED)
    return lock_order(order)[0]


def has_moved_refunds(order: Order) -> bool:
    """Answer whether an edit has moved what was refunded from one line to another."""
    return bool(order.edited_at) and OrderEditLine.objects.filter(edit__order=order).exclude(refunded=0).exists()


class _Undoing:
    """Walks back over an order's money; its items have in memory what they had then, and are saved by the caller."""

    def __init__(self, order: Order, items: list[OrderItem], actor: User | None, source: str) -> None:
        self.order, self.items, self.actor, self.source = order, items, actor, source

    def refund(self, refund: Refund) -> None:
        """Take back a refund, and its transaction."""
        order = self.order
        assert refund.settled_at is not None
        change = self._change(refund.settled_at)
        shares = {share.item_id: share for share in refund.shares.all()}
        order.refunded_amount -= refund.amount
        order.refunded_tax -= refund.tax_amount
        order.overpayment_refunded -= refund.overpayment_amount
        for item in self.items:
            share = shares.get(item.pk)
            item.refunded_amount -= share.amount if share else ZERO
            item.refunded_quantity -= share.quantity if share else 0
            item.refunded_by_line = item.refunded_tax_by_line = ZERO
        if order.is_completed and not order.refunded_amount:
            order.payment_status = PAYMENT.PAID
        booked = order.transactions.filter(
            kind=Transaction.Kind.REFUND,
            status=Transaction.Status.APPROVED,
            amount=refund.amount,
            created_at=refund.settled_at,
            gateway_transaction_id=refund.gateway_transaction_id,
        )
        _cancel(booked.latest("pk"))
        written = in_currency(refund.amount, order.currency)
        with permitted("withdraw money"):
            refund.delete()
        change.record(OrderEvent.Kind.REOPENED, f"refund of {written} deleted at the source")

    def payments_and_edits(self) -> None:
        """Take back what edits moved of money that was there, then each payment: that of the whole order last."""
        order = self.order
        for edit in order.edits.order_by("-at", "-pk").prefetch_related("lines"):
            self._edit(edit)
        kind, status = Transaction.Kind.PAYMENT, Transaction.Status
        order.transactions.filter(status=status.PENDING).update(status=status.CANCELED)
        payments = order.transactions.filter(kind=kind, status=status.APPROVED).order_by("-created_at", "-pk")
        for payment in sorted(payments, key=lambda one: one.tax_amount is None):
            self._payment(payment)
        if order.completed_at and order.total_amount:
            change = self._change(order.completed_at)
            self._uncomplete(change)
            change.record(OrderEvent.Kind.REOPENED)
        if order.status == PENDING and order.payment_terms == Order.Terms.PREPAID:
            open_pending(order, order.placed_at)

    def _payment(self, payment: Transaction) -> None:
        order = self.order
        change = self._change(payment.created_at)
        order.captured_amount -= payment.amount
        shares = dict(payment.shares.values_list("item", "amount"))
        if order.captured_tax is not None:
            order.captured_tax -= payment.tax_amount or ZERO
            for item in self.items:
                item.captured_amount = (item.captured_amount or ZERO) - shares.get(item.pk, ZERO)
        if not order.captured_amount:
            order.captured_tax, order.refunded_tax = None, ZERO
            for item in self.items:
                item.captured_amount, item.refunded_amount = None, ZERO
        _cancel(payment)
        if order.completed_at == payment.created_at:
            self._uncomplete(change)
        elif not order.captured_amount and not order.is_completed:
            change.apply(self._unpaid())
        change.record(
            OrderEvent.Kind.REOPENED,
            f"payment of {in_currency(payment.amount, order.currency)} no longer stated by the source",
        )

    def _uncomplete(self, change: Change) -> None:
        self.order.completed_at = None
        change.apply(self._unpaid())

    def _unpaid(self) -> Effect:
        """Return what becomes of an order that is not paid in full, or not at all, any more."""
        order = self.order
        payment = PAYMENT.PARTIALLY_PAID if order.captured_amount else PAYMENT.PENDING
        if order.expired_at and order.status in (PENDING, PROCESSING) and not order.captured_amount:
            return Effect(to=EXPIRED, payment=payment, gives_stock=True, frees_coupon=not order.is_completed)
        holds = order.is_completed and order.status in (PENDING, *ON_THE_WAY)
        to = PENDING if order.status == PROCESSING else None
        return Effect(to=to, payment=payment, holds_coupon=holds)

    def _edit(self, edit: OrderEdit) -> None:
        """Take back what an edit moved of captured and refunded money and of units sold, by an edit of the opposite."""
        lines = {line.item_id: line for line in edit.lines.all()}
        moved = [line for line in lines.values() if line.captured or line.refunded or line.units_sold]
        if not moved and not edit.tax_amount:
            return
        order = self.order
        change = self._change(edit.at)
        for item in self.items:
            line = lines.get(item.pk)
            if line:
                item.captured_amount = item.captured_of(order) - line.captured
                item.refunded_amount -= line.refunded
                item.quantity -= line.units_sold
        order.captured_tax = order.tax + order.refunded_tax - edit.tax_amount
        event = change.record(OrderEvent.Kind.REOPENED)
        opposite = OrderEdit.objects.create(
            store_id=order.store_id,
            order=order,
            event=event,
            at=edit.at,
            changes={"lines": []},
            tax_amount=-edit.tax_amount,
        )
        OrderEditLine.objects.bulk_create(
            OrderEditLine(
                edit=opposite,
                item_id=line.item_id,
                units_sold=-line.units_sold,
                captured=-line.captured,
                refunded=-line.refunded,
            )
            for line in moved
        )

    def _change(self, at: datetime) -> Change:
        return Change(self.order, self.items, at=at, actor=self.actor, source=self.source)


def _cancel(booked: Transaction) -> None:
    with permitted("withdraw money"):
        Transaction.objects.filter(pk=booked.pk).update(status=Transaction.Status.CANCELED)
