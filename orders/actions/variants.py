"""Variants: a product sold in several sizes, colors and so on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import invalid
from orders.actions import catalog
from orders.actions.images import may_show
from orders.actions.options import name_of, tidy_options
from orders.actions.products import create_product
from orders.models import Product

MAX_VARIANTS = 200
INHERITED = ("category", "cost_price", "compare_at_price", "image_url", "low_stock_threshold", "tags")
"""What a variant has from its product unless it says otherwise; the category always."""


@transaction.atomic
def create_variant(
    *,
    product: Product,
    options: Mapping[str, str],
    price: Decimal | None = None,
    stock: int | None = None,
    actor: User | None,
    **values: object,
) -> Product:
    """Add a variant to a product; `values` are a product's, and the product's own where they are left out.

    With its first variant a product is no longer ordered itself, and its own stock no longer counted. Raises
    ValidationError naming the field, Conflict if the product was deleted or has a variant with these options.
    """
    product = catalog.lock(product)
    if product.parent_id is not None:
        raise invalid("options", gettext("A variant has no variants of its own: add this one to its product."))
    options = tidy_options(product, options)
    if product.variants.filter(deleted_at__isnull=True).count() >= MAX_VARIANTS:
        raise invalid(
            "options", gettext("A product has at most {max_variants} variants.").format(max_variants=MAX_VARIANTS)
        )
    if not product.has_variants:
        catalog.change(product, {"has_variants", "stock"}, {"has_variants": True, "stock": None}, actor)
    own = {name: getattr(product, name) for name in INHERITED} | values | {"category": product.category}
    if "image_url" not in values and not may_show(product.image_url):
        own["image_url"] = ""  # from before addresses without TLS were refused
    return create_product(
        store=product.store,
        name=own.pop("name", "") or name_of(product, options),
        price=product.price if price is None else price,
        stock=stock,
        parent=product,
        options=options,
        actor=actor,
        **own,
    )
