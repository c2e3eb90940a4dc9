"""Prices and stocks of several products at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from customers.models import User
from dealport.kit.errors import Conflict
from dealport.kit.formats import money_text
from dealport.kit.values import FieldValues
from orders.actions import catalog
from orders.actions.products import adjust_stock, update_product
from orders.models import Product


@dataclass(frozen=True)
class Revision:
    """What somebody saw of a product, and what it is to be; a stock of None is not counted."""

    product: Product
    seen_price: Decimal
    price: Decimal
    seen_stock: int | None
    stock: int | None

    @property
    def changes_price(self) -> bool:
        """Whether the price differs from what was seen."""
        return self.price != self.seen_price

    @property
    def changes_stock(self) -> bool:
        """Whether the stock differs from what was seen."""
        return self.stock != self.seen_stock


@transaction.atomic
def revise_products(*, revisions: Sequence[Revision], actor: User | None) -> int:
    """Set prices and stocks, all or none, in the order of keys; return how many products changed.

    Raises Conflict naming a product whose price or stock is no longer what was seen, and what `update_product` and
    `adjust_stock` raise.
    """
    changed = [revision for revision in revisions if revision.changes_price or revision.changes_stock]
    for revision in sorted(changed, key=lambda one: one.product.pk):
        if revision.changes_stock:
            adjust_stock(product=revision.product, stock=revision.stock, seen=revision.seen_stock, actor=actor)
        if revision.changes_price:
            _set_price(revision, actor)
    return len(changed)


def _set_price(revision: Revision, actor: User | None) -> None:
    product = catalog.lock(revision.product)
    if product.price != revision.seen_price:
        raise Conflict(
            gettext("The price of {product} has changed meanwhile: it is {now} now.").format(
                product=product.name, now=money_text(product.price, product.store.currency)
            )
        )
    changes: FieldValues = {"price": revision.price}
    update_product(product=product, changes=changes, actor=actor)
