"""How a period's sales split by product and by country."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures.comparisons import Compared
from dashboard.figures.figure import cents
from dashboard.figures.movements import STORE, STORE_THEN, WINDOWS, movements, sums
from dashboard.figures.periods import Period
from dashboard.figures.reading import Query, Row, percentage, rows
from dashboard.figures.windows import Window, window_parameters
from dashboard.metrics.measures import SHARE_MEASURES
from dashboard.metrics.movements_of_orders import movements_until, part_parameters
from dashboard.metrics.rollups import DIMENSIONS
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK
from orders.models import Product

PRODUCT_LIMIT = 100
COUNTRY_LIMIT = 250


@dataclass(frozen=True)
class ProductSales:
    """A product's part of the sales: net of discounts and refunds, without tax and shipping.

    SKU, price and stock are those of now and say nothing of the period: they do not make two of these unequal.
    """

    product_id: int
    product_name: str
    image_url: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal
    units_sold: int = field(default=0, compare=False)
    units_returned: int = field(default=0, compare=False)
    cost: Decimal = field(default=Decimal("0.00"), compare=False)
    units_without_cost: int = field(default=0, compare=False)
    sku: str = field(default="", compare=False)
    price: Decimal = field(default=Decimal("0.00"), compare=False)
    stock: int | None = field(default=None, compare=False)


# units alone can move on a day without sales or orders: those of goods that cost nothing
_MOVED = "sales <> 0 OR orders <> 0"
PRODUCT_ORDERS = {
    "sales": "sales DESC, orders DESC, {part}",
    "units": "units_sold DESC, sales DESC, {part}",
    "orders": "orders DESC, sales DESC, {part}",
}
"""What the best products can be chosen and ordered by → SQL."""
_NAMES = "product.name, product.image_url, product.sku, product.price, product.stock"
_BY_PRODUCT = f"""
SELECT best.*, {_NAMES} FROM (
    SELECT *, sum(sales) OVER () AS everything FROM ({{sums}}) AS sums WHERE {{moved}}
    ORDER BY {{order}} LIMIT %(limit)s
) AS best JOIN orders_product AS product ON product.id = best.product_id
ORDER BY {{order}}
"""


def products_query(
    store: Store, period: Period, basis: str = Basis.PLACED, limit: int = PRODUCT_LIMIT, order_by: str = "sales"
) -> Query[list[ProductSales]]:
    """Return the query of the best products, best first, described as they are now."""
    sql = _BY_PRODUCT.format(
        sums=sums(STORE, SHARE_MEASURES, basis=basis, dimension="product", up_to="year"),
        order=PRODUCT_ORDERS[order_by].format(part="product_id"),
        moved=_moved(order_by),
    )
    return Query(sql, {**_days(store, period), "limit": limit}, _products)


_THEN_BY_PRODUCT = """
{clock}, best AS MATERIALIZED (
    SELECT product_id FROM ({sums}) AS sums WHERE {moved} ORDER BY {order} LIMIT %(limit)s
)
SELECT product_id, sum(sales) AS sales FROM ({then}) AS moved WHERE product_id IN (SELECT product_id FROM best)
GROUP BY product_id
"""


def products_then_query(store: Store, period: DayRange, compared: Compared, basis: str) -> Query[dict[int, Decimal]]:
    """Return the query of what the products of `products_query` sold in the days a period is compared with."""
    measures = ("sales", "orders")
    then = movements(STORE_THEN, measures, basis=basis, dimension="product", up_to="year")
    parameters = {**_days(store, period), "limit": PRODUCT_LIMIT}
    parameters |= {"then_first": compared.whole.first, "then_last": compared.whole.last}
    if compared.until is None:
        begin = "WITH nothing AS (SELECT 1)"
    else:
        begin = CLOCK
        part = movements_until(basis, by_product=True)
        then += f" UNION ALL SELECT day, product_id, sales, orders FROM ({part}) AS part"
        parameters |= part_parameters(store, compared.until)
    sql = _THEN_BY_PRODUCT.format(
        clock=begin,
        sums=sums(STORE, SHARE_MEASURES, basis=basis, dimension="product", up_to="year"),
        order=PRODUCT_ORDERS["sales"].format(part="product_id"),
        moved=_MOVED,
        then=then,
    )
    return Query(sql, parameters, lambda found: {row["product_id"]: cents(row["sales"]) for row in found})


def _moved(order_by: str) -> str:
    return f"{_MOVED} OR units_sold <> 0" if order_by == "units" else _MOVED


def sales_by_product(
    store: Store, period: Period, basis: str = Basis.PLACED, limit: int = PRODUCT_LIMIT, order_by: str = "sales"
) -> list[ProductSales]:
    """Return the best products, best first; `percentage` is of all product sales of the period.

    `order_by` is a key of PRODUCT_ORDERS.
    """
    return products_query(store, period, basis, limit, order_by).read()


def _days(store: Store, period: DayRange) -> dict[str, object]:
    return {"store": store.pk, "first": period.first, "last": period.last}


def _products(found: Sequence[Row]) -> list[ProductSales]:
    return [
        ProductSales(
            product_id=row["product_id"],
            product_name=row["name"],
            image_url=row["image_url"],
            total_sales=cents(row["sales"]),
            total_orders=int(row["orders"]),
            percentage=percentage(row["sales"], row["everything"]),
            units_sold=int(row["units_sold"]),
            units_returned=int(row["units_returned"]),
            cost=cents(row["cost"]),
            units_without_cost=int(row["units_without_cost"]),
            sku=row["sku"],
            price=row["price"],
            stock=row["stock"],
        )
        for row in found
    ]


_OF_PRODUCT = """
SELECT {sums} FROM ({movements}) AS movements WHERE product_id = ANY(ARRAY(
    SELECT id FROM orders_product WHERE id = %(product)s OR parent_id = %(product)s
))
"""


@dataclass(frozen=True)
class ProductFigures:
    """What one product sold in a period; of a product with variants, all of them together.

    `orders` is None then: an order can contain several of them. `cost` is that of the units sold less those returned,
    but for `units_without_cost`.
    """

    net_sales: Decimal
    orders: int | None
    units_sold: int
    units_returned: int
    cost: Decimal
    units_without_cost: int


def product_figures(product: Product, days: DayRange, basis: str = Basis.PLACED) -> ProductFigures:
    """Return the figures of a product, read from the rollups; the condition is found by the key of the buckets."""
    sql = _OF_PRODUCT.format(
        sums=", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in SHARE_MEASURES),
        movements=movements(STORE, SHARE_MEASURES, basis=basis, dimension="product", up_to="year"),
    )
    parameters = {"store": product.store_id, "first": days.first, "last": days.last, "product": product.pk}
    (row,) = rows(sql, **parameters)
    return ProductFigures(
        net_sales=cents(row["net"]),
        orders=None if product.has_variants else int(row["orders"]),
        units_sold=int(row["units_sold"]),
        units_returned=int(row["units_returned"]),
        cost=cents(row["cost"]),
        units_without_cost=int(row["units_without_cost"]),
    )


@dataclass(frozen=True)
class CountrySales:
    """A country's part of the sales; an empty country is an unknown one."""

    country: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


