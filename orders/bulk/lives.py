"""An order's life led in memory: from what was bought and what happened to every row the actions would have left.

Pure but for the names of the models' values: no database, no clock. What may follow what is `orders.lifecycle`'s
table of commands, the arithmetic is `orders.pricing`'s; a life that the actions would refuse is refused here too.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dealport.kit.money import CENT
from orders.bulk.descriptions import BulkOrder, BulkStep
from orders.bulk.lines import LiveLine
from orders.bulk.outcomes import Event, GivenBack, Parcel, Payment
from orders.bulk.standing import parts_of, state_of
from orders.lifecycle import (
    CANCELED,
    COMPLETED_PAYMENTS,
    DELIVERED,
    EXPIRED,
    ON_THE_WAY,
    PENDING,
    PROCESSING,
    REFUNDED,
    SHIPPED,
    Effect,
    Money,
    Step,
    command_effect,
    stated_effect,
    unrefunded_effect,
)
from orders.models import OrderEvent
from orders.models.standing import PartKey
from orders.models.states import OrderState
from orders.pricing import (
    ZERO,
    AmountError,
    Line,
    allocate,
    capture_note,
    price_capture,
    price_order,
    price_refund,
)

EVENT_KINDS = {
    Step.AUTHORIZE: OrderEvent.Kind.AUTHORIZED.value,
    Step.PROCESS: OrderEvent.Kind.PROCESSED.value,
    Step.PAY: OrderEvent.Kind.PAID.value,
    Step.REFUSE: OrderEvent.Kind.REFUSED.value,
    Step.EXPIRE: OrderEvent.Kind.EXPIRED.value,
    Step.SHIP: OrderEvent.Kind.SHIPPED.value,
    Step.DELIVER: OrderEvent.Kind.DELIVERED.value,
    Step.CANCEL: OrderEvent.Kind.CANCELED.value,
    Step.REFUND: OrderEvent.Kind.REFUNDED.value,
}
PLACED = OrderEvent.Kind.PLACED.value


class Life:
    """A `BulkOrder` led to its end: its standing, and the payments, refunds and events on the way.

    `uses_reserved` is what it does to its coupon; `states` are its standing after each of its events, if it keeps them.
    Raises IllegalStep for a step the lifecycle does not know, AmountError for a refund above what is left.
    """

    __slots__ = (
        "canceled_at",
        "captured",
        "captured_tax",
        "completed_at",
        "delivered_at",
        "discount",
        "events",
        "expired_at",
        "lines",
        "order",
        "parcels",
        "parts",
        "payment_status",
        "payments",
        "pending",
        "refunded",
        "refunded_at",
        "refunded_tax",
        "refunds",
        "shipped_at",
        "states",
        "status",
        "subtotal",
        "total",
        "unit",
        "uses_reserved",
    )

    def __init__(self, order: BulkOrder, *, unit: Decimal = CENT, keeps_states: bool = False) -> None:
        self.order, self.unit = order, unit
        self._price()
        self.status, self.payment_status = PENDING, "PENDING"
        self.captured = self.refunded = self.refunded_tax = ZERO
        self.captured_tax: Decimal | None = None
        self.completed_at: datetime | None = None
        self.expired_at: datetime | None = None
        self.canceled_at: datetime | None = None
        self.refunded_at: datetime | None = None
        self.shipped_at: datetime | None = None
        self.delivered_at: datetime | None = None
        if self.total == 0:
            self.status, self.payment_status, self.completed_at = PROCESSING, "PAID", order.placed_at
        self.uses_reserved = 1
        self.payments: list[Payment] = []
        self.pending: int | None = None
        if self.total:
            self._await_rest(order.placed_at)
        self.refunds: list[GivenBack] = []
        self.parcels: list[Parcel] = []
        self.parts: list[tuple[PartKey, datetime, Decimal]] = []
        self.events = [Event(PLACED, order.placed_at, order.source, "", self.status, "", self.payment_status, ZERO, "")]
        self.states = [self.state()] if keeps_states else []
        for step in order.steps:
            for take in (self._unrefund, self._take):
                taken = len(self.events)
                take(step)
                if keeps_states and len(self.events) > taken:
                    self.states.append(self.state())

    def state(self) -> OrderState:
        """Return what figures are made of, as the order stands now (`Order.state`)."""
        return state_of(self)

    @property
    def is_completed(self) -> bool:
        """Paid and not fully refunded."""
        return self.payment_status in COMPLETED_PAYMENTS

    @property
    def sales(self) -> Decimal:
        """What the order adds to `totalSales` on the placed basis: captured payments less refunds."""
        return self.captured - self.refunded

    @property
    def tax_captured(self) -> Decimal:
        """Captured of the tax."""
        whole = self.order.tax if self.captured else ZERO
        return whole if self.captured_tax is None else self.captured_tax

    def _price(self) -> None:
        order = self.order
        own = [item.discount for item in order.items]
        lines = [Line(item.unit_price, item.quantity) for item in order.items]
        if not any(own):
            amounts = {"discount": order.discount, "tax": order.tax, "shipping": order.shipping}
            totals = price_order(lines, **amounts, unit=self.unit)
            discounts, taxes = totals.discount_shares, totals.tax_shares
        else:
            rest = order.discount - sum(own, ZERO)
            left = [line.total - discount for line, discount in zip(lines, own, strict=True)]
            discounts = [mine + share for mine, share in zip(own, allocate(rest, left, self.unit), strict=True)]
            nets = [line.total - discount for line, discount in zip(lines, discounts, strict=True)]
            taxes = allocate(order.tax, nets, self.unit) if any(nets) else [ZERO for _ in lines]
        self.lines = [
            LiveLine(item, line.total, discount, tax)
            for item, line, discount, tax in zip(order.items, lines, discounts, taxes, strict=True)
        ]
        self.subtotal = sum((line.total for line in lines), ZERO)
        self.discount = sum(discounts, ZERO)
        self.total = self.subtotal - self.discount + order.tax + order.shipping + order.tip

    def _money(self, step: Step) -> Money:
        """Return where the money stands; what was taken up unpaid has been, whatever the terms of payment."""
        is_prepaid = self.order.payment_terms == "prepaid" and step is not Step.PROCESS
        return Money(self.payment_status, self.sales > 0, is_prepaid)

    def _unrefund(self, step: BulkStep) -> None:
        """Let the order be refunded in full no longer where its source captured more after that."""
        at = self.refunded_at
        if step.step is not Step.PAY or at is None or not self.order.is_imported:
            return
        before = (self.status, self.payment_status)
        effect = unrefunded_effect(
            self.status,
            is_completed=self.completed_at is not None,
            is_shipped=self.shipped_at is not None,
            is_delivered=self.delivered_at is not None,
        )
        self.refunded_at = None
        self._apply(effect, at)
        reopened = OrderEvent.Kind.REOPENED.value
        self.events.append(
            Event(reopened, at, step.source, before[0], self.status, before[1], self.payment_status, ZERO, "")
        )

    def _take(self, step: BulkStep) -> None:
        """Take one step: mirrors the actions, in their order of effects."""
        if self.total == 0 and step.step in (Step.PAY, Step.REFUSE, Step.EXPIRE):
            return
        before = (self.status, self.payment_status, self.sales, self.is_completed)
        parts = parts_of(self)
        holds_coupon = self.status in (PENDING, *ON_THE_WAY)
        received = self.total - self.captured if step.amount is None else step.amount
        in_full = step.settles or self.captured + received >= self.total
        effect_of = stated_effect if self.order.is_imported else command_effect
        effect = effect_of(step.step, self.status, self._money(step.step), in_full=in_full)
        if step.step is Step.PAY:
            self._capture(received, step)
        elif step.step is Step.REFUSE:
            self._book(Payment("payment", "refused", received, step.gateway_transaction_id, step.at))
        elif step.step is Step.SHIP and (step.tracking_number or step.carrier or step.tracking_url):
            self._send(step)
        is_paid = self.is_completed or self.sales > 0
        self._apply(effect, step.at)
        if effect.refunds:
            self._give_back(step)
        elif effect.refunds_all and is_paid and not step.keeps_money:
            reason = step.reason or "order canceled"
            self._give_back(BulkStep(Step.REFUND, step.at, restock=True, reason=reason))
        if self.is_completed and self.refunded > 0:
            self.payment_status = "PARTIALLY_REFUNDED"
        if before[3] and not self.is_completed:
            self.uses_reserved -= 1
        if self.status == REFUNDED and self.completed_at is None and holds_coupon:
            self.uses_reserved -= 1
        if step.step is Step.PAY:
            self._await_rest(step.at)
        if self.status in (CANCELED, EXPIRED, REFUNDED):
            self._end_pending(step.at)
        moved = ((key, part - parts[key]) for key, part in parts_of(self).items())
        self.parts += [(key, step.at, amount) for key, amount in moved if amount]
        note = capture_note(self.captured, self.total, self.unit) if step.step is Step.PAY else ""
        if step.step is Step.SHIP:
            note = " ".join(filter(None, [step.carrier, step.tracking_number]))
        self.events.append(
            Event(
                EVENT_KINDS[step.step],
                step.at,
                step.source,
                before[0],
                self.status,
                before[1],
                self.payment_status,
                self.sales - before[2],
                "; ".join(filter(None, [step.reason, note])),
            )
        )

    def _send(self, step: BulkStep) -> None:
        pieces = [(index, line.item.quantity - line.returned) for index, line in enumerate(self.lines)]
        known = (step.tracking_number, step.carrier, step.tracking_url, step.at)
        self.parcels.append(Parcel(*known, [(index, count) for index, count in pieces if count > 0]))

    def _capture(self, amount: Decimal, step: BulkStep) -> None:
        """Receive money; what is not the whole order at once falls on the lines in proportion or as the step says."""
        whole = self.captured == 0 and amount == self.total and step.shares is None
        is_more = self.captured > 0 and self.captured_tax is None  # than one payment of the whole order
        before, was = self.tax_captured, [line.captured_of(self.captured) for line in self.lines]
        self.captured += amount
        payment = Payment("payment", "approved", amount, step.gateway_transaction_id, step.at)
        if is_more:
            payment = payment._replace(tax=ZERO)
        elif not whole:
            order = self.order
            nets, tax = step.shares or price_capture(
                [line.net for line in self.lines],
                tax=order.tax,
                rest=order.shipping + order.tip,
                captured=self.captured,
                unit=self.unit,
            )
            moved = [net - part for part, net in zip(was, nets, strict=True)]
            shares = [(index, share) for index, share in enumerate(moved) if share]
            payment = payment._replace(tax=tax - before, shares=shares)
            self.captured_tax = tax
            for line, net in zip(self.lines, nets, strict=True):
                line.captured = net
        self._book(payment)

    def _book(self, payment: Payment) -> None:
        """Write a payment down: it settles the pending record of its amount, another amount cancels that record."""
        awaited = self._end_pending(payment.at)
        if awaited is not None and self.payments[awaited].amount == payment.amount:
            self.payments[awaited] = payment._replace(requested_at=self.payments[awaited].requested_at)
        else:
            self.payments.append(payment)

    def _end_pending(self, at: datetime) -> int | None:
        """Cancel the pending record, return where it is."""
        awaited, self.pending = self.pending, None
        if awaited is not None:
            self.payments[awaited] = self.payments[awaited]._replace(status="canceled", at=at)
        return awaited

    def _await_rest(self, at: datetime) -> None:
        """Open a pending record of what a prepaid order lacks."""
        is_open = self.status in (PENDING, *ON_THE_WAY) and not self.is_completed
        rest = self.total - self.captured
        if self.order.payment_terms == "prepaid" and is_open and rest > 0:
            self.pending = len(self.payments)
            self.payments.append(Payment("payment", "pending", rest, "", at, requested_at=at))

    def _apply(self, effect: Effect, at: datetime) -> None:
        self.status = effect.to or self.status
        self.payment_status = effect.payment or self.payment_status
        if effect.completes:
            self.completed_at = self.completed_at or at
        if effect.expires and self.expired_at is None:
            self.expired_at = at
        if self.status == CANCELED and self.canceled_at is None:
            self.canceled_at = at
        if effect.to == SHIPPED:
            self.shipped_at = self.shipped_at or at
        if effect.to == DELIVERED:
            self.delivered_at = self.delivered_at or at
        if effect.gives_stock:
            self._give_stock(None)
        if effect.takes_stock:
            for line in self.lines:
                line.stock_taken = line.item.quantity if line.item.counts_stock else 0
        self.uses_reserved += int(effect.holds_coupon) - int(effect.frees_coupon)

    def _give_back(self, step: BulkStep) -> None:
        if step.amount is not None and step.amount <= 0:
            raise AmountError("a refund is above 0")
        pieces = step.pieces
        tax = self.tax_captured
        taxes = [line.tax_share for line in self.lines]
        if tax < self.order.tax and any(taxes):
            taxes = allocate(tax, taxes, self.unit)
        lines = [line.refundable(part) for line, part in zip(self.lines, taxes, strict=True)]
        priced = price_refund(
            lines,
            total=self.captured,
            refunded=self.refunded,
            shipping=self.captured - sum((line.net for line in lines), tax),
            tax=tax,
            refunded_tax=self.refunded_tax,
            amount=step.amount,
            pieces=None if pieces is None else [pieces.get(index, 0) for index in range(len(self.lines))],
            parts=step.parts,
            named_shipping=sum((refund.shipping or ZERO for refund in self.refunds), ZERO),
            unit=self.unit,
        )
        named = pieces or {}
        shares = []
        for index, (line, share) in enumerate(zip(self.lines, priced.lines, strict=True)):
            line.refunded, line.returned = share.refunded, share.returned
            line.by_line, line.tax_by_line = share.by_line, share.tax_by_line
            if share.amount or index in named:
                shares.append((index, named.get(index, 0), share.amount))
        self.refunds.append(
            GivenBack(
                priced.amount,
                priced.tax,
                step.reason,
                step.restock,
                step.gateway_transaction_id,
                step.at,
                shares,
                None if step.parts is None else step.parts.shipping,
            )
        )
        self.payments.append(Payment("refund", "approved", priced.amount, step.gateway_transaction_id, step.at))
        self.refunded, self.refunded_tax = self.refunded + priced.amount, priced.refunded_tax
        self._settle(step, full=self.refunded == self.captured, named=named)

    def _settle(self, step: BulkStep, *, full: bool, named: dict[int, int]) -> None:
        if full:
            self.payment_status = "REFUNDED"
            self.refunded_at = self.refunded_at or step.at
            if self.status != CANCELED:
                self.status = REFUNDED
        if step.restock:
            self._give_stock(None if full else named)

    def _give_stock(self, pieces: dict[int, int] | None) -> None:
        for index, line in enumerate(self.lines):
            back = line.stock_taken if pieces is None else min(pieces.get(index, 0), line.stock_taken)
            line.stock_taken -= back
