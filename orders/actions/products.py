"""Products: what a store sells."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction

from customers.models import Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import require_amount
from orders.actions import catalog
from orders.models import Product
from orders.signals import product_changed
from orders.slugs import SlugBook

FIELDS = {
    "category", "sku", "slug", "name", "description", "price", "cost_price", "compare_at_price", "image_url", "status",
    "low_stock_threshold", "tags", "is_featured",
}  # fmt: skip
AMOUNTS = {"price": "price", "cost_price": "costPrice", "compare_at_price": "compareAtPrice"}
MAX_TAGS, MAX_TAG = 50, 60
SLUG_TRIES = 5


@transaction.atomic
def create_product(
    *, store: Store, name: str, price: Decimal, stock: int | None = None, actor: User | None, **values: Any
) -> Product:
    """Create a product; `stock` None is not counted, `values` are of FIELDS; without a slug its name makes one.

    Raises ValidationError naming the field, Conflict.
    """
    if unknown := values.keys() - FIELDS:
        raise TypeError(f"not a product's to set: {', '.join(sorted(unknown))}")
    product = Product(store=store, name=name, price=price, stock=stock, **values)
    _check(product)
    if product.slug:
        return catalog.create(product, actor)
    for _ in range(SLUG_TRIES - 1):
        product.slug = SlugBook.of(store, name).take(name)
        try:
            return catalog.create(product, actor)
        except catalog.Taken as error:
            # somebody else's product got it between the question and the insert
            if error.constraint != catalog.PRODUCT_SLUG:
                raise
    product.slug = SlugBook.of(store, name).take(name)
    return catalog.create(product, actor)


@transaction.atomic
def update_product(*, product: Product, changes: dict[str, Any], actor: User | None) -> Product:
    """Change anything of a product but its stock; orders keep what they were placed with.

    Its slug stays when its name changes. Raises ValidationError on bad values, Conflict if it was deleted.
    """
    if changes.get("slug") == "":
        raise invalid("slug", "Enter a slug of letters, digits, - and _.")
    product = catalog.change(catalog.lock(product), FIELDS, changes, actor, _check)
    product_changed.send(Product, product=product, actor=actor)
    return product


@transaction.atomic
def adjust_stock(*, product: Product, stock: int | None, seen: int | None, actor: User | None) -> Product:
    """Set how many pieces can be ordered (None: not counted), by somebody who saw `seen` pieces.

    Raises Conflict if orders moved the stock meanwhile (what was counted no longer holds), ValidationError for a
    number below zero.
    """
    product = catalog.lock(product)
    if product.stock != seen:
        now = "no longer counted" if product.stock is None else f"{product.stock} now"
        raise Conflict(f"The stock of {product.name} has changed meanwhile: it is {now}.")
    return catalog.change(product, {"stock"}, {"stock": stock}, actor, _check, "stock set")


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
    """Hide a product (soft delete). Orders and figures stay; SKU and slug become free again."""
    catalog.hide(catalog.lock(product), actor)


def _check(product: Product) -> None:
    if product.category is not None and product.category.store_id != product.store_id:
        raise invalid("category", "There is no such category in this store.")
    for field, name in AMOUNTS.items():
        amount = getattr(product, field)
        if amount is not None:
            require_amount(name, amount)
    if product.stock is not None and product.stock < 0:
        raise invalid("stock", "Enter a stock of zero or more.")
    product.tags = tidy_tags(product.tags)


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Return tags without white space around them, each once. Raises ValidationError."""
    tidy = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(tidy) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in tidy):
        raise invalid("tags", f"Enter at most {MAX_TAGS} tags of at most {MAX_TAG} characters each.")
    return tidy
