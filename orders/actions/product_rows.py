"""Rows of products by SKU: what each would change of the catalog, and the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from rest_framework.exceptions import APIException, ValidationError

from customers.models import Store, User
from orders.actions.products import create_product, revise_product
from orders.models import Product

REQUIRED = {"name": "name", "price": "price"}
"""What a new product needs: field, and its name in the API."""


@dataclass(frozen=True)
class ProductRow:
    """A product's SKU, and the values it shall have; what is not named stays."""

    sku: str
    values: Mapping[str, Any]


@dataclass
class RowOutcome:
    """What became of a row: created, updated, unchanged or refused, with what changed (field: before, after)."""

    sku: str
    outcome: str
    product_id: int | None = None
    name: str = ""
    changes: dict[str, tuple[object, object]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


class Shelf:
    """The products of a store with some SKUs."""

    def __init__(self, store: Store, skus: Iterable[str]) -> None:
        self.store = store
        found = Product.objects.filter(store=store, sku__in=set(skus), deleted_at__isnull=True).select_related("store")
        self.products = {product.sku: product for product in found}

    def plan(self, row: ProductRow) -> RowOutcome:
        """Return what a row would do: updated, unchanged or, where there is no such SKU, created."""
        product = self.products.get(row.sku)
        if product is None:
            return RowOutcome(row.sku, "created", changes={name: (None, value) for name, value in row.values.items()})
        changes = {
            name: (getattr(product, name), value)
            for name, value in row.values.items()
            if getattr(product, name) != value
        }
        return RowOutcome(row.sku, "updated" if changes else "unchanged", product.pk, product.name, changes)

    def save(self, row: ProductRow, actor: User | None, *, may_create: bool) -> RowOutcome:
        """Do what a row says: all of it, or nothing where it is refused."""
        outcome = self.plan(row)
        try:
            with transaction.atomic():
                if outcome.outcome == "updated":
                    product = self.products[row.sku]
                    changes = {name: after for name, (_, after) in outcome.changes.items()}
                    self.products[row.sku] = revise_product(product=product, changes=changes, actor=actor)
                elif outcome.outcome == "created":
                    product = self._create(row, actor, may_create=may_create)
                    self.products[row.sku] = product
                    outcome.product_id, outcome.name = product.pk, product.name
        except APIException as error:
            return RowOutcome(row.sku, "refused", outcome.product_id, outcome.name, errors=errors_of(error))
        return outcome

    def _create(self, row: ProductRow, actor: User | None, *, may_create: bool) -> Product:
        if not may_create:
            raise ValidationError({"sku": ["There is no product with this SKU in this store."]})
        missing = {
            name: ["Enter this for a new product."] for field, name in REQUIRED.items() if field not in row.values
        }
        if missing:
            raise ValidationError(missing)
        values = dict(row.values)
        name, price = values.pop("name"), Decimal(values.pop("price"))
        return create_product(store=self.store, name=name, price=price, sku=row.sku, **values, actor=actor)


def save_products(*, store: Store, rows: Sequence[ProductRow], actor: User | None) -> list[RowOutcome]:
    """Create or update products by their SKU, each row for itself; the same rows again change nothing.

    Values are those of `create_product` and `revise_product`. A row that is refused says why and changes nothing; so
    is one whose SKU came before. Rows are locked in the order of their SKUs, whatever order they come in.
    """
    shelf, outcomes = Shelf(store, (row.sku for row in rows)), {}
    seen: set[str] = set()
    for place in sorted(range(len(rows)), key=lambda place: (rows[place].sku, place)):
        row = rows[place]
        if row.sku in seen:
            outcomes[place] = RowOutcome(row.sku, "refused", errors={"sku": ["Name each SKU once."]})
            continue
        seen.add(row.sku)
        outcomes[place] = shelf.save(row, actor, may_create=True)
    return [outcomes[place] for place in range(len(rows))]


def errors_of(error: APIException) -> dict[str, list[str]]:
    """Return the messages of a refusal by field; those of no field under "row"."""
    detail = error.detail
    if isinstance(detail, dict):
        return {name: [str(text) for text in texts] for name, texts in detail.items()}
    return {"row": [str(detail)]}
