"""Shipping: all that is left of an order at once, or parcel by parcel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict, invalid
from orders.actions.change import Change, effect_or_conflict, lock_order
from orders.lifecycle import PENDING, PROCESSING, Effect, Step
from orders.models import Fulfillment, FulfillmentLine, Order, OrderEvent, OrderItem

IS_WEB_ADDRESS = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Tracking:
    """How to follow a parcel."""

    tracking_number: str = ""
    carrier: str = ""
    tracking_url: str = ""


NO_TRACKING = Tracking()


@transaction.atomic
def ship_order(
    *,
    order: Order,
    lines: Mapping[int, int] | None = None,
    tracking: Tracking = NO_TRACKING,
    version: int | None = None,
    at: datetime | None = None,
    actor: User | None,
    source: str = "",
) -> Order:
    """Ship pieces of an order, paid or not; no money moves. `lines` maps item id → pieces, None: all that is left.

    The parcel that takes the last pieces makes the order SHIPPED. Raises Conflict naming both states when the order
    cannot be shipped or saying how many pieces are left, ValidationError for unknown lines or a bad address.
    """
    order, items = lock_order(order, version)
    effect = effect_or_conflict(Step.SHIP, order)
    _check_url(tracking.tracking_url)
    left = unshipped(order, items)
    pieces = {pk: count for pk, count in left.items() if count} if lines is None else dict(lines)
    _check_lines(pieces, left, items)
    change = Change(order, items, at=at or timezone.now(), actor=actor, source=source)
    parcel = Fulfillment.objects.create(store_id=order.store_id, order=order, shipped_at=change.at, **vars(tracking))
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(fulfillment=parcel, item_id=pk, quantity=count) for pk, count in sorted(pieces.items())
    )
    is_last = all(count <= pieces.get(pk, 0) for pk, count in left.items())
    if is_last:
        change.apply(effect)
    change.record(OrderEvent.Kind.SHIPPED if is_last else OrderEvent.Kind.PARTLY_SHIPPED, _note(tracking))
    return order


@transaction.atomic
def withdraw_shipment(*, order: Order, at: datetime, actor: User | None, source: str = "") -> Order:
    """Take back the shipment of an order that its source canceled; its parcels go, neither money nor stock moves.

    A shipped order stands where it would without: in progress once it is paid, else pending. Returns the order.
    """
    order, items = lock_order(order)
    change = Change(order, items, at=at, actor=actor, source=source)
    Fulfillment.objects.filter(order=order).delete()
    order.shipped_at = None
    if order.status == Order.Status.SHIPPED:
        change.apply(Effect(to=PROCESSING if order.is_completed else PENDING))
    change.record(OrderEvent.Kind.REOPENED, "shipment canceled at the source")
    return order


@transaction.atomic
def correct_shipment(
    *, order: Order, tracking: Tracking, shipped_at: datetime, at: datetime, actor: User | None, source: str = ""
) -> Order:
    """Give the parcels of a shipped order the tracking and the moment that its source states at `at`; no figure moves.

    The same changes nothing. Where no parcel is known, one of all pieces is written, if it can be followed. Returns
    the order.
    """
    order, items = lock_order(order)
    parcels = list(Fulfillment.objects.filter(order=order).order_by("pk"))
    known = {_tracking_of(parcel) for parcel in parcels} or {NO_TRACKING}
    if known == {tracking} and {order.shipped_at, *(parcel.shipped_at for parcel in parcels)} == {shipped_at}:
        return order
    change = Change(order, items, at=at, actor=actor, source=source)
    before_at = f"{order.shipped_at:%Y-%m-%d %H:%M}" if order.shipped_at else "—"
    notes = [f"shipped at {before_at} → {shipped_at:%Y-%m-%d %H:%M} UTC"]
    notes = [] if order.shipped_at == shipped_at else notes
    if known != {tracking}:
        before = ", ".join(filter(None, map(_note, known)))
        notes.append(f"tracking {before or '—'} → {_note(tracking) or '—'}")
    order.shipped_at = shipped_at
    Fulfillment.objects.filter(order=order).update(shipped_at=shipped_at, **vars(tracking))
    if not parcels and tracking != NO_TRACKING:
        _send_all(change, tracking, shipped_at)
    change.record(OrderEvent.Kind.EDITED, "; ".join(notes))
    return order


def _tracking_of(parcel: Fulfillment) -> Tracking:
    return Tracking(parcel.tracking_number, parcel.carrier, parcel.tracking_url)


def _send_all(change: Change, tracking: Tracking, at: datetime) -> None:
    """Write a parcel of all pieces that were not given back."""
    order = change.order
    parcel = Fulfillment.objects.create(store_id=order.store_id, order=order, shipped_at=at, **vars(tracking))
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(fulfillment=parcel, item_id=pk, quantity=count)
        for pk, count in pieces_left(change.items, {}).items()
        if count
    )


def unshipped(order: Order, items: list[OrderItem]) -> dict[int, int]:
    """Return how many pieces of each line have not left yet; those given back before do not leave any more."""
    return pieces_left(items, pieces_sent(order))


def pieces_sent(order: Order) -> dict[int, int]:
    """Return item id → how many pieces have left."""
    lines = FulfillmentLine.objects.filter(fulfillment__order=order)
    return dict(lines.values_list("item_id").annotate(pieces=Sum("quantity")))


def pieces_left(items: list[OrderItem], sent: Mapping[int, int]) -> dict[int, int]:
    """Return item id → how many pieces can still leave."""
    return {item.pk: max(item.quantity - item.refunded_quantity - sent.get(item.pk, 0), 0) for item in items}


def _check_lines(pieces: Mapping[int, int], left: Mapping[int, int], items: list[OrderItem]) -> None:
    names = {item.pk: item.name for item in items}
    for pk, count in pieces.items():
        if pk not in names:
            raise invalid("lines", gettext("There is no item {pk} on this order.").format(pk=pk))
        if count < 1:
            raise invalid("lines", gettext("Enter a quantity of at least 1."))
        if count > left[pk]:
            raise Conflict(
                gettext("Only {left} of {item} (item {pk}) can still be shipped.").format(
                    left=left[pk], item=names[pk], pk=pk
                )
            )


def _check_url(url: str) -> None:
    if url and not is_web_address(url):
        raise invalid("trackingUrl", gettext("Enter an address that begins with https:// or http://."))


def is_web_address(url: str) -> bool:
    """Answer whether it is an address of a page (https:// or http://)."""
    try:
        IS_WEB_ADDRESS(url)
    except ValidationError:
        return False
    return True


def _note(tracking: Tracking) -> str:
    return " ".join(filter(None, [tracking.carrier, tracking.tracking_number]))
