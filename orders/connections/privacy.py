"""The privacy requests that sources pass on: a copy of somebody's data, and erasing one customer or all of them.

Source of the rules: shopify.dev, "Privacy law compliance" (customers/data_request, customers/redact, shop/redact).
"""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from customers.actions import erase_customer
from customers.erasure import SHORTEST, Masker
from customers.models import Customer
from customers.signals import customer_erased
from dealport.kit.emails import fold_email
from dealport.kit.values import Json
from orders.erasing import erase_guests, guest_orders_naming
from orders.models import Connection, Order, PrivacyRequest, SourceEvent

Kind = PrivacyRequest.Kind


def carry_out(connection: Connection, topic: str, content: Json) -> None:
    """Erase at once; a copy of data is requested for the store's owner. Twice is like once."""
    kind = Kind(topic)
    person = content.get("customer") or {}
    ids = [str(one) for one in content.get("orders_requested") or content.get("orders_to_redact") or ()]
    request = PrivacyRequest(connection=connection, kind=kind, order_ids=ids)
    if kind == Kind.REPORT:
        request.customer = _customers(connection, person, ids).first()
    else:
        everybody = kind == Kind.ERASE_STORE
        orders = _orders(connection, None if everybody else ids)
        customers = Customer.objects.filter(orders__in=orders).distinct() if everybody else None
        guests = guest_orders_naming(connection.store_id, {fold_email(str(person.get("email") or ""))})
        request.erased = _erase(customers or _customers(connection, person, ids), orders | guests)
        request.done_at = timezone.now()
        _empty_bodies(connection, None if everybody else f"privacy:{person.get('id')}")
    request.save()


def _orders(connection: Connection, ids: list[str] | None) -> QuerySet[Order]:
    """Return the orders of the connection's source with these ids, all of them for None."""
    records = Order.objects.filter(store=connection.store_id, source_record__source=connection.kind)
    return records if ids is None else records.filter(source_record__external_id__in=ids)


def _customers(connection: Connection, person: Json, ids: list[str]) -> QuerySet[Customer]:
    """Return who is meant: the owner of the email address, and whoever placed the orders."""
    meant = Q(pk__in=_orders(connection, ids).exclude(customer=None).values("customer"))
    if person.get("email"):
        meant |= Q(email=fold_email(str(person["email"])))
    return Customer.objects.filter(meant, store=connection.store_id).order_by("pk")


def _erase(customers: QuerySet[Customer], orders: QuerySet[Order]) -> int:
    count = 0
    for customer in customers.filter(erased_at=None):
        erase_customer(customer=customer, actor=None)
        count += 1
    return count + erase_guests(orders.filter(customer=None))


def _empty_bodies(connection: Connection, subject: str | None) -> None:
    """Empty what was reported of a person, or everything (None)."""
    events = SourceEvent.objects.filter(connection=connection).exclude(body="")
    (events if subject is None else events.filter(subject=subject)).update(body="")


@receiver(customer_erased, dispatch_uid="orders.erase_source_events")
def erase_source_events(customer: Customer, values: set[str], **_: Any) -> None:
    """Empty the stored webhooks that name the customer, and mask why they failed.

    Orders are fetched when they are applied: none is lost.
    """
    forms = {form for value in values if len(value) >= SHORTEST for form in (value, json.dumps(value)[1:-1])}
    named = Q()
    for form in forms:
        named |= Q(body__icontains=form)
    if forms:
        events = SourceEvent.objects.filter(connection__store=customer.store_id).exclude(topic__startswith="product")
        events.exclude(body="").filter(named).update(body="")
        masker = Masker(values)
        for pk, reason in events.exclude(reason="").values_list("pk", "reason"):
            if masker.text(reason) != reason:
                SourceEvent.objects.filter(pk=pk).update(reason=masker.text(reason))


def empty_old_bodies(before: object) -> int:
    """Empty the bodies of what was settled before a moment; return how many (index orders_source_event_bodies)."""
    settled = (SourceEvent.State.APPLIED, SourceEvent.State.IGNORED)
    old = SourceEvent.objects.filter(done_at__lt=before, state__in=settled).exclude(body="")
    return old.update(body="")


def report(request: PrivacyRequest) -> Json:
    """Return what the store holds about the person a data request is about, as the API states it."""
    orders = _orders(request.connection, request.order_ids)
    if request.customer_id:
        orders = Order.objects.filter(Q(customer=request.customer_id) | Q(pk__in=orders.values("pk")))
    customers = Customer.objects.filter(pk=request.customer_id or 0).prefetch_related("addresses")
    return {
        "requestedAt": request.requested_at.isoformat(),
        "customers": [_person(customer) for customer in customers],
        "orders": [_order(order) for order in orders.prefetch_related("items").order_by("pk")],
    }


def mark_done(request: PrivacyRequest) -> None:
    """Note that the owner of the store has the report."""
    PrivacyRequest.objects.filter(pk=request.pk, done_at=None).update(done_at=timezone.now())


def _person(customer: Customer) -> Json:
    return {
        "email": customer.email,
        "name": customer.name,
        "phone": customer.phone,
        "notes": customer.notes,
        "tags": customer.tags,
        "acceptsMarketing": customer.accepts_marketing,
        "createdAt": customer.created_at.isoformat(),
        "addresses": [
            {"street": one.street, "city": one.city, "postalCode": one.postal_code, "country": one.country}
            for one in customer.addresses.all()
        ],
    }


def _order(order: Order) -> Json:
    return {
        "number": order.number,
        "placedAt": order.placed_at.isoformat(),
        "total": str(order.total_amount),
        "shippingAddress": order.shipping_address,
        "billingAddress": order.billing_address,
        "notes": order.notes,
        "ipAddress": order.ip_address,
        "userAgent": order.user_agent,
        "items": [{"name": item.name, "quantity": item.quantity} for item in order.items.all()],
    }
