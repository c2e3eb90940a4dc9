"""Categories, products and coupons: what a store offers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from customers.auditing import record, values_of
from customers.models import Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import require_amount
from orders.models import Category, Coupon, Product
from orders.signals import product_changed

R = TypeVar("R", Category, Product, Coupon)

CATEGORY_FIELDS = {"name", "slug"}
PRODUCT_FIELDS = {"category", "sku", "name", "description", "price", "image_url", "is_active"}
COUPON_FIELDS = {
    "code", "kind", "value", "minimum_subtotal", "starts_at", "ends_at", "usage_limit", "is_active",
}  # fmt: skip
TAKEN = {
    "orders_category_slug_once_per_store": "This store already has a category with that slug.",
    "orders_product_sku_once_per_store": "This store already has a product with that SKU.",
    "orders_coupon_code_once_per_store": "This store already has a coupon with that code.",
}


@transaction.atomic
def create_category(*, store: Store, name: str, slug: str = "", actor: User | None) -> Category:
    """Create a category; without a slug its name makes one. Raises ValidationError naming the field, Conflict."""
    return _create(Category(store=store, name=name, slug=slug or slugify(name)), actor)


@transaction.atomic
def update_category(*, category: Category, changes: dict[str, Any], actor: User | None) -> Category:
    """Change a category. Raises ValidationError on bad values, Conflict if it was deleted."""
    return _change(_lock(category), CATEGORY_FIELDS, changes, actor)


@transaction.atomic
def delete_category(*, category: Category, actor: User | None) -> None:
    """Hide an empty category (soft delete). Raises Conflict while it has products."""
    category = _lock(category)
    if Product.objects.filter(category=category, deleted_at__isnull=True).exists():
        raise Conflict(f"The category {category.name} still has products.")
    _hide(category, actor)


@transaction.atomic
def create_product(
    *,
    store: Store,
    name: str,
    price: Decimal,
    sku: str = "",
    category: Category | None = None,
    description: str = "",
    stock: int | None = None,
    image_url: str = "",
    is_active: bool = True,
    actor: User | None,
) -> Product:
    """Create a product; `stock` None is not counted. Raises ValidationError naming the field, Conflict."""
    product = Product(
        store=store,
        name=name,
        price=price,
        sku=sku,
        category=category,
        description=description,
        stock=stock,
        image_url=image_url,
        is_active=is_active,
    )
    _check_product(product)
    return _create(product, actor)


@transaction.atomic
def update_product(*, product: Product, changes: dict[str, Any], actor: User | None) -> Product:
    """Change anything of a product but its stock; orders keep what they were placed with.

    Raises ValidationError on bad values, Conflict if it was deleted.
    """
    product = _change(_lock(product), PRODUCT_FIELDS, changes, actor, _check_product)
    product_changed.send(Product, product=product, actor=actor)
    return product


@transaction.atomic
def adjust_stock(*, product: Product, stock: int | None, seen: int | None, actor: User | None) -> Product:
    """Set how many pieces can be ordered (None: not counted), by somebody who saw `seen` pieces.

    Raises Conflict if orders moved the stock meanwhile (what was counted no longer holds), ValidationError for a
    number below zero.
    """
    product = _lock(product)
    if product.stock != seen:
        now = "no longer counted" if product.stock is None else f"{product.stock} now"
        raise Conflict(f"The stock of {product.name} has changed meanwhile: it is {now}.")
    return _change(product, {"stock"}, {"stock": stock}, actor, _check_product, "stock set")


@transaction.atomic
def revise_product(*, product: Product, changes: dict[str, Any], actor: User | None) -> Product:
    """Change a product and, where `changes` names it, its stock as `product` shows it: both or nothing.

    Raises what `update_product` and `adjust_stock` raise.
    """
    if "stock" in changes:
        adjust_stock(product=product, stock=changes["stock"], seen=product.stock, actor=actor)
    return update_product(product=product, changes=changes, actor=actor)


@transaction.atomic
def delete_product(*, product: Product, actor: User | None) -> None:
    """Hide a product (soft delete). Orders and figures stay; the SKU becomes free again."""
    _hide(_lock(product), actor)


@transaction.atomic
def create_coupon(*, store: Store, values: dict[str, Any], actor: User | None) -> Coupon:
    """Create a coupon; `values` are of COUPON_FIELDS. Raises ValidationError naming the field, Conflict."""
    coupon = Coupon(store=store, **{name: values[name] for name in COUPON_FIELDS & values.keys()})
    _check_coupon(coupon)
    return _create(coupon, actor)


@transaction.atomic
def update_coupon(*, coupon: Coupon, changes: dict[str, Any], actor: User | None) -> Coupon:
    """Change a coupon; orders keep their discount. Raises ValidationError on bad values, Conflict if deleted."""
    return _change(_lock(coupon), COUPON_FIELDS, changes, actor, _check_coupon)


@transaction.atomic
def delete_coupon(*, coupon: Coupon, actor: User | None) -> None:
    """Hide a coupon (soft delete). Orders keep it; the code becomes free again."""
    _hide(_lock(coupon), actor)


def _lock(row: R) -> R:
    """Return the row fresh and locked: stock and uses move beside us. Raises Conflict if it was deleted."""
    locked: R = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    if locked.deleted_at is not None:
        raise Conflict(f"{locked} has been deleted.")
    return locked


def _create(row: R, actor: User | None) -> R:
    _save(row)
    record("created", row, actor=actor)
    return row


def _change(
    row: R,
    allowed: set[str],
    changes: dict[str, Any],
    actor: User | None,
    check: Callable[[Any], None] | None = None,
    action: str = "changed",
) -> R:
    """Set what `changes` names of the allowed fields, and record it as `action`."""
    before = values_of(row)
    names = sorted(allowed & changes.keys())
    for name in names:
        setattr(row, name, changes[name])
    if check is not None:
        check(row)
    _save(row, update_fields=names)
    record(action, row, before=before, actor=actor)
    return row


def _save(row: Any, **options: Any) -> Any:
    """Save a row. Raises ValidationError naming the field, Conflict if its SKU, code or slug is taken.

    The database alone says what is taken, so that of two at once exactly one wins.
    """
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save(**options)
    except IntegrityError as error:
        taken = TAKEN.get(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")
        if taken is None:
            raise
        raise Conflict(taken) from error
    return row


def _hide(row: Any, actor: User | None) -> None:
    before = values_of(row)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at"])
    record("deleted", row, before=before, actor=actor)


def _check_product(product: Product) -> None:
    if product.category is not None and product.category.store_id != product.store_id:
        raise invalid("category", "There is no such category in this store.")
    require_amount("price", product.price)
    if product.stock is not None and product.stock < 0:
        raise invalid("stock", "Enter a stock of zero or more.")


def _check_coupon(coupon: Coupon) -> None:
    require_amount("value", coupon.value, above_zero=True)
    require_amount("minimumSubtotal", coupon.minimum_subtotal)
    if coupon.kind == Coupon.Kind.PERCENT and coupon.value > 100:
        raise invalid("value", "Enter a percentage of at most 100.")
    if coupon.starts_at and coupon.ends_at and coupon.ends_at <= coupon.starts_at:
        raise invalid("endsAt", "Enter a moment after the start.")
