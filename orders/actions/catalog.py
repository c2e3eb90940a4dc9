"""What the actions of categories, products and coupons share: locking, saving, hiding, each recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from customers.auditing import record, values_of
from customers.models import User
from dealport.kit.errors import Conflict
from dealport.kit.values import FieldValues
from orders.models import Category, Coupon, Product, StockMovement

R = TypeVar("R", Category, Product, Coupon)

PRODUCT_SLUG = "orders_product_slug_once_per_store"
TAKEN = {
    "orders_category_slug_once_per_store": "This store already has a category with that slug.",
    "orders_product_sku_once_per_store": "This store already has a product with that SKU.",
    PRODUCT_SLUG: "This store already has a product with that slug.",
    "orders_product_options_once": "This product already has a variant with these options.",
    "orders_coupon_code_once_per_store": "This store already has a discount with that code.",
}


class Taken(Conflict):
    """A value that only one row of a store may have is another row's; `constraint` is the name of the rule."""

    def __init__(self, constraint: str) -> None:
        super().__init__(TAKEN[constraint])
        self.constraint = constraint


def lock(row: R) -> R:
    """Return the row fresh and locked: stock and uses move beside us. Raises Conflict if it was deleted."""
    locked: R = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    if locked.deleted_at is not None:
        raise Conflict(gettext("{locked} has been deleted.").format(locked=locked))
    return locked


def create(row: R, actor: User | None) -> R:
    """Insert a row. Raises what `save` raises."""
    save(row)
    record("created", row, actor=actor)
    _record_stock(row, None, actor)
    return row


def change(
    row: R,
    allowed: set[str],
    changes: FieldValues,
    actor: User | None,
    check: Callable[[Any], None] | None = None,
    action: str = "changed",
) -> R:
    """Set what `changes` names of the allowed fields, and record it as `action`."""
    before = values_of(row)
    names: list[str] = sorted(allowed & changes.keys())
    for name in names:
        setattr(row, name, changes[name])
    if check is not None:
        check(row)
    stamps: list[str] = ["updated_at"] if names and not isinstance(row, Coupon) else []
    save(row, update_fields=[*names, *stamps])
    record(action, row, before=before, actor=actor)
    _record_stock(row, before.get("stock"), actor)
    return row


def _record_stock(row: object, before: Any, actor: User | None) -> None:
    """Write down a stock that somebody set."""
    if isinstance(row, Product) and row.stock != before:
        StockMovement.objects.create(
            store_id=row.store_id,
            product=row,
            reason=StockMovement.Reason.SET,
            before=before,
            after=row.stock,
            at=timezone.now(),
            actor_label=actor.email if actor else "",
        )


def save(row: Any, **options: object) -> None:
    """Save a row. Raises ValidationError naming the field, Taken if its SKU, code or slug is another's.

    The database alone says what is taken, so that of two at once exactly one wins.
    """
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save(**options)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if constraint not in TAKEN:
            raise
        raise Taken(constraint) from error


@transaction.atomic
def restore(row: R, actor: User | None) -> R:
    """Undo a soft delete; nothing where there was none. Raises Taken if its SKU, code or slug is another's by now."""
    locked: R = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    if locked.deleted_at is not None:
        before = values_of(locked)
        locked.deleted_at = None
        save(locked, update_fields=["deleted_at"])
        record("restored", locked, before=before, actor=actor)
    return locked


def hide(row: Any, actor: User | None) -> None:
    """Set `deleted_at` and keep the row, as orders refer to it; the audit trail gets what it was."""
    before = values_of(row)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at"])
    record("deleted", row, before=before, actor=actor)
