"""What products sold of all time, where lists of products are ordered by it or show it.

These are figures: the dashboard app owns them (docs/adr/0002) and says here how they are read. A product with variants
sold what its variants sold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import DecimalField, Expression

from orders.models import Product

MEASURES = {"units_sold": "units_sold", "net_sales": "net"}
"""What products are ordered by → its column of the movements."""
_SOURCE = {"movements": ""}


def read_movements_by(sql: str) -> None:
    """Let movements of all time (`product_id`, `units_sold`, `net`) be read by this SQL, of the store `%(store)s`."""
    _SOURCE["movements"] = sql


_BY_PRODUCT = """
SELECT counted.id, {sums} FROM (
    SELECT product_id, {sums} FROM ({movements}) AS m{condition} GROUP BY product_id
) AS m JOIN orders_product AS p ON p.id = m.product_id
CROSS JOIN LATERAL (VALUES (p.id), (p.parent_id)) AS counted (id)
WHERE counted.id IS NOT NULL GROUP BY counted.id
"""


def _by_product(*columns: str, condition: str = "") -> str:
    sums = ", ".join(f"sum({name}) AS {name}" for name in columns)
    return _BY_PRODUCT.format(sums=sums, movements=_SOURCE["movements"], condition=condition)


class Sold(Expression):
    """A key of MEASURES of each product of a store, to order by: one aggregate over its rollup for a list (ADR 25).

    The answer is one JSON object by product, which PostgreSQL computes once for the statement and looks each row up in.
    """

    output_field = DecimalField(max_digits=30, decimal_places=3)

    def __init__(self, measure: str, store_id: int) -> None:
        super().__init__()
        self.measure, self.store_id = MEASURES[measure], store_id

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list[str | int]]:
        """Return the SQL of the figure, 0 for what never sold."""
        sold = _by_product(self.measure).replace("%(store)s", "%s")
        known = f"(SELECT jsonb_object_agg(id, {self.measure}) FROM ({sold}) AS sold)"
        stores: list[str | int] = [self.store_id] * sold.count("%s")
        return f"coalesce(({known} ->> orders_product.id::text)::numeric, 0)", stores


@dataclass(frozen=True)
class SoldFigures:
    """Pieces and net sales of a product, of all time."""

    units_sold: int = 0
    net_sales: Decimal = Decimal(0)


_OF_PRODUCTS = """ WHERE product_id = ANY(ARRAY(
    SELECT id FROM orders_product WHERE id = ANY(%(products)s) OR parent_id = ANY(%(products)s)
))"""


def sold_of(store_id: int, products: Sequence[Product]) -> dict[int, SoldFigures]:
    """Return what each of these products of a store sold, by its id; one statement for a page."""
    sql = _by_product("units_sold", "net", condition=_OF_PRODUCTS)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"store": store_id, "products": [product.pk for product in products]})
        found = {pk: SoldFigures(int(units), net) for pk, units, net in cursor.fetchall()}
    return {product.pk: found.get(product.pk, SoldFigures()) for product in products}
