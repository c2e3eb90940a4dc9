"""Every write of the customers app: verbs, keyword-only, one transaction each, `actor` explicit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied

from customers import signals
from customers.accounts import account_changed
from customers.auditing import record, values_of
from customers.models import Address, CreditEntry, Customer, Membership, Store, Subscription, User
from dealport.kit.emails import fold_email
from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import require_amount

STORE_FIELDS = {"slug", "name", "currency", "timezone", "is_active"}
CUSTOMER_FIELDS = {"email", "name", "phone"}
USER_FIELDS = {"email", "name", "role", "is_active"}
TAKEN = {
    "customers_customer_email_once_per_store": "This store already has a customer with that email address.",
    "customers_store_slug_key": "There is a store with this slug already.",
    "customers_user_email_key": "There is an account with this email address already.",
}
"""What the unique constraints mean."""


@transaction.atomic
def create_store(*, slug: str, name: str, currency: str, timezone: str, actor: User | None) -> Store:
    """Create a store. Raises django's ValidationError naming the field on bad values."""
    store = Store(slug=slug, name=name, currency=currency, timezone=timezone)
    store.full_clean()
    with _refused_if_taken():
        store.save()
    record("created", store, actor=actor)
    signals.store_created.send(Store, store=store, actor=actor)
    return store


@transaction.atomic
def update_store(*, store: Store, changes: dict[str, Any], actor: User | None) -> Store:
    """Change fields of a store.

    Raises Conflict if currency or time zone would change after the first order (the amounts and the days of all
    figures would silently mean something else), ValidationError on bad values.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    before = values_of(store)
    changed = {field for field in STORE_FIELDS & changes.keys() if getattr(store, field) != changes[field]}
    for field in changed:
        setattr(store, field, changes[field])
    store.full_clean(exclude={"currency"} - changed)  # one that was withdrawn stays
    signals.store_changing.send(Store, store=store, changed=changed, actor=actor)
    with _refused_if_taken():
        store.save(update_fields=sorted(changed))
    record("changed", store, before=before, actor=actor)
    return store


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
    with _refused_if_taken():
        customer.save()
    _replace_addresses(customer, addresses)
    record("created", customer, after=values_of(customer) | _book(customer), actor=actor)
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
    before = values_of(customer) | _book(customer)
    changed = sorted(CUSTOMER_FIELDS & changes.keys())
    for field in changed:
        setattr(customer, field, changes[field])
    customer.email = fold_email(customer.email)
    same = Customer.objects.present().filter(store_id=customer.store_id, email=customer.email)
    if customer.email and same.exclude(pk=customer.pk).exists():
        raise Conflict("This store already has a customer with that email address.")
    customer.full_clean(exclude=["store"])
    with _refused_if_taken():
        customer.save(update_fields=changed)
    if "addresses" in changes:
        _replace_addresses(customer, changes["addresses"])
    record("changed", customer, before=before, after=values_of(customer) | _book(customer), actor=actor)
    return customer


@contextmanager
def _refused_if_taken() -> Iterator[None]:
    """Turn the loser of two writes of one name at once into a Conflict; the database alone knows which came first."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        taken = TAKEN.get(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")
        if taken is None:
            raise
        raise Conflict(taken) from error


def _book(customer: Customer) -> dict[str, Any]:
    """Return the customer's address book for the audit trail."""
    fields = ("kind", "is_default", "street", "city", "state", "postal_code", "country")
    return {"addresses": list(Address.objects.filter(customer=customer).order_by("pk").values(*fields))}


def _replace_addresses(customer: Customer, addresses: Sequence[dict[str, Any]]) -> None:
    """Make these the customer's address book. Raises ValidationError, also for two defaults of one kind."""
    defaults = [entry["kind"] for entry in addresses if entry.get("is_default")]
    if len(defaults) != len(set(defaults)):
        raise invalid("addresses", "At most one address of a kind is the default.")
    Address.objects.filter(customer=customer).delete()
    rows = [Address(customer=customer, store_id=customer.store_id, **entry) for entry in addresses]
    for row in rows:
        row.full_clean(exclude=["store", "customer"])
    Address.objects.bulk_create(rows)


@transaction.atomic
def save_address(*, customer: Customer, address: Address | None, values: dict[str, Any], actor: User | None) -> Address:
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
    address.full_clean(exclude=["store", "customer"])
    address.save()
    record("address created" if before is None else "address changed", address, of=customer, before=before, actor=actor)
    return address


