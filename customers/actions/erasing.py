"""Erasing a customer's personal data."""

from __future__ import annotations

import json

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers import signals
from customers.actions.customers import delete_customer
from customers.auditing import record
from customers.erasure import Masker
from customers.models import Address, CreditEntry, Customer, IdempotencyRecord, User
from dealport.kit.history import permitted

ERASED_NAME = "Erased customer"
TELLING = 10
"""Characters from which a value alone tells that a text is about the customer."""


@transaction.atomic
def erase_customer(*, customer: Customer, actor: User | None) -> Customer:
    """Erase a customer's name, email, phone, addresses and notes for good; figures stay. A second time does nothing.

    The customer is deleted with it, and whoever was merged into it is erased too. Receivers of `customer_erased` clear
    what other apps know: orders and their history, files. Answers kept for repeated requests are masked.
    """
    row = delete_customer(customer=customer, actor=actor)
    if row.erased_at is not None:
        return row
    people = [row, *_merged(row)]
    values = set().union(*(_personal_values(person) for person in people))
    for person in people:
        _erase(person, values, actor)
    return row


def _merged(customer: Customer) -> list[Customer]:
    """Return the customers that became a part of this one, and of those."""
    parts = list(Customer.objects.select_for_update().filter(merged_into=customer, erased_at=None).order_by("pk"))
    return [*parts, *(further for part in parts for further in _merged(part))]


def _erase(row: Customer, values: set[str], actor: User | None) -> None:
    """Erase one entry of the person; `values` are those of all of them."""
    Address.objects.filter(customer=row).delete()
    row.name, row.first_name, row.last_name = ERASED_NAME, "", ""
    row.email = row.phone = row.avatar = row.notes = ""
    row.tags, row.accepts_marketing, row.marketing_consent_at = [], False, None
    row.erased_at = row.updated_at = timezone.now()
    row.save(
        update_fields=[
            "name",
            "first_name",
            "last_name",
            "email",
            "phone",
            "avatar",
            "notes",
            "tags",
            "accepts_marketing",
            "marketing_consent_at",
            "erased_at",
            "updated_at",
        ]
    )
    with permitted("erase"):
        signals.customer_erased.send(Customer, customer=row, values=values, actor=actor)
        masker = Masker(values)
        masker.mask_history(row._meta.label_lower, [row.pk])
        for entry in CreditEntry.objects.filter(customer=row):
            CreditEntry.objects.filter(pk=entry.pk).update(reason=masker.text(entry.reason))
        _mask_answers(row, values)
    record("erased", row, before={"erased_at": None}, after={"erased_at": row.erased_at}, actor=actor)


def _personal_values(customer: Customer) -> set[str]:
    """Return what must not be found any more; receivers of `customer_erased` add to it."""
    values = {customer.name, customer.first_name, customer.last_name, customer.email, customer.phone, customer.avatar}
    for book in Address.objects.filter(customer=customer).values_list("street", "postal_code"):
        values.update(book)
    return values - {""}


def _mask_answers(customer: Customer, values: set[str]) -> None:
    """Mask the answers kept for repeated requests that are about the customer."""
    spelled = {form for value in values for form in (value, json.dumps(value)[1:-1])}
    masker, about = Masker(spelled), Q(answer__contains=f'"customerId": {customer.pk},')
    for value in spelled:
        if "@" in value or len(value) >= TELLING:
            about |= Q(answer__icontains=value)
    for kept in IdempotencyRecord.objects.filter(about | Q(path__contains=f"/customers/{customer.pk}/")):
        IdempotencyRecord.objects.filter(pk=kept.pk).update(answer=masker.text(kept.answer))
