"""Categories: groups of a store's products, in a tree."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from customers.models import Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.values import FieldValues
from orders.actions import catalog
from orders.actions.images import fetch_image
from orders.models import Category, Product

FIELDS = {"name", "slug", "parent", "description", "image_url", "sort_order"}


@transaction.atomic
def create_category(*, store: Store, name: str, slug: str = "", actor: User | None, **values: object) -> Category:
    """Create a category; without a slug its name makes one. `values` are of FIELDS.

    Raises ValidationError naming the field, Conflict.
    """
    if unknown := values.keys() - FIELDS:
        raise TypeError(f"not a category's to set: {', '.join(sorted(unknown))}")
    category = Category(store=store, name=name, slug=slug or slugify(name), **values)
    _check_place(category)
    catalog.create(category, actor)
    fetch_image(category, actor)
    return category


@transaction.atomic
def update_category(*, category: Category, changes: FieldValues, actor: User | None) -> Category:
    """Change a category; with `parent` it moves with everything below it.

    Raises ValidationError on bad values, a cycle or a tree too deep, Conflict if it was deleted.
    """
    if "parent" in changes:
        _lock_tree(category.store_id)
    check = _check_place if "parent" in changes else None
    category = catalog.change(catalog.lock(category), FIELDS, changes, actor, check)
    if "image_url" in changes:
        fetch_image(category, actor)
    return category


@transaction.atomic
def delete_category(*, category: Category, actor: User | None) -> None:
    """Hide an empty category (soft delete). Raises Conflict while it has products or categories below it."""
    _lock_tree(category.store_id)
    category = catalog.lock(category)
    if Product.objects.filter(category=category, deleted_at__isnull=True).exists():
        raise Conflict(gettext("The category {category} still has products.").format(category=category.name))
    if Category.objects.filter(parent=category, deleted_at__isnull=True).exists():
        raise Conflict(gettext("The category {category} still has categories below it.").format(category=category.name))
    catalog.hide(category, actor)


def _lock_tree(store_id: int) -> dict[int, int | None]:
    """Lock the store's categories, so that two moves at once make no cycle; return parents by id."""
    rows = Category.objects.filter(store=store_id, deleted_at__isnull=True).order_by("pk")
    return dict(rows.select_for_update(no_key=True).values_list("pk", "parent_id"))


def _check_place(category: Category) -> None:
    """Raise ValidationError unless the category may be below its parent."""
    if category.parent_id is None:
        return
    parents = _lock_tree(category.store_id)
    if category.parent_id not in parents:
        raise invalid("parentId", gettext("There is no such category in this store."))
    above = _path(category.parent_id, parents)
    if category.pk in above:
        raise invalid("parentId", gettext("Choose a category that is neither this one nor below it."))
    below = [_path(pk, parents) for pk in parents]
    height = max((path.index(category.pk) + 1 for path in below if category.pk in path), default=1)
    if len(above) + height > Category.MAX_DEPTH:
        raise invalid(
            "parentId",
            gettext("Choose a parent further up: a tree has at most {max_depth} levels.").format(
                max_depth=Category.MAX_DEPTH
            ),
        )


def _path(pk: int | None, parents: dict[int, int | None]) -> list[int]:
    """Return a category and those above it, up to the top."""
    path: list[int] = []
    while pk is not None and pk not in path:
        path.append(pk)
        pk = parents.get(pk)
    return path
