"""The one way in: source orders are created through COPY, or bring the orders that are here to the state they state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Upper
from django.utils.translation import gettext
from rest_framework.exceptions import APIException

from customers.models import Store
from dealport.kit.local_days import local_day
from dealport.kit.money import in_currency
from orders.actions import edit_order
from orders.actions.change import lock_order
from orders.bulk import OrderWriter, Origin
from orders.models import Connection, Coupon, Order, OrderItem, SourceRecord
from orders.models.sources import FURTHER_COUPONS, URL
from orders.pricing import ZERO
from orders.sources.applying import (
    BY_A_PERSON,
    Contradiction,
    apply_difference,
    has_more,
    is_followed,
    is_older,
    other_total,
    reopen,
    withdraw,
)
from orders.sources.customers import CustomerBook, contact
from orders.sources.description import SourceOrder
from orders.sources.editing import edit_request, is_edited
from orders.sources.ends import follow_cancellation, withdraw_payment_end
from orders.sources.following import completed, follow, follow_shipment, withdraw_canceled_shipment
from orders.sources.life import bulk_order, steps_of
from orders.sources.products import ProductBook

BATCH_LINES = 5_000
LISTED = 20


@dataclass
class Outcome:
    """How many orders came to one end, and the money in them."""

    orders: int = 0
    amount: Decimal = ZERO

    def add(self, amount: Decimal) -> None:
        """Count an order of this outcome, and its money."""
        self.orders += 1
        self.amount += amount


@dataclass
class Outcomes:
    """What became of the orders: `new` and `unchanged` with their sales, `updated` with the difference in sales,
    the others with what sales would have moved by: `older`, `changed_here` by a person, whom a file does not undo, and
    `contradicting`, which could not be applied.
    """

    new: Outcome = field(default_factory=Outcome)
    updated: Outcome = field(default_factory=Outcome)
    unchanged: Outcome = field(default_factory=Outcome)
    older: Outcome = field(default_factory=Outcome)
    changed_here: Outcome = field(default_factory=Outcome)
    contradicting: Outcome = field(default_factory=Outcome)
    reasons: list[str] = field(default_factory=list)
    guests: int = 0
    total: Decimal = ZERO
    gift_cards: int = 0
    gift_card_amount: Decimal = ZERO


class SourceLoader:
    """Takes source orders of one store and writes them batch by batch, in the caller's transaction.

    The caller enters the writer before and leaves it after `finish`. Our own rules (stock, coupon limits, blocked
    customers, payment methods) refuse nothing: what a source states has happened. `connection` keeps the orders up to
    date from now on.
    """

    def __init__(
        self,
        store: Store,
        writer: OrderWriter,
        now: datetime,
        actor_label: str,
        connection: Connection | None = None,
    ) -> None:
        self.connection = connection
        self.store, self.writer, self.now, self.actor_label = store, writer, now, actor_label
        self.expiry = timedelta(hours=settings.DEALPORT_UNPAID_EXPIRY_HOURS)
        self.outcomes = Outcomes()
        self.products = ProductBook(store)
        self.customers = CustomerBook(store, writer)
        self._batch: list[SourceOrder] = []
        self._waiting_lines = 0

    def add(self, order: SourceOrder) -> None:
        """Take an order; it is written with its batch."""
        if order.due_at:
            order = replace(order, due_on=local_day(order.due_at, self.store.zone))
        self._batch.append(order)
        self._waiting_lines += len(order.lines) or 1
        if self._waiting_lines >= BATCH_LINES:
            self._write()

    def finish(self) -> None:
        """Write the last batch, date the new customers and name the new products by their newest order."""
        self._write()
        self.writer.flush()
        self.customers.finish()
        self.products.finish()

    def _write(self) -> None:
        self.writer.flush()
        known = _Known(self.store, self._batch)
        fresh: dict[tuple[str, str], SourceOrder] = {}
        again: list[SourceOrder] = []
        is_repeated = False
        for order in self._batch:
            key = identity(order)
            if known.find(order) is None and key not in fresh:
                fresh[key] = order
            else:
                again.append(order)
                is_repeated = is_repeated or key in fresh
        if fresh:
            self._create(list(fresh.values()))
        if is_repeated:
            self.writer.flush()
            known = _Known(self.store, again)
        for order in again:
            self._apply(order, known.find(order))
        self._batch, self._waiting_lines = [], 0

    def _create(self, fresh: list[SourceOrder]) -> None:
        customers = self.customers.look_up(fresh)
        bulk = [bulk_order(order, self.now, self.expiry, self.actor_label) for order in fresh]
        self.products.look_up(bulk)
        known_coupons = self._coupons(fresh)
        for stated, order in zip(fresh, bulk, strict=True):
            order.customer_id = customers.get(contact(stated))
            details = _details(stated)
            codes = [code.upper() for code in stated.discount_codes]
            coupons = [known_coupons[code] for code in codes if code in known_coupons]
            if coupons:
                order.coupon_id, order.further_coupons = coupons[0], coupons[1:]
            if coupons[1:]:
                details[FURTHER_COUPONS] = coupons[1:]
            keeper = self.connection.pk if self.connection else None
            order.origin = Origin(
                stated.source, stated.external_id, stated.updated_at, details, keeper, self.now if keeper else None
            )
            life = self.writer.add(order)
            outcomes = self.outcomes
            outcomes.new.add(life.sales)
            outcomes.guests += order.customer_id is None
            outcomes.total += life.total
            outcomes.gift_cards += stated.gift_cards
            outcomes.gift_card_amount += stated.gift_card_amount

    def _coupons(self, orders: list[SourceOrder]) -> dict[str, int]:
        """Return the ids of the store's coupons that the orders name, by code in capitals."""
        codes = {code.upper() for order in orders for code in order.discount_codes}
        if not codes:
            return {}
        known = Coupon.objects.filter(store=self.store, deleted_at=None).annotate(upper=Upper("code"))
        return dict(known.filter(upper__in=codes).values_list("upper", "pk"))

    def _apply(self, stated: SourceOrder, here: _Here | None) -> None:
        """Bring an order that is here to the state that is stated, and count what became of it."""
        assert here is not None
        # whoever brings this order has its turn, or the import's, since before it was looked up
        record = here.record
        order, items = lock_order(Order(pk=here.order_id))
        if is_older(order, record, stated):
            self._leave(order, stated, self.outcomes.older, "")
        else:
            self._bring(order, items, record, stated)
        if self.connection and record and record.connection_id != self.connection.pk:
            SourceRecord.objects.filter(pk=record.pk).update(connection=self.connection)

    def _bring(self, order: Order, items: list[OrderItem], record: SourceRecord | None, stated: SourceOrder) -> None:
        here, version, sales, stated = order, order.version, order.sales, completed(order, record, stated)
        steps = steps_of(stated, self.now, self.expiry, self.actor_label)
        try:
            with transaction.atomic():
                order, left = follow(order, record, stated, self.actor_label, self.now)
                for take_back in (withdraw, withdraw_payment_end):
                    order, kept = take_back(order, record, stated, steps, self.actor_label)
                    left += kept
                order = reopen(order, record, stated, steps, self.actor_label)
                order, kept = withdraw_canceled_shipment(order, record, stated, steps, self.actor_label)
                order = self._edit(order, items, record, stated)
                order = apply_difference(order, stated, now_steps=steps, actor_label=self.actor_label)
                left += kept
                for correct in (follow_shipment, follow_cancellation):
                    order, kept = correct(order, record, stated, steps, self.actor_label)
                    left += kept
        except (APIException, Contradiction) as error:
            self._leave(here, stated, self.outcomes.contradicting, str(getattr(error, "detail", error)))
            return
        self._note_applied(order, record, stated)
        self._say(stated, *left)
        if order.version != version:
            self.outcomes.updated.add(order.sales - sales)
        elif left:
            self.outcomes.changed_here.add(stated.received - stated.refunded - sales)
        else:
            self.outcomes.unchanged.add(sales)

    def _edit(self, order: Order, items: list[OrderItem], record: SourceRecord | None, stated: SourceOrder) -> Order:
        """Edit the order where its source states other lines or amounts; at the moment of the source's state.

        A file says when it was written no more than when its orders were edited: it does so only where it states more
        received, more refunded or a cancellation. Raises Contradiction for one that was edited here, or an order that
        no source brought: it has but the number of the file's.
        """
        is_dated = bool(stated.updated_at and record and record.updated_at)
        if not is_edited(order, items, stated, compares_lines=is_dated):
            return order
        is_newer = is_followed(order, record, stated) or has_more(order, stated)
        is_ours = not stated.updated_at and order.events.filter(BY_A_PERSON).exists()
        if not order.is_imported or is_ours or not is_newer:
            raise other_total(order, stated)
        bulk = bulk_order(stated, self.now, self.expiry, self.actor_label)
        self.products.look_up([bulk])
        edited = edit_order(
            order=order,
            request=edit_request(order, items, stated, bulk),
            reason="edited at the source",
            at=stated.updated_at or self.now,
            actor=None,
            source=self.actor_label,
        )
        return edited.order

    def _leave(self, order: Order, stated: SourceOrder, outcome: Outcome, reason: str) -> None:
        """Count an order that is left as it is, by what its sales would have moved by."""
        moved = stated.received - stated.refunded - order.sales
        is_ours = not stated.updated_at and order.events.filter(BY_A_PERSON).exists()
        if is_ours:
            outcome = self.outcomes.changed_here
            ours, rest = (in_currency(amount, order.currency) for amount in (order.sales, moved))
            text = gettext("it was changed here and is left alone: its sales are {ours}, {difference} in the file")
            reason = text.format(ours=ours, difference=f"{rest:+}")
        outcome.add(moved)
        self._say(stated, *filter(None, (reason,)))

    def _say(self, stated: SourceOrder, *reasons: str) -> None:
        """List why something of an order was left as it is, the first ones of all orders."""
        for reason in reasons[: max(LISTED - len(self.outcomes.reasons), 0)]:
            self.outcomes.reasons.append(f"{stated.name}: {reason}")

    def _note_applied(self, order: Order, record: SourceRecord | None, stated: SourceOrder) -> None:
        read_at = self.now if self.connection else None
        if record is None:
            SourceRecord.objects.create(
                order=order,
                store_id=order.store_id,
                source=stated.source,
                external_id=stated.external_id,
                updated_at=stated.updated_at,
                read_at=read_at,
                details=_details(stated),
                connection=self.connection,
            )
        elif (
            record.updated_at != stated.updated_at
            or (stated.external_id and not record.external_id)
            or (self.connection and not record.is_settled)
        ):
            record.updated_at = stated.updated_at or record.updated_at
            record.external_id = record.external_id or stated.external_id
            record.read_at = read_at or record.read_at
            record.save(update_fields=["updated_at", "external_id", "read_at"])


