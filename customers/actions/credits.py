"""Credits and subscriptions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from customers import signals
from customers.auditing import record, values_of
from customers.models import CreditEntry, Customer, Subscription, User
from dealport.kit.errors import Conflict
from dealport.kit.money import require_amount


def add_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Grant credits. Raises ValidationError unless `amount` is above zero."""
    require_amount("amount", amount, currency=customer.store.currency, above_zero=True)
    return _change_credits(customer, amount, reason, actor)


def spend_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Spend credits. Raises ValidationError unless `amount` is above zero, Conflict if the balance is too low."""
    require_amount("amount", amount, currency=customer.store.currency, above_zero=True)
    return _change_credits(customer, -amount, reason, actor)


@transaction.atomic
def _change_credits(customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Move the balance by the signed `amount` unless it would fall below zero, and write the entry."""
    covered = Customer.objects.filter(pk=customer.pk, credit_balance__gte=-amount)
    if not covered.update(credit_balance=F("credit_balance") + amount):
        raise Conflict(gettext("The customer's credit balance does not cover this."))
    customer.refresh_from_db(fields=["credit_balance"])
    entry = CreditEntry.objects.create(
        store_id=customer.store_id,
        customer=customer,
        amount=amount,
        balance_after=customer.credit_balance,
        reason=reason,
        created_by=actor,
    )
    record(
        "credits granted" if amount > 0 else "credits spent",
        customer,
        before={"credit_balance": customer.credit_balance - amount},
        after={"credit_balance": customer.credit_balance, "reason": reason},
        actor=actor,
    )
    signals.credits_changed.send(Customer, customer=customer, entry=entry, actor=actor)
    return entry


@transaction.atomic
def create_or_update_subscription(
    *,
    customer: Customer,
    plan: str,
    status: str,
    current_period_end: datetime,
    monthly_amount: Decimal,
    actor: User | None,
) -> Subscription:
    """Set the customer's one subscription. Raises ValidationError on bad values."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)  # two at once would both make the first one
    subscription = Subscription.objects.select_for_update().filter(customer=customer).first()
    before = None if subscription is None else values_of(subscription)
    if subscription is None:
        subscription = Subscription(customer=customer, store_id=customer.store_id)
    subscription.plan, subscription.status = plan, status
    subscription.current_period_end, subscription.monthly_amount = current_period_end, monthly_amount
    subscription.full_clean(exclude=["store", "customer"])  # first: it names every field that is wrong
    require_amount("monthlyAmount", monthly_amount, currency=customer.store.currency)
    subscription.save()
    record("subscription set", subscription, of=customer, before=before, actor=actor)
    signals.subscription_changed.send(Subscription, subscription=subscription, actor=actor)
    return subscription


@transaction.atomic
def cancel_subscription(*, customer: Customer, actor: User | None) -> None:
    """Cancel the customer's subscription, unless there is none or it is canceled."""
    subscription = Subscription.objects.select_for_update().filter(customer=customer).first()
    if subscription is None or subscription.status == Subscription.Status.CANCELED:
        return
    before = values_of(subscription)
    subscription.status = Subscription.Status.CANCELED
    subscription.save(update_fields=["status", "updated_at"])
    record("subscription canceled", subscription, of=customer, before=before, actor=actor)
    signals.subscription_changed.send(Subscription, subscription=subscription, actor=actor)
