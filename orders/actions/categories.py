"""Categories: groups of a store's products."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.text import slugify

from customers.models import Store, User
from dealport.kit.errors import Conflict
from orders.actions import catalog
from orders.models import Category, Product

CATEGORY_FIELDS = {"name", "slug"}


@transaction.atomic
def create_category(*, store: Store, name: str, slug: str = "", actor: User | None) -> Category:
    """Create a category; without a slug its name makes one. Raises ValidationError naming the field, Conflict."""
    return catalog.create(Category(store=store, name=name, slug=slug or slugify(name)), actor)


@transaction.atomic
def update_category(*, category: Category, changes: dict[str, Any], actor: User | None) -> Category:
    """Change a category. Raises ValidationError on bad values, Conflict if it was deleted."""
    return catalog.change(catalog.lock(category), CATEGORY_FIELDS, changes, actor)


@transaction.atomic
def delete_category(*, category: Category, actor: User | None) -> None:
    """Hide an empty category (soft delete). Raises Conflict while it has products."""
    category = catalog.lock(category)
    if Product.objects.filter(category=category, deleted_at__isnull=True).exists():
        raise Conflict(f"The category {category.name} still has products.")
    catalog.hide(category, actor)
