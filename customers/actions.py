"""Every write of the customers house: verbs, keyword-only, one transaction each, `actor` explicit."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from customers import signals
from customers.errors import Conflict, invalid
from customers.models import CreditEntry, Customer, Store, Subscription, User

STORE_FIELDS = {"slug", "name", "currency", "timezone", "is_active"}


@transaction.atomic
def create_store(*, slug: str, name: str, currency: str, timezone: str, actor: User | None) -> Store:
    """Create a store. Raises django's ValidationError naming the field on bad values."""
    store = Store(slug=slug, name=name, currency=currency, timezone=timezone)
    store.full_clean()
    store.save()
    signals.store_created.send(Store, store=store, actor=actor)
    return store


@transaction.atomic
def update_store(*, store: Store, changes: dict[str, Any], actor: User | None) -> Store:
    """Change fields of a store.

    Raises Conflict if currency or time zone would change after the first order (the amounts and the days of all
    figures would silently mean something else), ValidationError on bad values.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    changed = {field for field in STORE_FIELDS & changes.keys() if getattr(store, field) != changes[field]}
    for field in changed:
        setattr(store, field, changes[field])
    store.full_clean()
    signals.store_changing.send(Store, store=store, changed=changed, actor=actor)
    store.save(update_fields=sorted(changed))
    return store


@transaction.atomic
def register_customer(
    *,
    store: Store,
    email: str = "",
    name: str = "",
    phone: str = "",
    at: datetime | None = None,
    actor: User | None,
) -> Customer:
    """Register a shopper. Raises Conflict if the store already has a customer with that e-mail."""
    email = email.strip().lower()
    if email and Customer.objects.present().filter(store=store, email__iexact=email).exists():
        raise Conflict("This store already has a customer with that e-mail address.")
    customer = Customer(store=store, email=email, name=name, phone=phone, created_at=at or timezone.now())
    customer.full_clean(exclude=["store"])
    customer.save()
    signals.customer_registered.send(Customer, customer=customer, actor=actor)
    return customer


@transaction.atomic
def confirm_email(*, customer: Customer, at: datetime | None = None, actor: User | None) -> Customer:
    """Record the first confirmation of the e-mail address. A second one changes nothing."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if customer.email_confirmed_at is None:
        if not customer.email:
            raise Conflict("This customer has no e-mail address to confirm.")
        customer.email_confirmed_at = at or timezone.now()
        customer.save(update_fields=["email_confirmed_at"])
        signals.email_confirmed.send(Customer, customer=customer, actor=actor)
    return customer


@transaction.atomic
def delete_customer(*, customer: Customer, actor: User | None) -> None:
    """Hide a customer (soft delete). Orders and figures stay; the e-mail address becomes free again."""
    Customer.objects.filter(pk=customer.pk, deleted_at__isnull=True).update(deleted_at=timezone.now())


@transaction.atomic
def change_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Grant (`amount` > 0) or spend (`amount` < 0) credits.

    Raises Conflict if the balance would fall below zero, ValidationError for a zero amount.
    """
    if amount == 0:
        raise invalid("amount", "must not be zero")
    if amount != amount.quantize(Decimal("0.01")):
        raise invalid("amount", "must have at most two decimals")
    taken = Customer.objects.filter(pk=customer.pk, credit_balance__gte=-amount).update(
        credit_balance=F("credit_balance") + amount
    )
    if not taken:
        raise Conflict("The customer's credit balance does not cover this.")
    customer.refresh_from_db(fields=["credit_balance"])
    entry = CreditEntry.objects.create(
        store_id=customer.store_id,
        customer=customer,
        amount=amount,
        balance_after=customer.credit_balance,
        reason=reason,
        created_by=actor,
    )
    signals.credits_changed.send(Customer, customer=customer, entry=entry, actor=actor)
    return entry


def add_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Grant credits; `amount` is above zero."""
    if amount <= 0:
        raise invalid("amount", "must be above zero")
    return change_credits(customer=customer, amount=amount, reason=reason, actor=actor)


def spend_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Spend credits; `amount` is above zero. Raises Conflict if the balance does not cover it."""
    if amount <= 0:
        raise invalid("amount", "must be above zero")
    return change_credits(customer=customer, amount=-amount, reason=reason, actor=actor)


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
    subscription = Subscription.objects.select_for_update().filter(customer=customer).first()
    if subscription is None:
        subscription = Subscription(customer=customer, store_id=customer.store_id)
    subscription.plan, subscription.status = plan, status
    subscription.current_period_end, subscription.monthly_amount = current_period_end, monthly_amount
    subscription.full_clean(exclude=["store", "customer"])
    subscription.save()
    signals.subscription_changed.send(Subscription, subscription=subscription, actor=actor)
    return subscription


def record_order_figures(
    *,
    customer_id: int,
    orders: int = 0,
    completed: int = 0,
    spent: Decimal = Decimal("0.00"),
    last_order_at: datetime | None = None,
) -> None:
    """Move a customer's order figures by signed differences, in the caller's transaction.

    Placing moves `orders` and `last_order_at`; payment and refund move `completed` and `spent`, from which the
    average and the tier follow.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    customer.total_orders += orders
    customer.completed_orders += completed
    customer.total_spent += spent
    customer.average_order_value = average(customer.total_spent, customer.completed_orders)
    customer.tier = tier_for(customer.total_spent)
    fields = ["total_orders", "completed_orders", "total_spent", "average_order_value", "tier"]
    if last_order_at is not None:
        customer.last_order_at = max(filter(None, (customer.last_order_at, last_order_at)))
        fields.append("last_order_at")
    customer.save(update_fields=fields)


def average(total: Decimal, count: int) -> Decimal:
    """Return total ÷ count, half-up to cents; 0 for none."""
    if count == 0:
        return Decimal("0.00")
    return (total / count).quantize(Decimal("0.01"), ROUND_HALF_UP)


def tier_for(spent: Decimal) -> str:
    """Return the tier for a lifetime spend; thresholds are inclusive (DEALPORT_TIER_THRESHOLDS)."""
    silver, gold, platinum = settings.DEALPORT_TIER_THRESHOLDS
    if spent >= platinum:
        return Customer.Tier.PLATINUM
    if spent >= gold:
        return Customer.Tier.GOLD
    return Customer.Tier.SILVER if spent >= silver else Customer.Tier.BRONZE
