"""Restoring what was deleted softly."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict
from orders.actions import catalog
from orders.actions.products import count_variants
from orders.models import Category, Coupon, Product
from orders.signals import product_changed


@transaction.atomic
def restore_product(*, product: Product, actor: User | None) -> Product:
    """Restore a deleted product; its variants are restored one by one.

    Raises Conflict if its SKU or slug is taken, or its category, or the product it is a variant of, is deleted.
    """
    _require(product.category)
    if product.parent is not None and product.parent.deleted_at is not None:
        raise Conflict(gettext("The product {product} is deleted. Restore it first.").format(product=product.parent))
    product = catalog.restore(product, actor)
    count_variants(product if product.parent is None else product.parent)
    product.refresh_from_db(fields=["has_variants"])
    product_changed.send(Product, product=product, actor=actor)
    return product


@transaction.atomic
def restore_category(*, category: Category, actor: User | None) -> Category:
    """Restore a deleted category. Raises Conflict if its slug is taken, or the category above it is deleted."""
    _require(category.parent)
    return catalog.restore(category, actor)


def restore_coupon(*, coupon: Coupon, actor: User | None) -> Coupon:
    """Restore a deleted coupon. Raises Conflict if its code is taken."""
    return catalog.restore(coupon, actor)


def _require(category: Category | None) -> None:
    if category is not None and Category.objects.filter(pk=category.pk, deleted_at__isnull=False).exists():
        raise Conflict(gettext("The category {category} is deleted. Restore it first.").format(category=category.name))