def identity(order: SourceOrder) -> tuple[str, str]:
    """Return what an order is known by: its source and Id, or its name where the source gives no Id."""
    return (order.source, order.external_id) if order.external_id else ("", order.name)


def any_is_here(store: Store, orders: Sequence[SourceOrder]) -> bool:
    """Answer whether the store has one of the orders, or the orders are one twice."""
    known = _Known(store, orders)
    return len(set(map(identity, orders))) < len(orders) or any(known.find(order) for order in orders)


@dataclass(frozen=True)
class _Here:
    """An order that the store has, and what is kept of its source."""

    order_id: int
    record: SourceRecord | None


class _Known:
    """The orders of a batch that the store has: by source and Id, or by name where one of the two has no Id."""

    def __init__(self, store: Store, orders: Sequence[SourceOrder]) -> None:
        ids = [order.external_id for order in orders if order.external_id]
        records = SourceRecord.objects.filter(store=store, external_id__in=ids)
        self._by_id = {(record.source, record.external_id): _Here(record.order_id, record) for record in records}
        self._by_name: dict[str, _Here] = {}
        self._without_id: dict[str, _Here] = {}
        names = [order.name for order in orders if (order.source, order.external_id) not in self._by_id]
        named = Order.objects.filter(store=store, number__in=names).only("number", "is_imported", "source_record")
        for order in named.select_related("source_record").order_by("-pk") if names else ():
            record = getattr(order, "source_record", None)
            here = self._by_name[order.number] = _Here(order.pk, record)
            if (record.external_id if record else "") == "" and order.is_imported:
                self._without_id[order.number] = here

    def find(self, order: SourceOrder) -> _Here | None:
        """Return the order that is here; one from before without an Id is known by its name."""
        if not order.external_id:
            return self._by_name.get(order.name)
        return self._by_id.get((order.source, order.external_id)) or self._without_id.get(order.name)


def _details(stated: SourceOrder) -> dict[str, object]:
    """Return what the order itself has no place for."""
    details = {
        "taxLines": [{"name": name, "amount": str(amount)} for name, amount in stated.tax_lines],
        "includedTax": str(stated.included_tax) if stated.included_tax else "",
        "discountCodes": list(stated.discount_codes) if len(stated.discount_codes) > 1 else [],
        URL: stated.url,
        "trackingNumber": stated.fulfillment.tracking_number if stated.fulfillment else "",
    }
    return {name: value for name, value in details.items() if value}
