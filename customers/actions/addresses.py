"""Customers' address books."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext

from customers.auditing import record, values_of
from customers.models import Address, Customer, User
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues, Json


@transaction.atomic
def save_address(*, customer: Customer, address: Address | None, values: FieldValues, actor: User | None) -> Address:
    """Add an address to the customer's book, or change one. A new default replaces the old one of its kind.

    Raises ValidationError on bad values.
    """
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    before = values_of(Address.objects.get(pk=address.pk)) if address and address.pk else None
    address = address or Address(customer=customer)
    address.customer, address.store_id = customer, customer.store_id
    for field, value in values.items():
        setattr(address, field, value)
    if address.is_default:
        others = Address.objects.filter(customer=customer, kind=address.kind, is_default=True)
        others.exclude(pk=address.pk).update(is_default=False)
    address.full_clean(exclude=["store", "customer"], validate_constraints=False)
    address.save()
    record("address created" if before is None else "address changed", address, of=customer, before=before, actor=actor)
    return address


@transaction.atomic
def delete_address(*, address: Address, actor: User | None) -> None:
    """Take an address out of the book. Orders keep their own copy."""
    before = values_of(address)
    if Address.objects.filter(pk=address.pk).delete()[0]:
        record("address deleted", address, of=address.customer, before=before, after={}, actor=actor)


def book_of(customer: Customer) -> dict[str, object]:
    """Return the customer's address book for the audit trail."""
    fields = ("kind", "is_default", "street", "city", "state", "postal_code", "country")
    return {"addresses": list(Address.objects.filter(customer=customer).order_by("pk").values(*fields))}


def replace_addresses(customer: Customer, addresses: Sequence[Json]) -> None:
    """Make these the customer's address book. Raises ValidationError, also for two defaults of one kind."""
    defaults = [entry["kind"] for entry in addresses if entry.get("is_default")]
    if len(defaults) != len(set(defaults)):
        raise invalid("addresses", gettext("At most one address of a kind is the default."))
    Address.objects.filter(customer=customer).delete()
    rows = [Address(customer=customer, store_id=customer.store_id, **entry) for entry in addresses]
    for row in rows:
        row.full_clean(exclude=["store", "customer"], validate_constraints=False)
    Address.objects.bulk_create(rows)