_BY_COUNTRY = f"""
SELECT *, sum(sales) OVER () AS everything FROM ({{sums}}) AS sums WHERE {_MOVED}
ORDER BY sales DESC, orders DESC, country LIMIT %(limit)s
"""


def countries_query(store: Store, period: Period, basis: str = Basis.PLACED) -> Query[list[CountrySales]]:
    """Return the query of sales by the country an order goes to, best first."""
    sql = _BY_COUNTRY.format(sums=sums(STORE, SHARE_MEASURES, basis=basis, dimension="country"))
    return Query(sql, {**_days(store, period), "limit": COUNTRY_LIMIT}, _countries)


def countries_then_query(store: Store, compared: Compared, basis: str) -> Query[dict[str, Decimal]]:
    """Return the query of sales by country in the whole days that a period is compared with."""
    sql = sums(STORE, ("sales",), basis=basis, dimension="country")
    days = {"store": store.pk, "first": compared.whole.first, "last": compared.whole.last}
    return Query(sql, days, lambda found: {row["country"]: row["sales"] for row in found})


def sales_by_country(store: Store, period: Period, basis: str = Basis.PLACED) -> list[CountrySales]:
    """Return sales by the country an order goes to, best first; `percentage` is of the period's total sales."""
    return countries_query(store, period, basis).read()


