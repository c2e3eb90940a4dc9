"""The products of an import: found in the store, or made from what the file says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db import connection

from customers.models import Store
from orders.bulk import BulkOrder
from orders.bulk.rows import insert
from orders.models import Product
from orders.pricing import ZERO
from orders.slugs import SlugBook

BATCH = 5_000
NAME_PRODUCTS = """
UPDATE orders_product p SET name = f.name, price = f.price, updated_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::text[], %s::numeric[]) AS f(id, name, price)
WHERE p.id = f.id AND (p.name, p.price) IS DISTINCT FROM (f.name, f.price)
"""

Key = tuple[str, str]
"""(SKU, "") or, for an item without one, ("", name)."""


class ProductBook:
    """Product ids by SKU, or by name for items without one; a dict over the file's products, not its lines.

    A missing product is created with uncounted stock, since an export of orders says nothing about it, and gets
    the name and price of the newest order in the file that has it. Products of the store keep theirs, and their cost
    of today is that of the items: an export of orders says nothing about it.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._slugs = SlugBook(store)
        self.created = 0
        self._ids: dict[Key, int] = {}
        self._costs: dict[int, Decimal] = {}
        self._newest: dict[int, tuple[datetime, str, Decimal]] = {}

    def look_up(self, orders: list[BulkOrder]) -> None:
        """Give every item its product id and cost."""
        self._find({_key(item.sku, item.name) for order in orders for item in order.items} - self._ids.keys())
        self._create(orders)
        for order in orders:
            for item in order.items:
                item.product_id = pk = self._ids[_key(item.sku, item.name)]
                item.unit_cost = self._costs.get(pk)
                newest = self._newest.get(pk)
                if newest is not None and newest[0] < order.placed_at:
                    self._newest[pk] = (order.placed_at, item.name, max(item.unit_price, ZERO))

    def finish(self) -> None:
        """Name and price the new products after their newest order."""
        rows = ((pk, name, price) for pk, (_, name, price) in self._newest.items())
        with connection.cursor() as cursor:
            while batch := list(islice(rows, BATCH)):
                cursor.execute(NAME_PRODUCTS, [list(column) for column in zip(*batch, strict=True)])

    def _find(self, keys: Iterable[Key]) -> None:
        known = Product.objects.filter(store=self.store, deleted_at__isnull=True)
        skus = [sku for sku, _ in keys if sku]
        names = [name for sku, name in keys if not sku]
        for pk, sku, cost in known.filter(sku__in=skus).values_list("pk", "sku", "cost_price"):
            self._learn((sku, ""), pk, cost)
        unnamed = known.filter(sku="", name__in=names).order_by("-pk")
        for pk, name, cost in unnamed.values_list("pk", "name", "cost_price"):
            self._learn(("", name), pk, cost)

    def _learn(self, key: Key, pk: int, cost: Decimal | None) -> None:
        self._ids[key] = pk
        if cost is not None:
            self._costs[pk] = cost

    def _create(self, orders: list[BulkOrder]) -> None:
        missing: dict[Key, Product] = {}
        placed_at: dict[Key, datetime] = {}
        for order in orders:
            for item in order.items:
                key = _key(item.sku, item.name)
                if key not in self._ids and key not in missing:
                    missing[key] = Product(
                        store=self.store,
                        sku=item.sku,
                        name=item.name,
                        price=max(item.unit_price, ZERO),
                    )
                    placed_at[key] = order.placed_at
        for product, slug in zip(
            missing.values(), self._slugs.take_all([one.name for one in missing.values()]), strict=True
        ):
            product.slug = slug
        for key, product in zip(missing, insert(missing.values()), strict=True):
            self._ids[key] = product.pk
            self._newest[product.pk] = (placed_at[key], product.name, product.price)
        self.created += len(missing)


def _key(sku: str, name: str) -> Key:
    return (sku, "") if sku else ("", name)