@transaction.atomic
def delete_address(*, address: Address, actor: User | None) -> None:
    """Take an address out of the book. Orders keep their own copy."""
    before = values_of(address)
    if Address.objects.filter(pk=address.pk).delete()[0]:
        record("address deleted", address, of=address.customer, before=before, after={}, actor=actor)


def add_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Grant credits. Raises ValidationError unless `amount` is above zero."""
    require_amount("amount", amount, above_zero=True)
    return _change_credits(customer, amount, reason, actor)


def spend_credits(*, customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Spend credits. Raises ValidationError unless `amount` is above zero, Conflict if the balance is too low."""
    require_amount("amount", amount, above_zero=True)
    return _change_credits(customer, -amount, reason, actor)


@transaction.atomic
def _change_credits(customer: Customer, amount: Decimal, reason: str, actor: User | None) -> CreditEntry:
    """Move the balance by the signed `amount` unless it would fall below zero, and write the entry."""
    covered = Customer.objects.filter(pk=customer.pk, credit_balance__gte=-amount)
    if not covered.update(credit_balance=F("credit_balance") + amount):
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
    subscription.full_clean(exclude=["store", "customer"])
    subscription.save()
    record("subscription set", subscription, of=customer, before=before, actor=actor)
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
    """Return total ÷ count, half-up to cents; 0 for none or fewer: a period can undo more than it completes."""
    if count <= 0:
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


@transaction.atomic
def create_user(*, email: str, password: str, name: str = "", role: str = User.Role.USER, actor: User | None) -> User:
    """Create a staff account. Raises PermissionDenied for a role above what `actor` may give, ValidationError."""
    user = User(email=fold_email(email), name=name, role=role)
    _check_role(user, role, actor)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    with _refused_if_taken():
        user.save()
    record("created", user, actor=actor)
    return user


@transaction.atomic
def update_user(*, user: User, changes: dict[str, Any], actor: User | None) -> User:
    """Change an account's email, name, role or whether it is active; older tokens end with the last two.

    Raises PermissionDenied where `actor` may not: super admins are made and changed by super admins alone, and
    nobody changes their own role or closes their own account. ValidationError on bad values.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    before = values_of(user)
    changed = {field for field in USER_FIELDS & changes.keys() if getattr(user, field) != changes[field]}
    if changed & {"role", "is_active"}:
        if actor is not None and actor.pk == user.pk:
            raise PermissionDenied("Nobody changes their own role or closes their own account.")
        user.auth_version += 1
    _check_role(user, changes.get("role", user.role), actor)
    for field in changed:
        setattr(user, field, changes[field])
    user.email = fold_email(user.email)
    user.full_clean()
    with _refused_if_taken():
        user.save(update_fields=[*sorted(changed), "auth_version"])
    record("changed", user, before=before, actor=actor)
    account_changed(user.pk)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, actor: User | None) -> User:
    """Set an account's password; older tokens and sessions end. Raises PermissionDenied, ValidationError."""
    _check_role(user, user.role, actor)
    validate_password(password, user)
    before = {"password": user.password}
    user.set_password(password)
    record("password set", user, before=before, after={"password": user.password}, actor=actor)
    _end_tokens(user.pk, password=user.password)
    return user


@transaction.atomic
def grant_store(*, user: User, store: Store, actor: User | None) -> Membership:
    """Let an account work in a store. A second time changes nothing. Raises PermissionDenied."""
    _check_role(user, user.role, actor)
    membership, is_new = Membership.objects.get_or_create(user=user, store=store)
    if is_new:
        record("store granted", user, before={}, after={"store": store.slug}, actor=actor)
        _end_tokens(user.pk)
    return membership


@transaction.atomic
def revoke_store(*, membership: Membership, actor: User | None) -> None:
    """Take a store away from an account; older tokens end. Raises PermissionDenied."""
    _check_role(membership.user, membership.user.role, actor)
    if Membership.objects.filter(pk=membership.pk).delete()[0]:
        user, store = membership.user, membership.store
        record("store revoked", user, before={"store": store.slug}, after={}, actor=actor)
        _end_tokens(membership.user_id)


def _check_role(user: User, role: str, actor: User | None) -> None:
    """Raise PermissionDenied if `actor` is no super admin and the account is one or would become one."""
    if actor is not None and not actor.is_superuser and User.Role.SUPER_ADMIN in (user.role, role):
        raise PermissionDenied("Only super admins make or change super admins.")


def _end_tokens(user_id: int, **fields: Any) -> None:
    """Refuse the account's tokens from now on, and set `fields` with it."""
    User.objects.filter(pk=user_id).update(**fields, auth_version=F("auth_version") + 1)
    account_changed(user_id)
