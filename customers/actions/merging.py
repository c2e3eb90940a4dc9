"""Merging two customers who are one person, and undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext

from customers import signals
from customers.actions.taken import refused_if_taken
from customers.auditing import record
from customers.models import CreditEntry, Customer, CustomerMerge, Subscription, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.history import permitted

UNDO_DAYS = 30


@transaction.atomic
def merge_customers(*, customer: Customer, merged: Customer, actor: User | None) -> CustomerMerge:
    """Make `merged` a part of `customer`: orders, credits and, if `customer` has none, the subscription move.

    `merged` is deleted and no longer counted as a customer. Raises ValidationError for one and the same customer or
    one of another store, Conflict if one of them is deleted.
    """
    if customer.pk == merged.pk or customer.store_id != merged.store_id:
        raise invalid("customerId", gettext("Enter another customer of the same store."))
    kept, gone = _locked(customer.pk, merged.pk)
    if kept.deleted_at is not None or gone.deleted_at is not None:
        raise Conflict(gettext("A deleted customer cannot be merged. Restore the customer first."))
    merge = CustomerMerge(store_id=kept.store_id, customer=kept, merged=gone)
    merge.credit_ids = list(CreditEntry.objects.filter(customer=gone).order_by("pk").values_list("pk", flat=True))
    if not Subscription.objects.filter(customer=kept).exists():
        merge.subscription_id = Subscription.objects.filter(customer=gone).values_list("pk", flat=True).first()
    now = timezone.now()
    Customer.objects.filter(pk=gone.pk).update(deleted_at=now, updated_at=now, merged_into=kept)
    _move(merge, source=gone, target=kept)
    signals.customers_merged.send(Customer, merge=merge, actor=actor)
    merge.save()
    _record("merged", kept, gone, actor)
    return merge


@transaction.atomic
def undo_merge(*, merge: CustomerMerge, actor: User | None) -> CustomerMerge:
    """Take a merge back: what moved moves back, unless it has gone elsewhere since.

    Raises Conflict after UNDO_DAYS, for a merge that was undone, if `customer` has spent the credits that must move
    back, and if another customer has the email address by now.
    """
    kept, gone = _locked(merge.customer_id, merge.merged_id)
    merge = CustomerMerge.objects.select_for_update().get(pk=merge.pk)
    now = timezone.now()
    if merge.undone_at is not None or now > _last_moment(merge.merged_at):
        raise Conflict(gettext("A merge can be undone once, within {undo_days} days.").format(undo_days=UNDO_DAYS))
    if gone.erased_at is not None or kept.erased_at is not None:
        raise Conflict(gettext("Personal data was erased since, so this merge cannot be undone."))
    with refused_if_taken():
        Customer.objects.filter(pk=gone.pk).update(deleted_at=None, updated_at=now, merged_into=None)
    _move(merge, source=kept, target=gone)
    signals.merge_undone.send(Customer, merge=merge, actor=actor)
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])
    _record("merge undone", kept, gone, actor)
    return merge


def _locked(first: int, second: int) -> tuple[Customer, Customer]:
    """Return both rows, locked in pk order."""
    rows = Customer.objects.select_for_update().filter(pk__in=(first, second)).order_by("pk")
    found = {row.pk: row for row in rows.select_related(None)}
    return found[first], found[second]


def _move(merge: CustomerMerge, *, source: Customer, target: Customer) -> None:
    """Move credits and subscription. Raises Conflict if the source's balance does not cover them."""
    entries = CreditEntry.objects.filter(customer=source, pk__in=merge.credit_ids)
    amount = entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    covered = Customer.objects.filter(pk=source.pk, credit_balance__gte=amount)
    if not covered.update(credit_balance=F("credit_balance") - amount):
        raise Conflict(gettext("The credits to move back have been spent. Grant them again first."))
    Customer.objects.filter(pk=target.pk).update(credit_balance=F("credit_balance") + amount)
    with permitted("merge"):
        entries.update(customer=target)
    if merge.subscription_id is not None:
        Subscription.objects.filter(pk=merge.subscription_id, customer=source).update(customer=target)


def _last_moment(merged_at: datetime) -> datetime:
    return merged_at + timedelta(days=UNDO_DAYS)


def _record(action: str, kept: Customer, gone: Customer, actor: User | None) -> None:
    pairs: Sequence[tuple[Customer, dict[str, object]]] = (
        (kept, {"merged_customer": gone.pk}),
        (gone, {"merged_into": kept.pk}),
    )
    for row, values in pairs:
        was, now = ({}, values) if action == "merged" else (values, {})
        record(action, row, before=was, after=now, actor=actor)
