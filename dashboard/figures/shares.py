"""How a period's sales split by product and by country."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures.figure import cents
from dashboard.figures.movements import STORE, WINDOWS, sums
from dashboard.figures.periods import Period
from dashboard.figures.reading import Query, Row, percentage, rows
from dashboard.figures.windows import Window, window_parameters
from dashboard.metrics.measures import SHARE_MEASURES
from dashboard.metrics.rollups import DIMENSIONS
from dashboard.models import Basis
from orders.models import Product

PRODUCT_LIMIT = 100
COUNTRY_LIMIT = 250


@dataclass(frozen=True)
class ProductSales:
    """A product's part of the sales: net of discounts and refunds, without tax and shipping."""

    product_id: int
    product_name: str
    image_url: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


_BY_PRODUCT = """
SELECT best.*, product.name, product.image_url FROM (
    SELECT *, sum(sales) OVER () AS everything FROM ({sums}) AS sums
    ORDER BY sales DESC, orders DESC, product_id LIMIT %(limit)s
) AS best JOIN orders_product AS product ON product.id = best.product_id
ORDER BY sales DESC, orders DESC, product_id
"""


def products_query(
    store: Store, period: Period, basis: str = Basis.PLACED, limit: int = PRODUCT_LIMIT
) -> Query[list[ProductSales]]:
    """Return the query of the best products, best first, with their names as they are now."""
    sql = _BY_PRODUCT.format(sums=sums(STORE, SHARE_MEASURES, basis=basis, dimension="product", by_months=True))
    return Query(sql, {**_days(store, period), "limit": limit}, _products)


def sales_by_product(
    store: Store, period: Period, basis: str = Basis.PLACED, limit: int = PRODUCT_LIMIT
) -> list[ProductSales]:
    """Return the best products, best first; `percentage` is of all product sales of the period."""
    return products_query(store, period, basis, limit).read()


def _days(store: Store, period: Period) -> dict[str, Any]:
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
        )
        for row in found
    ]


@dataclass(frozen=True)
class CountrySales:
    """A country's part of the sales; an empty country is an unknown one."""

    country: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


_BY_COUNTRY = """
SELECT *, sum(sales) OVER () AS everything FROM ({sums}) AS sums
ORDER BY sales DESC, orders DESC, country LIMIT %(limit)s
"""


def countries_query(store: Store, period: Period, basis: str = Basis.PLACED) -> Query[list[CountrySales]]:
    """Return the query of sales by the country an order goes to, best first."""
    sql = _BY_COUNTRY.format(sums=sums(STORE, SHARE_MEASURES, basis=basis, dimension="country"))
    return Query(sql, {**_days(store, period), "limit": COUNTRY_LIMIT}, _countries)


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
        row_number() OVER (PARTITION BY key ORDER BY sales DESC, orders DESC, {part}) AS place
    FROM ({sums}) AS sums
) AS ranked WHERE place <= %(limit)s ORDER BY key, place
"""
_NAMED = """
SELECT best.*, product.name, product.image_url
FROM ({ranked}) AS best JOIN orders_product AS product ON product.id = best.product_id ORDER BY key, place
"""


def products_of_stores(windows: Sequence[Window], limit: int) -> dict[int, list[ProductSales]]:
    """Return the best products of each store by its id, as `sales_by_product` does; one statement for any number."""
    return _by_key(_ranked("id", "product", windows, limit), _products)


def countries_of_stores(windows: Sequence[Window]) -> dict[int, list[CountrySales]]:
    """Return the countries of each store by its id, as `sales_by_country` does; one statement for any number."""
    return _by_key(_ranked("id", "country", windows, COUNTRY_LIMIT), _countries)


def products_of_currencies(windows: Sequence[Window], limit: int) -> dict[str, list[ProductSales]]:
    """Return the best products of these stores together, by currency."""
    return _by_key(_ranked("currency", "product", windows, limit), _products)


def countries_of_currencies(windows: Sequence[Window], limit: int) -> dict[str, list[CountrySales]]:
    """Return the best countries of these stores together, by currency."""
    return _by_key(_ranked("currency", "country", windows, limit), _countries)


def _ranked(key: str, dimension: str, windows: Sequence[Window], limit: int) -> list[Row]:
    """Return the best products or countries by `key`, a column of the stores; products with their names."""
    if not windows:
        return []
    source = sums(WINDOWS.by(key=key), SHARE_MEASURES, dimension=dimension)
    sql = _RANKED.format(part=DIMENSIONS[dimension], sums=source)
    if dimension == "product":
        sql = _NAMED.format(ranked=sql)
    return rows(sql, **window_parameters(windows), limit=limit)


def _by_key(found: list[Row], shares: Callable[[list[Row]], list[Any]]) -> dict[Any, list[Any]]:
    """Return shares by key."""
    by_key: dict[object, list[object]] = {}
    for row, share in zip(found, shares(found), strict=True):
        by_key.setdefault(row["key"], []).append(share)
    return by_key


def stores_of_products(products: Iterable[ProductSales]) -> dict[int, tuple[str, str]]:
    """Return slug and name of the store each product belongs to, by the product's id."""
    found = Product.objects.filter(pk__in=[product.product_id for product in products])
    return {pk: (slug, name) for pk, slug, name in found.values_list("pk", "store__slug", "store__name")}
