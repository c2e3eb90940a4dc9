"""What products sold of all time, where lists of products are ordered by it or show it.

These are figures: the dashboard app owns them (docs/adr/0002) and says here how they are read. A product with variants
sold what its variants sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, Expression

from orders.models import Product

MEASURES = {"units_sold": "units_sold", "net_sales": "net"}
"""What products are ordered by → its column of the movements."""
_movements = ""


def read_movements_by(sql: str) -> None:
    """Let movements of all time (`product_id`, `units_sold`, `net`) be read by this SQL, of stores `%(stores)s`."""
    global _movements
    _movements = sql


_BY_PRODUCT = """
SELECT counted.id, sum(m.units_sold) AS units_sold, sum(m.net) AS net FROM ({movements}) AS m
JOIN orders_product AS p ON p.id = m.product_id
CROSS JOIN LATERAL (VALUES (p.id), (p.parent_id)) AS counted (id)
WHERE counted.id IS NOT NULL{condition} GROUP BY counted.id
"""


class Sold(Expression):
    """A key of MEASURES of each product of some stores, to order by: one aggregate over their rollups for a list.

    The answer is one JSON object by product, which PostgreSQL computes once for the statement and looks each row up in.
    """

    output_field = DecimalField(max_digits=30, decimal_places=3)

    def __init__(self, measure: str, stores: Iterable[int]) -> None:
        super().__init__()
        self.measure, self.stores = MEASURES[measure], [*stores]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[object]]:
        """Return the SQL of the figure, 0 for what never sold."""
        sums = _BY_PRODUCT.format(movements=_movements, condition="").replace("%(stores)s", "%s")
        known = f"(SELECT jsonb_object_agg(id, {self.measure}) FROM ({sums}) AS sold)"
        return f"coalesce(({known} ->> orders_product.id::text)::numeric, 0)", [self.stores] * sums.count("%s")


@dataclass(frozen=True)
class SoldFigures:
    """Pieces and net sales of a product, of all time."""

    units_sold: int = 0
    net_sales: Decimal = Decimal(0)


_OF_PRODUCTS = """ AND counted.id = ANY(%(products)s) AND m.product_id = ANY(ARRAY(
    SELECT id FROM orders_product WHERE id = ANY(%(products)s) OR parent_id = ANY(%(products)s)
))"""


def sold_of(products: Sequence[Product]) -> dict[int, SoldFigures]:
    """Return what each of these products sold, by its id; one statement for a page."""
    sql = _BY_PRODUCT.format(movements=_movements, condition=_OF_PRODUCTS)
    stores = {product.store_id for product in products}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"stores": [*stores], "products": [product.pk for product in products]})
        found = {pk: SoldFigures(int(units), net) for pk, units, net in cursor.fetchall()}
    return {product.pk: found.get(product.pk, SoldFigures()) for product in products}