def _countries(found: Iterable[Row]) -> list[CountrySales]:
    return [
        CountrySales(
            country=row["country"],
            total_sales=cents(row["sales"]),
            total_orders=int(row["orders"]),
            percentage=percentage(row["sales"], row["everything"]),
        )
        for row in found
    ]


# the best of each store (or currency: `key`), of short windows by day
_RANKED = """
SELECT * FROM (
    SELECT *, sum(sales) OVER (PARTITION BY key) AS everything,
        row_number() OVER (PARTITION BY key ORDER BY {order}) AS place
    FROM ({sums}) AS sums WHERE {moved}
) AS ranked WHERE place <= %(limit)s ORDER BY key, place
"""
_NAMED = f"""
SELECT best.*, {_NAMES}
FROM ({{ranked}}) AS best JOIN orders_product AS product ON product.id = best.product_id ORDER BY key, place
"""


def products_of_stores(windows: Sequence[Window], limit: int) -> dict[int, list[ProductSales]]:
    """Return the best products of each store by its id, as `sales_by_product` does; one statement for any number."""
    return _by_key(_ranked("id", "product", windows, limit), _products)


def countries_of_stores(windows: Sequence[Window]) -> dict[int, list[CountrySales]]:
    """Return the countries of each store by its id, as `sales_by_country` does; one statement for any number."""
    return _by_key(_ranked("id", "country", windows, COUNTRY_LIMIT), _countries)


def products_of_currencies(
    windows: Sequence[Window], limit: int, order_by: str = "sales"
) -> dict[str, list[ProductSales]]:
    """Return the best products of these stores together, by currency; `order_by` is a key of PRODUCT_ORDERS."""
    return _by_key(_ranked("currency", "product", windows, limit, order_by), _products)


def countries_of_currencies(windows: Sequence[Window], limit: int) -> dict[str, list[CountrySales]]:
    """Return the best countries of these stores together, by currency."""
    return _by_key(_ranked("currency", "country", windows, limit), _countries)


def _ranked(key: str, dimension: str, windows: Sequence[Window], limit: int, order_by: str = "sales") -> list[Row]:
    """Return the best products or countries by `key`, a column of the stores; products with their names."""
    if not windows:
        return []
    source = sums(WINDOWS.by(key=key), SHARE_MEASURES, dimension=dimension)
    order = PRODUCT_ORDERS[order_by].format(part=DIMENSIONS[dimension])
    sql = _RANKED.format(order=order, moved=_moved(order_by), sums=source)
    if dimension == "product":
        sql = _NAMED.format(ranked=sql)
    return rows(sql, **window_parameters(windows), limit=limit)


def _by_key(found: list[Row], shares: Callable[[list[Row]], list[Any]]) -> dict[Any, list[Any]]:
    """Return the shares grouped by the column `key` of their rows, in the order of the rows."""
    by_key: dict[object, list[object]] = {}
    for row, share in zip(found, shares(found), strict=True):
        by_key.setdefault(row["key"], []).append(share)
    return by_key


def stores_of_products(products: Iterable[ProductSales]) -> dict[int, tuple[str, str]]:
    """Return slug and name of the store each product belongs to, by the product's id."""
    found = Product.objects.filter(pk__in=[product.product_id for product in products])
    return {pk: (slug, name) for pk, slug, name in found.values_list("pk", "store__slug", "store__name")}
