"""Customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers import signals
from customers.actions.addresses import book_of, replace_addresses
from customers.actions.credits import cancel_subscription
from customers.actions.taken import refused_if_taken
from customers.auditing import record, values_of
from customers.models import Customer, Store, User
from customers.names import join_name, split_name
from dealport.kit.emails import fold_email
from dealport.kit.errors import Conflict, invalid
from dealport.kit.values import FieldValues, Json

CUSTOMER_FIELDS = {
    "accepts_marketing", "avatar", "email", "first_name", "last_name", "name", "notes", "phone", "status", "tags",
}  # fmt: skip
LONGEST_NAME = 200


@transaction.atomic
def register_customer(
    *,
    store: Store,
    email: str = "",
    addresses: Sequence[Json] = (),
    at: datetime | None = None,
    actor: User | None,
    **values: object,
) -> Customer:
    """Register a shopper with an address book; `values` are of CUSTOMER_FIELDS.

    Raises Conflict if the store has a customer with that email, ValidationError on bad values.
    """
    if unknown := values.keys() - CUSTOMER_FIELDS:
        raise TypeError(f"not of a customer: {', '.join(sorted(unknown))}")
    email = fold_email(email)
    if email and Customer.objects.present().filter(store=store, email=email).exists():
        raise Conflict(gettext("This store already has a customer with that email address."))
    customer = Customer(store=store, email=email, created_at=at or timezone.now())
    _set(customer, values, at=customer.created_at)
    # each constraint would be a statement of its own, and none can break: the figures are not of CUSTOMER_FIELDS
    customer.full_clean(exclude=["store"], validate_constraints=False)
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
            raise Conflict(gettext("This customer has no email address to confirm."))
        before = values_of(customer)
        customer.email_confirmed_at = at or timezone.now()
        customer.updated_at = timezone.now()
        customer.save(update_fields=["email_confirmed_at", "updated_at"])
        record("email confirmed", customer, before=before, actor=actor)
        signals.email_confirmed.send(Customer, customer=customer, actor=actor)
    return customer


@transaction.atomic
def delete_customer(*, customer: Customer, actor: User | None) -> Customer:
    """Hide a customer (soft delete) and cancel the subscription; return the row as it is then.

    Orders, credits and figures stay, and the audit trail states the credits; the email address becomes free again.
    """
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if row.deleted_at is None:
        row.deleted_at = row.updated_at = timezone.now()
        row.save(update_fields=["deleted_at", "updated_at"])
        before, after = {"deleted_at": None}, {"deleted_at": row.deleted_at, "credits_left": row.credit_balance or None}
        record("deleted", row, before=before, after=after, actor=actor)
        cancel_subscription(customer=row, actor=actor)
    return row


@transaction.atomic
def restore_customer(*, customer: Customer, actor: User | None) -> Customer:
    """Undo a deletion; nothing where there was none. The subscription stays canceled.

    Raises Conflict if the store has another customer with that email address by now.
    """
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if row.merged_into_id is not None:
        raise Conflict(gettext("This customer was merged into another. Undo the merge instead."))
    if row.erased_at is not None:
        raise Conflict(gettext("This customer's personal data was erased, which cannot be undone."))
    if row.deleted_at is not None:
        before = values_of(row)
        row.deleted_at, row.updated_at = None, timezone.now()
        with refused_if_taken():
            row.save(update_fields=["deleted_at", "updated_at"])
        record("restored", row, before=before, actor=actor)
    return row


@transaction.atomic
def update_customer(*, customer: Customer, changes: FieldValues, actor: User | None) -> Customer:
    """Change what CUSTOMER_FIELDS names; `addresses` replaces the whole address book.

    A confirmation once given stays: figures count it once. `name` sets both its parts, a part the whole name.

    Raises Conflict if the store has another customer with that email, ValidationError on bad values.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if customer.deleted_at is not None:
        raise Conflict(gettext("This customer has been deleted."))
    before = values_of(customer) | book_of(customer)
    changed = _set(customer, {name: changes[name] for name in CUSTOMER_FIELDS & changes.keys()}, at=timezone.now())
    customer.email = fold_email(customer.email)
    same = Customer.objects.present().filter(store_id=customer.store_id, email=customer.email)
    if customer.email and same.exclude(pk=customer.pk).exists():
        raise Conflict(gettext("This store already has a customer with that email address."))
    customer.full_clean(exclude=["store"], validate_constraints=False)
    customer.updated_at = timezone.now()
    with refused_if_taken():
        customer.save(update_fields=[*changed, "updated_at"])
    if "addresses" in changes:
        replace_addresses(customer, changes["addresses"])
    record("changed", customer, before=before, after=values_of(customer) | book_of(customer), actor=actor)
    return customer


def _set(customer: Customer, values: FieldValues, *, at: datetime) -> list[str]:
    """Set the values and what follows from them; return the names of the fields to write. Raises ValidationError."""
    values = {**values, **_names(customer, values)}
    if values.get("accepts_marketing", customer.accepts_marketing) != customer.accepts_marketing:
        values["marketing_consent_at"] = at
    if "tags" in values:
        values["tags"] = sorted({tag.strip() for tag in values["tags"]} - {""}, key=str.casefold)
    for name, value in values.items():
        setattr(customer, name, value)
    return sorted(values)


def _names(customer: Customer, values: FieldValues) -> dict[str, str]:
    """Return the whole name and its parts as `values` decide them, nothing if they decide none of them.

    Raises ValidationError for a whole that contradicts its parts, or is too long.
    """
    parts = {"first_name", "last_name"} & values.keys()
    if not parts and "name" not in values:
        return {}
    if not parts:
        first, last = split_name(values["name"])
        return {"name": values["name"], "first_name": first, "last_name": last}
    first = " ".join(values.get("first_name", customer.first_name).split())
    last = " ".join(values.get("last_name", customer.last_name).split())
    name = join_name(first, last)
    if len(name) > LONGEST_NAME:
        raise invalid(
            "lastName",
            gettext("Enter a first and a last name of at most {longest_name} characters together.").format(
                longest_name=LONGEST_NAME
            ),
        )
    if "name" in values and " ".join(values["name"].split()) != name:
        raise invalid(
            "name", gettext("Leave the name out, or enter the first and the last name with a space between them.")
        )
    return {"name": name, "first_name": first, "last_name": last}
