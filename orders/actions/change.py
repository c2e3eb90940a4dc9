"""How a step's effect is carried out: the shared middle of every action after placing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils.translation import gettext

from customers.actions import record_order_figures
from customers.models import User
from dealport.kit.errors import Conflict
from dealport.kit.money import unit_of
from dealport.kit.values import FieldValues
from orders.actions.ownership import require_ours
from orders.actions.stock import Cause, Reason, give_stock, retake_stock
from orders.lifecycle import (
    CANCELED,
    EXPIRED,
    ON_THE_WAY,
    PENDING,
    REFUNDED,
    Effect,
    IllegalStep,
    Step,
    command_effect,
    stated_effect,
)
from orders.models import AmountPart, CaptureShare, Coupon, Order, OrderEvent, OrderItem, SourceRecord, Transaction
from orders.models.sources import FURTHER_COUPONS
from orders.models.states import OrderState
from orders.pricing import ZERO, fill_up, price_capture
from orders.signals import order_changed

CaptureShares = tuple[list[Decimal], Decimal]
"""What of everything captured so far falls on each line (net, parallel to the items) and on the tax."""
ENDED = (CANCELED, EXPIRED, REFUNDED)
MOMENTS = {
    Order.Status.CANCELED.value: "canceled_at",
    Order.Status.SHIPPED.value: "shipped_at",
    Order.Status.DELIVERED.value: "delivered_at",
}
"""Status → when the order reached it first."""


def lock_order(order: Order, version: int | None = None) -> tuple[Order, list[OrderItem]]:
    """Lock the order's row; return it fresh with its items in pk order.

    Everybody locks in one order: the order, products by pk, the coupon, the customer. `version` is the one the caller
    saw: Conflict (409) if the order has changed since, so that a form sent twice takes effect once.
    """
    locked = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("store").get(pk=order.pk)
    if version is not None and locked.version != version:
        raise Conflict(
            gettext(
                "This order has changed since you opened it: it is at version {version}, not {seen}. "
                "Reload it and try again."
            ).format(version=locked.version, seen=version)
        )
    return locked, list(OrderItem.objects.filter(order=locked).order_by("pk"))


def effect_or_conflict(step: Step, order: Order, *, in_full: bool = True, is_stated: bool = False) -> Effect:
    """Return the effect of a command, or of what a source states; Conflict (409) naming both states if not allowed."""
    effect = stated_effect if is_stated else command_effect
    try:
        return effect(step, order.status, order.money, in_full=in_full)
    except IllegalStep as error:
        raise Conflict(str(error)) from error


class Change:
    """One step on a locked order: collects what changes, then saves, writes history and tells the world.

    Use: `change = Change(order, items, at=…, actor=…, source=…)`, mutate `order` / `items` through the helpers,
    `change.record(kind)`. Everything runs in the caller's transaction. Raises Conflict where a person (`actor`) changes
    an order that its source keeps up to date.
    """

    def __init__(
        self, order: Order, items: list[OrderItem], *, at: datetime, actor: User | None, source: str = ""
    ) -> None:
        if actor is not None:
            require_ours(order)
        self.order, self.items = order, items
        self.at, self.actor, self.source = at, actor, source
        self.before, self.before_parts = order.state(items), order.parts(items)
        self.before_status, self.before_payment = order.status, order.payment_status
        self.before_total = order.total_amount
        self.saved: tuple[str, ...] = Order.CHANGED_BY_STEPS
        self.notes: list[str] = []
        self.holds_coupon = is_open = order.status in (PENDING, *ON_THE_WAY)
        # what was placed before there were pending records has none: an update of no rows then
        is_announced = order.status == REFUNDED and order.captured_amount == 0
        is_awaited = (is_open or is_announced) and not order.is_completed
        self.awaits_payment = is_awaited and order.payment_terms == order.Terms.PREPAID
        self.response: FieldValues | None = None

    def apply(self, effect: Effect) -> None:
        """Carry out the status, payment, stock and coupon parts of an effect (refunds are the caller's)."""
        order = self.order
        order.status = effect.to or order.status
        order.payment_status = effect.payment or order.payment_status
        if effect.completes:
            order.completed_at = order.completed_at or self.at
        if effect.expires and order.expired_at is None:
            order.expired_at = self.at
        if effect.to in MOMENTS and getattr(order, MOMENTS[effect.to]) is None:
            setattr(order, MOMENTS[effect.to], self.at)
        if effect.gives_stock:
            reason = Reason.EXPIRED if effect.to == EXPIRED else Reason.CANCELED
            give_stock(self.items, Cause(order, reason, self.at))
        if effect.takes_stock:
            short = retake_stock(self.items, Cause(order, Reason.PAID, self.at))
            self.notes += [f"out of stock when the late payment arrived: {name}" for name in short]
        if effect.holds_coupon:
            self._update_coupons(uses_reserved=F("uses_reserved") + 1)
        self.holds_coupon = self.holds_coupon or effect.holds_coupon
        if effect.frees_coupon:
            self.free_coupon()

    def capture(self, amount: Decimal, gateway_transaction_id: str, shares: CaptureShares | None = None) -> None:
        """Book an approved payment and let it fall on the lines and the tax, in proportion or as `shares` says."""
        order = self.order
        whole = order.captured_amount == 0 and amount == order.total_amount and shares is None
        is_more = order.captured_amount > 0 and order.captured_tax is None  # than one payment of the whole order
        before, captured = order.tax + order.refunded_tax, [item.captured_of(order) for item in self.items]
        order.captured_amount += amount
        approved = Transaction.Status.APPROVED
        if whole or is_more:
            self.book(Transaction.Kind.PAYMENT, approved, amount, gateway_transaction_id, ZERO if is_more else None)
            return
        nets, tax = shares or self._shares(order.paid_amount - amount)
        payment = self.book(Transaction.Kind.PAYMENT, approved, amount, gateway_transaction_id, tax - before)
        order.captured_tax = tax
        rows = []
        for item, net, part in zip(self.items, nets, captured, strict=True):
            moved = net - part
            item.captured_amount = net
            if moved:
                rows.append(CaptureShare(transaction=payment, item=item, amount=moved))
        CaptureShare.objects.bulk_create(rows)
        OrderItem.objects.bulk_update(self.items, ["captured_amount"])

    def _shares(self, paid: Decimal) -> CaptureShares:
        """Return what falls on the lines and the tax of everything captured, of which `paid` was there before.

        On an order that was edited each line keeps what it has, whatever proportions the edit left.
        """
        order, nets = self.order, [item.net for item in self.items]
        rest, unit = order.shipping_fee + order.tip, unit_of(order.currency)
        if not order.edited_at:
            captured = order.captured_amount
            return price_capture(nets, tax=order.tax_amount, rest=rest, captured=captured, unit=unit)
        known = [item.captured_amount or ZERO for item in self.items]
        tax = order.captured_tax or ZERO
        parts = fill_up([*known, tax, paid - sum(known, tax)], [*nets, order.tax_amount, rest], order.paid_amount, unit)
        return parts[: len(nets)], parts[len(nets)]

    def book(
        self, kind: str, status: str, amount: Decimal, gateway_transaction_id: str, tax: Decimal | None = None
    ) -> Transaction | None:
        """Write down what was said about the order's money, at the moment of the step.

        A payment settles the pending record of its amount; another amount cancels that record. Returns the row of a
        part payment (`tax`), or None.
        """
        if kind == Transaction.Kind.PAYMENT and self.awaits_payment:
            self.awaits_payment = False
            pending = self._pending()
            if pending.filter(amount=amount).update(
                status=status,
                tax_amount=tax,
                gateway_transaction_id=gateway_transaction_id,
                gateway_response=self.response,
                created_at=self.at,
            ):
                # the pending record is the newest payment of its order
                return None if tax is None else Transaction.objects.filter(order=self.order, kind=kind).latest("pk")
            pending.update(status=Transaction.Status.CANCELED, created_at=self.at)
        return Transaction.objects.create(
            store_id=self.order.store_id,
            order=self.order,
            kind=kind,
            status=status,
            amount=amount,
            tax_amount=tax,
            currency=self.order.currency,
            method=self.order.payment_method,
            gateway_transaction_id=gateway_transaction_id,
            gateway_response=self.response if kind == Transaction.Kind.PAYMENT else None,
            created_at=self.at,
        )

    def _pending(self) -> QuerySet[Transaction]:
        return Transaction.objects.filter(order=self.order, status=Transaction.Status.PENDING)

    def await_rest(self) -> None:
        """Open a pending record of what a prepaid order that was paid in part still lacks."""
        order = self.order
        if order.payment_terms == order.Terms.PREPAID and not order.is_completed and order.outstanding:
            open_pending(order, self.at)
            self.awaits_payment = True

    def await_anew(self) -> None:
        """Replace the pending record by one of what is outstanding now."""
        if self.awaits_payment and self.order.total_amount != self.before_total:
            self._pending().update(status=Transaction.Status.CANCELED, created_at=self.at)
            self.awaits_payment = False
            self.await_rest()

    def follow_terms(self) -> None:
        """Await the payment, or no longer, as the payment terms ask that the order has now."""
        if self.order.payment_terms == self.order.Terms.PREPAID:
            self.await_rest()
        elif self.awaits_payment:
            self._pending().update(status=Transaction.Status.CANCELED, created_at=self.at)
            self.awaits_payment = False

    def free_coupon(self) -> None:
        """Release the order's reserved use of its coupon."""
        self.holds_coupon = False
        self._update_coupons(uses_reserved=F("uses_reserved") - 1)

    def _update_coupons(self, **changes: object) -> None:
        """Change the figures of the order's coupon, and of the further ones an order of another system names."""
        ids = {self.order.coupon_id} if self.order.coupon_id else set()
        if ids and self.order.is_imported:
            record = SourceRecord.objects.filter(order=self.order).first()
            ids |= set(record.details.get(FURTHER_COUPONS, ())) if record else set()
        for pk in sorted(ids):
            Coupon.objects.filter(pk=pk).update(**changes)

    def record(self, kind: str, note: str = "") -> OrderEvent:
        """Save the order, move coupon and customer figures, write the event, send the signal."""
        order = self.order
        order.version += 1
        order.updated_at = self.at
        if self.awaits_payment and order.status in ENDED:
            self._pending().update(status=Transaction.Status.CANCELED, created_at=self.at)
        order.save(update_fields=self.saved)
        after = order.state(self.items)
        self._move_coupon(after)
        self._move_customer(after)
        self._move_parts()
        return announce(
            order,
            self.before,
            self.items,
            kind=kind,
            at=self.at,
            actor=self.actor,
            source=self.source,
            from_status=self.before_status,
            from_payment=self.before_payment,
            note="; ".join(filter(None, [note, *self.notes])),
        )

    def _move_coupon(self, after: OrderState) -> None:
        """A coupon's use and sales follow completion and are taken back on full refund."""
        if self.order.status == REFUNDED and self.order.completed_at is None and self.holds_coupon:
            self.free_coupon()
        turn = int(after.is_completed) - int(self.before.is_completed)
        sold = after.is_completed * self.order.total_amount - self.before.is_completed * self.before_total
        if turn or sold:
            self._update_coupons(
                times_used=F("times_used") + turn,
                total_sales_amount=F("total_sales_amount") + sold,
                uses_reserved=F("uses_reserved") + min(turn, 0),
            )

    def _move_parts(self) -> None:
        """Write down what the step moved of discounts, tip and taxes."""
        parts = {**dict.fromkeys(self.before_parts, ZERO), **self.order.parts(self.items)}
        AmountPart.objects.bulk_create(
            AmountPart(
                store_id=self.order.store_id, order=self.order, item_id=pk, is_tax=is_tax, at=self.at, amount=moved
            )
            for (pk, is_tax), part in parts.items()
            if (moved := part - self.before_parts.get((pk, is_tax), ZERO))
        )

    def _move_customer(self, after: OrderState) -> None:
        completed = int(after.is_completed) - int(self.before.is_completed)
        spent = after.sales - self.before.sales
        if self.order.customer_id and (completed or spent):
            record_order_figures(customer_id=self.order.customer_id, completed=completed, spent=spent)


def open_pending(order: Order, at: datetime) -> None:
    """Write down that a payment of what is outstanding is awaited; it counts in no figure."""
    Transaction.objects.create(
        store_id=order.store_id,
        order=order,
        kind=Transaction.Kind.PAYMENT,
        status=Transaction.Status.PENDING,
        amount=order.outstanding,
        currency=order.currency,
        method=order.payment_method,
        requested_at=at,
        created_at=at,
    )


def announce(
    order: Order,
    before: OrderState | None,
    items: Sequence[OrderItem],
    *,
    kind: str,
    at: datetime,
    actor: User | None,
    source: str = "",
    from_status: str = "",
    from_payment: str = "",
    note: str = "",
) -> OrderEvent:
    """Write the permanent history row and send `order_changed`."""
    after = order.state(items)
    event = OrderEvent.objects.create(
        store_id=order.store_id,
        order=order,
        kind=kind,
        at=at,
        actor=actor,
        actor_label=actor.email if actor else source,
        from_status=from_status,
        to_status=order.status,
        from_payment_status=from_payment,
        to_payment_status=order.payment_status,
        amount=after.sales - (before.sales if before else ZERO),
        note=note[:500],
    )
    order_changed.send(Order, order=order, before=before, after=after, at=at, actor=actor)
    return event
