"""Products: what a store sells."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from customers.models import Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import require_amount
from dealport.kit.values import FieldValues
from orders.actions import catalog
from orders.actions.images import fetch_image
from orders.actions.options import tidy_options
from orders.models import Product
from orders.signals import product_changed
from orders.slugs import SlugBook

FIELDS = {
    "category", "sku", "slug", "name", "description", "price", "cost_price", "compare_at_price", "image_url", "status",
    "low_stock_threshold", "tags", "is_featured", "options",
}  # fmt: skip
AMOUNTS = {"price": "price", "cost_price": "costPrice", "compare_at_price": "compareAtPrice"}
MAX_TAGS, MAX_TAG = 50, 60
SLUG_TRIES = 5


@transaction.atomic
def create_product(
    *,
    store: Store,
    name: str,
    price: Decimal,
    stock: int | None = None,
    parent: Product | None = None,
    actor: User | None,
    **values: object,
) -> Product:
    """Create a product; `stock` None is not counted, `values` are of FIELDS; without a slug its name makes one.

    Variants, which have a `parent`, are made by `create_variant`.

    Raises ValidationError naming the field, Conflict.
    """
    if unknown := values.keys() - FIELDS:
        raise TypeError(f"not a product's to set: {', '.join(sorted(unknown))}")
    product = Product(store=store, name=name, price=price, stock=stock, parent=parent, **values)
    _check(product)
    _insert(product, actor)
    fetch_image(product, actor)
    return product


def _insert(product: Product, actor: User | None) -> None:
    store, name = product.store, product.name
    if product.slug:
        catalog.create(product, actor)
        return
    for _ in range(SLUG_TRIES - 1):
        product.slug = SlugBook(store).take(name)
        try:
            catalog.create(product, actor)
            return
        except catalog.Taken as error:
            # somebody else's product got it between the question and the insert
            if error.constraint != catalog.PRODUCT_SLUG:
                raise
    product.slug = SlugBook(store).take(name)
    catalog.create(product, actor)


@transaction.atomic
def update_product(*, product: Product, changes: FieldValues, actor: User | None) -> Product:
    """Change anything of a product but its stock; orders keep what they were placed with.

    Its slug stays when its name changes. Raises ValidationError on bad values, Conflict if it was deleted.
    """
    if changes.get("slug") == "":
        raise invalid("slug", gettext("Enter a slug of letters, digits, - and _."))
    product = catalog.lock(product)
    name, category = product.name, product.category_id
    if product.has_variants and "price" in changes:
        raise invalid("price", gettext("Set the price of each variant: this product has some."))
    if product.parent_id and changes.get("category", product.category) != product.category:
        raise invalid("categoryId", gettext("Change the category of the product: its variants follow it."))
    if product.parent is not None and "options" in changes:
        changes = {**changes, "options": tidy_options(product.parent, changes["options"], product)}
    product = catalog.change(product, FIELDS, changes, actor, _check)
    if "image_url" in changes:
        fetch_image(product, actor)
    if product.has_variants and (name, category) != (product.name, product.category_id):
        _follow(product, name, actor)
    product_changed.send(Product, product=product, actor=actor)
    return product


def _follow(product: Product, name: str, actor: User | None) -> None:
    """Give the variants the category of their product, and its new name where theirs began with the old one."""
    for variant in Product.objects.filter(parent=product, deleted_at__isnull=True).order_by("pk"):
        changes: FieldValues = {"category": product.category}
        if variant.name.startswith(name):
            changes["name"] = product.name + variant.name.removeprefix(name)
        catalog.change(catalog.lock(variant), FIELDS, changes, actor, _check)
        product_changed.send(Product, product=variant, actor=actor)


@transaction.atomic
def adjust_stock(*, product: Product, stock: int | None, seen: int | None, actor: User | None) -> Product:
    """Set how many pieces can be ordered (None: not counted), by somebody who saw `seen` pieces.

    Raises Conflict if orders moved the stock meanwhile (what was counted no longer holds), ValidationError for a
    number below zero.
    """
    product = catalog.lock(product)
    if product.has_variants:
        raise invalid("stock", gettext("Set the stock of each variant: this product has some."))
    if product.stock != seen:
        now = (
            gettext("no longer counted")
            if product.stock is None
            else gettext("{stock} now").format(stock=product.stock)
        )
        raise Conflict(
            gettext("The stock of {product} has changed meanwhile: it is {now}.").format(product=product.name, now=now)
        )
    return catalog.change(product, {"stock"}, {"stock": stock}, actor, _check, "stock set")


@transaction.atomic
def revise_product(*, product: Product, changes: FieldValues, actor: User | None) -> Product:
    """Change a product and, where `changes` names it, its stock as `product` shows it: both or nothing.

    Raises what `update_product` and `adjust_stock` raise.
    """
    if "stock" in changes:
        adjust_stock(product=product, stock=changes["stock"], seen=product.stock, actor=actor)
    return update_product(product=product, changes=changes, actor=actor)


@transaction.atomic
def delete_product(*, product: Product, actor: User | None) -> None:
    """Hide a product and its variants (soft delete). Orders and figures stay; SKU and slug become free again."""
    if product.parent is not None:
        catalog.lock(product.parent)
    product = catalog.lock(product)
    for variant in Product.objects.filter(parent=product, deleted_at__isnull=True).order_by("pk"):
        catalog.hide(catalog.lock(variant), actor)
    catalog.hide(product, actor)
    count_variants(product.parent)


def count_variants(product: Product | None) -> None:
    """Note whether a product has variants, after one came or went; without any it is sold itself again."""
    if product is not None:
        has_some = Product.objects.filter(parent=product, deleted_at__isnull=True).exists()
        Product.objects.filter(pk=product.pk).exclude(has_variants=has_some).update(has_variants=has_some)


def _check(product: Product) -> None:
    if product.category is not None and product.category.store_id != product.store_id:
        raise invalid("category", gettext("There is no such category in this store."))
    for field, name in AMOUNTS.items():
        amount = getattr(product, field)
        if amount is not None:
            require_amount(name, amount, currency=product.store.currency)
    if product.stock is not None and product.stock < 0:
        raise invalid("stock", gettext("Enter a stock of zero or more."))
    product.tags = tidy_tags(product.tags)
    if product.parent_id is None and product.options:
        raise invalid("options", gettext("Only a variant has options: add it to its product's variants."))


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Return tags without white space around them, each once. Raises ValidationError."""
    tidy = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(tidy) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in tidy):
        raise invalid(
            "tags",
            gettext("Enter at most {max_tags} tags of at most {max_tag} characters each.").format(
                max_tags=MAX_TAGS, max_tag=MAX_TAG
            ),
        )
    return tidy
