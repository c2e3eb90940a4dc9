"""Restoring what was deleted softly."""

from __future__ import annotations

from django.db import transaction

from customers.models import User
from dealport.kit.errors import Conflict
from orders.actions import catalog
from orders.models import Category, Coupon, Product
from orders.signals import product_changed


@transaction.atomic
def restore_product(*, product: Product, actor: User | None) -> Product:
    """Restore a deleted product. Raises Conflict if its SKU or slug is taken, or its category is deleted."""
    _require(product.category)
    product = catalog.restore(product, actor)
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
        raise Conflict(f"The category {category.name} is deleted. Restore it first.")
