"""Coupons: what a store takes off for a code."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from customers.models import Store, User
from dealport.kit.errors import invalid
from dealport.kit.money import require_amount
from dealport.kit.values import FieldValues
from orders.actions import catalog
from orders.models import Coupon

COUPON_FIELDS = {
    "code", "kind", "value", "minimum_subtotal", "starts_at", "ends_at", "usage_limit", "is_active",
}  # fmt: skip


@transaction.atomic
def create_coupon(*, store: Store, values: FieldValues, actor: User | None) -> Coupon:
    """Create a coupon; `values` are of COUPON_FIELDS. Raises ValidationError naming the field, Conflict."""
    coupon = Coupon(store=store, **{name: values[name] for name in COUPON_FIELDS & values.keys()})
    _check(coupon)
    return catalog.create(coupon, actor)


@transaction.atomic
def update_coupon(*, coupon: Coupon, changes: FieldValues, actor: User | None) -> Coupon:
    """Change a coupon; orders keep their discount. Raises ValidationError on bad values, Conflict if deleted."""
    return catalog.change(catalog.lock(coupon), COUPON_FIELDS, changes, actor, _check)


@transaction.atomic
def delete_coupon(*, coupon: Coupon, actor: User | None) -> None:
    """Hide a coupon (soft delete). Orders keep it; the code becomes free again."""
    catalog.hide(catalog.lock(coupon), actor)


def _check(coupon: Coupon) -> None:
    currency = coupon.store.currency
    is_amount = coupon.kind == Coupon.Kind.FIXED
    require_amount("value", coupon.value, currency=currency if is_amount else "", above_zero=True)
    require_amount("minimumSubtotal", coupon.minimum_subtotal, currency=currency)
    if coupon.kind == Coupon.Kind.PERCENT and coupon.value > 100:
        raise invalid("value", gettext("Enter a percentage of at most 100."))
    if coupon.starts_at and coupon.ends_at and coupon.ends_at <= coupon.starts_at:
        raise invalid("endsAt", gettext("Enter a moment after the start."))
