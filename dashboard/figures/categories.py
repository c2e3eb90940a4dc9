"""Sales by category: the product rollup added up along today's tree.

A product or branch that moves takes its whole history with it.
"""

from __future__ import annotations

from collections import defaultdict
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
    source = sums(STORE, SHARE_MEASURES, basis=basis, dimension="product", by_months=True)
    found = rows(_OWN.format(sums=source), store=store.pk, first=period.first, last=period.last)
    own = {row["category_id"]: (cents(row["sales"]), int(row["units_sold"])) for row in found}
    tree = {pk: (name, parent) for pk, name, parent in _categories(store)}
    sales: defaultdict[int | None, Decimal] = defaultdict(Decimal)
    units: defaultdict[int | None, int] = defaultdict(int)
    for pk, (amount, count) in own.items():
        above = pk
        while True:
            sales[above] += amount
            units[above] += count
            if above is None or (above := tree[above][1]) is None:
                break
    everything = sum((amount for amount, _ in own.values()), Decimal(0))
    lines = [
        CategorySales(
            category_id=pk,
            name=tree[pk][0] if pk else "",
            parent_id=tree[pk][1] if pk else None,
            own_sales=own.get(pk, (cents(0), 0))[0],
            total_sales=cents(amount),
            units_sold=units[pk],
            percentage=percentage(amount, everything),
        )
        for pk, amount in sales.items()
    ]
    return sorted(lines, key=lambda line: (-line.total_sales, line.name, line.category_id or 0))


def _categories(store: Store) -> list[tuple[int, str, int | None]]:
    return list(Category.objects.filter(store=store).values_list("pk", "name", "parent_id"))
