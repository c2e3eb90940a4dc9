"""What orders know of a customer, removed when the customer's personal data is erased."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.dispatch import receiver
from django.utils import timezone

from customers.erasure import Masker
from customers.models import Customer
from customers.signals import customer_erased
from dealport.kit.history import permitted
from orders.models import DraftOrder, Order, OrderEdit, OrderEvent, Refund, Transaction, Upload

PARTS = ("name", "street", "postalCode")
"""What of an order's address is looked for in notes and histories; a city or country tells nobody."""
ADDRESSES = ("shipping_address", "billing_address")


@receiver(customer_erased, dispatch_uid="orders.erase_customer")
def erase_orders(customer: Customer, values: set[str], **_: Any) -> None:
    """Keep of the addresses the country alone, drop what providers answered, mask notes, reasons, histories.

    The source's later states do not bring it back.
    """
    _erase(Order.objects.filter(customer=customer) | guest_orders_naming(customer.store_id, values), values)
    # what became an order is told by the order alone
    DraftOrder.objects.filter(customer=customer, order__isnull=True).delete()
    _expire_uploads(customer, Masker(values))


def guest_orders_naming(store_id: int, values: set[str]) -> QuerySet[Order]:
    """Return the store's orders of guests that name one of the email addresses among `values`."""
    guests, named = Order.objects.filter(store=store_id, customer=None), Q(pk__in=())
    for email in (value for value in values if "@" in value):
        for field in (*ADDRESSES, "notes", "internal_notes"):
            named |= Q(pk__in=guests.annotate(text=Cast(field, TextField())).filter(text__icontains=email).values("pk"))
    return guests.filter(named)


@transaction.atomic
def erase_guests(orders: QuerySet[Order]) -> int:
    """Erase what these orders, which have no customer, know of the people who placed them; return how many."""
    with permitted("erase"):
        return _erase(orders, set())


def _erase(orders: QuerySet[Order], values: set[str]) -> int:
    """Erase orders and their histories; add to `values` what else must not be found any more."""
    keys = list(orders.order_by("pk").values_list("pk", flat=True))
    orders, now = Order.objects.filter(pk__in=keys).order_by("pk"), timezone.now()
    for pair in orders.values_list(*ADDRESSES):
        values.update(str(address[part]) for address in pair for part in PARTS if address.get(part))
    for known in orders.values_list("ip_address", "user_agent"):
        values.update(filter(None, known))
    for order in orders.only("pk", *ADDRESSES):
        kept = {field: country_alone(getattr(order, field)) for field in ADDRESSES}
        Order.objects.filter(pk=order.pk).update(
            **kept, notes="", internal_notes="", ip_address=None, user_agent="", erased_at=now
        )
    masker = Masker(values)
    _mask(OrderEvent.objects.filter(order__in=keys), "note", masker)
    _mask(OrderEdit.objects.filter(order__in=keys), "reason", masker)
    _mask(Refund.objects.filter(order__in=keys), "reason", masker)
    answered = Transaction.objects.filter(order__in=keys, gateway_response__isnull=False)
    answered.update(gateway_response=None)
    masker.mask_history(Order._meta.label_lower, keys)
    return len(keys)


def _expire_uploads(customer: Customer, masker: Masker) -> None:
    """Let the files of orders expire now, and forget what is quoted of them; prices and stock name nobody."""
    files = Upload.objects.filter(store=customer.store_id).exclude(kind=Upload.Kind.PRODUCTS)
    files.update(expires_at=timezone.now(), preview={})
    for pk, name, receipt, error in files.values_list("pk", "file_name", "receipt", "error"):
        masked = masker.text(name), masker.json(receipt), masker.text(error)
        if masked != (name, receipt, error):
            Upload.objects.filter(pk=pk).update(file_name=masked[0], receipt=masked[1], error=masked[2])


def country_alone(address: dict[str, object]) -> dict[str, object]:
    """Return what erasing leaves of an address."""
    return {"country": address["country"]} if address.get("country") else {}


def _mask(rows: QuerySet[Model], column: str, masker: Masker) -> None:
    for pk, text in rows.exclude(**{column: ""}).values_list("pk", column):
        if masker.text(text) != text:
            rows.model._default_manager.filter(pk=pk).update(**{column: masker.text(text)})
