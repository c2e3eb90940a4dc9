"""Sales by category: the product rollup added up along today's tree.

A product or branch that moves takes its whole history with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from customers.models import Store
from dashboard.figures.figure import cents
from dashboard.figures.movements import STORE, sums
from dashboard.figures.periods import Period
from dashboard.figures.reading import percentage, rows
from dashboard.metrics.measures import SHARE_MEASURES
from dashboard.models import Basis
from orders.models import Category

_OWN = """
SELECT product.category_id, sum(sums.sales) AS sales, sum(sums.units_sold) AS units_sold
FROM ({sums}) AS sums JOIN orders_product AS product ON product.id = sums.product_id GROUP BY product.category_id
"""


@dataclass(frozen=True)
class CategorySales:
    """A category's sales, net of discounts and refunds: those of its own products, and with all categories below it.

    `units_sold` and `percentage` (of all product sales) are of the whole branch. `category_id` None: no category.
    """

    category_id: int | None
    name: str
    parent_id: int | None
    own_sales: Decimal
    total_sales: Decimal
    units_sold: int
    percentage: Decimal


def sales_by_category(store: Store, period: Period, basis: str = Basis.PLACED) -> list[CategorySales]:
    """Return the categories that sold anything, themselves or below them, best first."""
    source = sums(STORE, SHARE_MEASURES, basis=basis, dimension="product", up_to="year")
    found = rows(_OWN.format(sums=source), store=store.pk, first=period.first, last=period.last)
    own = {row["category_id"]: (cents(row["sales"]), int(row["units_sold"])) for row in found}
    tree = tree_of(store)
    branches = branches_of(own, tree)
    everything = sum((amount for amount, _ in own.values()), Decimal(0))
    lines = [
        CategorySales(
            category_id=pk,
            name=tree[pk][0] if pk else "",
            parent_id=tree[pk][1] if pk else None,
            own_sales=own.get(pk, (cents(0), 0))[0],
            total_sales=cents(amount),
            units_sold=units,
            percentage=percentage(amount, everything),
        )
        for pk, (amount, units) in branches.items()
    ]
    return sorted(lines, key=lambda line: (-line.total_sales, line.name, line.category_id or 0))


Tree = Mapping[int, tuple[str, int | None]]
"""The name and the category above each category, by id."""
Sold = Mapping[int | None, tuple[Decimal, int]]
"""Sales and units by category; None: of products without one."""


def tree_of(store: Store) -> Tree:
    """Return today's tree of a store."""
    found = Category.objects.filter(store=store).values_list("pk", "name", "parent_id")
    return {pk: (name, parent) for pk, name, parent in found}


def branches_of(own: Sold, tree: Tree) -> Sold:
    """Return what each category and all below it sold, from what each sold itself."""
    found: dict[int | None, tuple[Decimal, int]] = {}
    for pk, (amount, count) in own.items():
        above = pk
        while True:
            sales, units = found.get(above, (Decimal(0), 0))
            found[above] = (sales + amount, units + count)
            if above is None or (above := tree[above][1]) is None:
                break
    return found
