"""What an order takes over of its source besides lines and money, and what of it stays as it is here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext

from customers.models import AuditEntry
from dealport.kit.values import FieldValues
from orders.actions import correct_shipment, follow_details, withdraw_shipment
from orders.actions.shipping import NO_TRACKING
from orders.bulk import BulkStep, Step
from orders.erasing import country_alone
from orders.models import Order, OrderEvent, SourceRecord
from orders.sources.applying import BY_A_PERSON, has_more, is_followed, tracking_of
from orders.sources.description import SourceOrder
from orders.sources.ends import kept_moment
from orders.sources.life import PREPAID, details_of, kept_country

ADDRESSES = ("shipping_address", "billing_address")
NO_REASON = "refunded"
SENT_HERE = "its shipment was made here and is kept"
S = Order.Status


def completed(order: Order, record: SourceRecord | None, stated: SourceOrder) -> SourceOrder:
    """Return the statement with what it says nothing about as the order has it; without what was erased here.

    An order whose terms are not the statement's to change does not expire by them.
    """
    if stated.shipping_address is None and stated.billing_address is None:
        stated = replace(
            stated, shipping_address=dict(order.shipping_address), billing_address=dict(order.billing_address)
        )
    if stated.notes is None:
        stated = replace(stated, notes=tuple(filter(None, (order.notes,))))
    if not stated.terms or (stated.terms == PREPAID and not _takes_details(order, record, stated)):
        stated = replace(stated, terms=order.payment_terms, due_on=order.due_on)
    return _impersonal(stated) if order.erased_at and _names_person(order, stated) else stated


def follow(
    order: Order, record: SourceRecord | None, stated: SourceOrder, label: str, now: datetime
) -> tuple[Order, list[str]]:
    """Give the order the details its source states, if that is newer than what is here; return what was left and why.

    Notes that somebody wrote here stay. A file states no moment: it is newer where it states more received, more
    refunded or a cancellation, and never takes a part of an address away.
    """
    if not _takes_details(order, record, stated):
        return order, []
    values = details_of(stated)
    if not stated.updated_at:
        values = _added(order, values)
    left = []
    if values.get("notes", order.notes) != order.notes and _has_own_notes(order):
        del values["notes"]
        left.append(gettext("its notes were changed here and are kept"))
    at = stated.updated_at or now
    return follow_details(order=order, values=values, at=at, actor=None, source=label), left


def _takes_details(order: Order, record: SourceRecord | None, stated: SourceOrder) -> bool:
    """Answer whether the statement is newer than what the order's details are from.

    Of an order whose source states its moments, a file's row cannot be.
    """
    if is_followed(order, record, stated):
        return True
    is_of_files = record is not None and record.updated_at is None
    return is_of_files and order.is_imported and has_more(order, stated)


def _added(order: Order, values: FieldValues) -> FieldValues:
    """Return what a file adds to the order's details: an address with fewer parts, and no notes, say nothing."""
    for name in ADDRESSES:
        here = getattr(order, name)
        if values[name].items() <= here.items():
            values[name] = here
    values["country"] = kept_country(values["shipping_address"], values["billing_address"])
    values["notes"] = values["notes"] or order.notes
    return values


def _has_own_notes(order: Order) -> bool:
    """Answer whether somebody wrote the order's notes here (index customers_audit_by_object)."""
    about = AuditEntry.objects.filter(object_type=order._meta.label_lower, object_id=order.pk)
    return about.filter(changes__has_key="notes").exists()


def _names_person(order: Order, stated: SourceOrder) -> bool:
    """Answer whether applying the statement writes something that may tell who placed the order."""
    values = details_of(stated)
    return any(values[name] != getattr(order, name) for name in (*ADDRESSES, "notes")) or any(
        refund.reason not in ("", NO_REASON) for refund in stated.refunds
    )


def _impersonal(stated: SourceOrder) -> SourceOrder:
    """Return what erasing leaves of a statement: of addresses the country."""
    return replace(
        stated,
        shipping_address=country_alone(stated.shipping_address or {}),
        billing_address=country_alone(stated.billing_address or {}),
        notes=(),
        refunds=tuple(replace(refund, reason=NO_REASON) for refund in stated.refunds),
    )


def follow_shipment(
    order: Order, record: SourceRecord | None, stated: SourceOrder, steps: list[BulkStep], label: str
) -> tuple[Order, list[str]]:
    """Give a shipped order the tracking, and the moment, that its source states; return what was left and why.

    `steps` is the whole life of the stated order. A shipment that somebody made here stays. One that was canceled or
    refunded in full by the time the shipment was stated was shipped all the same.
    """
    ship = next((step for step in steps if step.step is Step.SHIP), None)
    is_shipped = order.shipped_at is not None or order.status in (S.CANCELED, S.REFUNDED)
    if not stated.updated_at or ship is None or not is_shipped or not is_followed(order, record, stated):
        return order, []
    tracking = tracking_of(ship)
    is_dated = stated.fulfillment is not None and stated.fulfillment.is_dated
    if _is_sent_here(order):
        if tracking != NO_TRACKING and not order.fulfillments.filter(**vars(tracking)).exists():
            return order, [SENT_HERE]
        is_other = is_dated and ship.at != order.shipped_at
        return order, [kept_moment("shipped", order.shipped_at, ship.at)] if is_other else []
    order = correct_shipment(
        order=order,
        tracking=tracking,
        shipped_at=ship.at if is_dated else order.shipped_at or ship.at,
        at=stated.updated_at,
        actor=None,
        source=label,
    )
    return order, []


def withdraw_canceled_shipment(
    order: Order, record: SourceRecord | None, stated: SourceOrder, steps: list[BulkStep], label: str
) -> tuple[Order, list[str]]:
    """Take back a shipment that the order's source canceled, or dates after its end; return what was left and why.

    A file takes no shipment back, and one that somebody made here stays.
    """
    is_stated = any(step.step is Step.SHIP for step in steps)
    is_undated = stated.fulfillment is not None and not stated.fulfillment.is_dated and stated.canceled_at is not None
    if is_stated or is_undated or order.shipped_at is None:
        return order, []
    if not stated.updated_at or not is_followed(order, record, stated):
        return order, []
    if _is_sent_here(order):
        return order, [SENT_HERE]
    return withdraw_shipment(order=order, at=stated.updated_at, actor=None, source=label), []


def _is_sent_here(order: Order) -> bool:
    """Answer whether somebody shipped or delivered pieces of the order here."""
    kinds = OrderEvent.Kind
    sent = order.events.filter(kind__in=(kinds.SHIPPED, kinds.PARTLY_SHIPPED, kinds.DELIVERED))
    return sent.filter(BY_A_PERSON).exists()
