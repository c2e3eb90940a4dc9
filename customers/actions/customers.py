"""Customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from customers import signals
from customers.actions.addresses import book_of, replace_addresses
from customers.actions.taken import refused_if_taken
from customers.auditing import record, values_of
from customers.models import Customer, Store, User
from dealport.kit.emails import fold_email
from dealport.kit.errors import Conflict

CUSTOMER_FIELDS = {"email", "name", "phone"}


@transaction.atomic
def register_customer(
    *,
    store: Store,
    email: str = "",
    name: str = "",
    phone: str = "",
    addresses: Sequence[dict[str, Any]] = (),
    at: datetime | None = None,
    actor: User | None,
) -> Customer:
    """Register a shopper with an address book. Raises Conflict if the store has a customer with that email."""
    email = fold_email(email)
    if email and Customer.objects.present().filter(store=store, email=email).exists():
        raise Conflict("This store already has a customer with that email address.")
    customer = Customer(store=store, email=email, name=name, phone=phone, created_at=at or timezone.now())
    customer.full_clean(exclude=["store"])
    with refused_if_taken():
        customer.save()
    replace_addresses(customer, addresses)
    record("created", customer, after=values_of(customer) | book_of(customer), actor=actor)
    signals.customer_registered.send(Customer, customer=customer, actor=actor)
    return customer


@transaction.atomic
def confirm_email(*, customer: Customer, at: datetime | None = None, actor: User | None) -> Customer:
    """Record the first confirmation of the email address. A second one changes nothing."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if customer.email_confirmed_at is None:
        if not customer.email:
            raise Conflict("This customer has no email address to confirm.")
        before = values_of(customer)
        customer.email_confirmed_at = at or timezone.now()
        customer.save(update_fields=["email_confirmed_at"])
        record("email confirmed", customer, before=before, actor=actor)
        signals.email_confirmed.send(Customer, customer=customer, actor=actor)
    return customer


@transaction.atomic
def delete_customer(*, customer: Customer, actor: User | None) -> None:
    """Hide a customer (soft delete). Orders and figures stay; the email address becomes free again."""
    now = timezone.now()
    if Customer.objects.filter(pk=customer.pk, deleted_at__isnull=True).update(deleted_at=now):
        record("deleted", customer, before={"deleted_at": None}, after={"deleted_at": now}, actor=actor)


@transaction.atomic
def update_customer(*, customer: Customer, changes: dict[str, Any], actor: User | None) -> Customer:
    """Change a customer's email, name or phone; `addresses` replaces the whole address book.

    A confirmation once given stays: figures count it once.

    Raises Conflict if the store has another customer with that email, ValidationError on bad values.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if customer.deleted_at is not None:
        raise Conflict("This customer has been deleted.")
    before = values_of(customer) | book_of(customer)
    changed = sorted(CUSTOMER_FIELDS & changes.keys())
    for field in changed:
        setattr(customer, field, changes[field])
    customer.email = fold_email(customer.email)
    same = Customer.objects.present().filter(store_id=customer.store_id, email=customer.email)
    if customer.email and same.exclude(pk=customer.pk).exists():
        raise Conflict("This store already has a customer with that email address.")
    customer.full_clean(exclude=["store"])
    with refused_if_taken():
        customer.save(update_fields=changed)
    if "addresses" in changes:
        replace_addresses(customer, changes["addresses"])
    record("changed", customer, before=before, after=values_of(customer) | book_of(customer), actor=actor)
    return customer
