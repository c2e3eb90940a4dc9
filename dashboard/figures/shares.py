"""How a period's sales split by product and by country."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures.company import WINDOWS, Window, window_parameters
from dashboard.figures.periods import Period
from dashboard.figures.reading import WAITING, cents, percentage, rows
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


# whole months from the monthly rollup, the days before and after from the daily one, the waiting rows of both
_BY_PRODUCT = f"""
SELECT product_id, sum(sales) AS sales, sum(orders) AS orders, sum(sum(sales)) OVER () AS everything FROM (
    SELECT product_id, sales, orders FROM dashboard_storemonthlysalesbyproduct
    WHERE store_id = %(store)s AND basis = %(basis)s AND month BETWEEN %(month_first)s AND %(month_last)s
    UNION ALL
    SELECT product_id, sales, orders FROM dashboard_storedailysalesbyproduct
    WHERE store_id = %(store)s AND basis = %(basis)s
      AND (day BETWEEN %(first)s AND %(before)s OR day BETWEEN %(after)s AND %(last)s)
    UNION ALL
    SELECT product_id, sales, orders FROM (
        {WAITING.format(columns="product_id, sales, orders")} AND product_id IS NOT NULL
    ) AS waiting WHERE day BETWEEN %(first)s AND %(last)s
) AS movements GROUP BY product_id HAVING sum(sales) <> 0 OR sum(orders) <> 0
ORDER BY sales DESC, orders DESC, product_id LIMIT %(limit)s
"""


def sales_by_product(
    store: Store, period: Period, basis: str = Basis.PLACED, limit: int = PRODUCT_LIMIT
) -> list[ProductSales]:
    """Return the best products, best first; `percentage` is of all product sales of the period."""
    return _products(rows(_BY_PRODUCT, store=store.pk, basis=basis, limit=limit, **_split(period)))


def _products(found: Sequence[dict[str, Any]]) -> list[ProductSales]:
    """Return the rows with the products' names as they are now."""
    named = Product.objects.filter(pk__in=[row["product_id"] for row in found]).values_list("pk", "name", "image_url")
    products = {pk: (name, image_url) for pk, name, image_url in named}
    return [
        ProductSales(
            product_id=row["product_id"],
            product_name=products[row["product_id"]][0],
            image_url=products[row["product_id"]][1],
            total_sales=cents(row["sales"]),
            total_orders=int(row["orders"]),
            percentage=percentage(row["sales"], row["everything"]),
        )
        for row in found
    ]


def _split(period: Period) -> dict[str, date]:
    """Return the whole months of a period and the days before and after them (empty ranges where there are none)."""
    months = period.whole_months()
    never = date(1, 1, 1)
    if months is None:
        return {
            "first": period.first, "before": period.last, "after": period.last + timedelta(days=1),
            "last": period.last, "month_first": period.last, "month_last": never,
        }  # fmt: skip
    first, last = months
    after = (last + timedelta(days=31)).replace(day=1)
    return {
        "first": period.first, "before": first - timedelta(days=1), "after": after,
        "last": period.last, "month_first": first, "month_last": last,
    }  # fmt: skip


@dataclass(frozen=True)
class CountrySales:
    """A country's part of the sales; an empty country is an unknown one."""

    country: str
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


_BY_COUNTRY = f"""
SELECT country, sum(sales) AS sales, sum(orders) AS orders, sum(sum(sales)) OVER () AS everything FROM (
    SELECT day, country, sales, orders FROM dashboard_storedailysalesbycountry
    WHERE store_id = %(store)s AND basis = %(basis)s
    UNION ALL
    {WAITING.format(columns="country, sales, orders")} AND product_id IS NULL
) AS movements WHERE day BETWEEN %(first)s AND %(last)s
GROUP BY country HAVING sum(sales) <> 0 OR sum(orders) <> 0
ORDER BY sales DESC, orders DESC, country LIMIT %(limit)s
"""


def sales_by_country(store: Store, period: Period, basis: str = Basis.PLACED) -> list[CountrySales]:
    """Return sales by the country an order goes to, best first; `percentage` is of the period's total sales."""
    found = rows(_BY_COUNTRY, store=store.pk, basis=basis, first=period.first, last=period.last, limit=COUNTRY_LIMIT)
    return _countries(found)


def _countries(found: Iterable[dict[str, Any]]) -> list[CountrySales]:
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
_RANKED = f"""
SELECT * FROM (
    SELECT *, sum(sales) OVER (PARTITION BY key) AS everything,
        row_number() OVER (PARTITION BY key ORDER BY sales DESC, orders DESC, {{part}}) AS place
    FROM (
        SELECT key, {{part}}, sum(sales) AS sales, sum(orders) AS orders FROM (
            SELECT s.{{key}} AS key, d.{{part}}, d.sales, d.orders FROM {WINDOWS} s JOIN {{table}} d
                ON d.store_id = s.id AND d.basis = 'placed' AND d.day BETWEEN s.first AND s.last
            UNION ALL
            SELECT s.{{key}}, w.{{part}}, w.sales, w.orders FROM {WINDOWS} s JOIN dashboard_metricdelta w
                ON w.store_id = s.id AND {{waiting}} AND w.order_day BETWEEN s.first AND s.last
        ) AS movements GROUP BY key, {{part}} HAVING sum(sales) <> 0 OR sum(orders) <> 0
    ) AS sums
) AS ranked WHERE place <= %(limit)s ORDER BY key, place
"""
_PRODUCTS = {"part": "product_id", "table": "dashboard_storedailysalesbyproduct", "waiting": "w.product_id IS NOT NULL"}
_COUNTRIES = {"part": "country", "table": "dashboard_storedailysalesbycountry", "waiting": "w.product_id IS NULL"}


def products_of_stores(windows: Sequence[Window], limit: int) -> dict[int, list[ProductSales]]:
    """Return the best products of each store by its id, as `sales_by_product` does; two statements for any number."""
    return _by_key(_ranked("id", _PRODUCTS, windows, limit), _products)


def countries_of_stores(windows: Sequence[Window]) -> dict[int, list[CountrySales]]:
    """Return the countries of each store by its id, as `sales_by_country` does; one statement for any number."""
    return _by_key(_ranked("id", _COUNTRIES, windows, COUNTRY_LIMIT), _countries)


def products_of_currencies(windows: Sequence[Window], limit: int) -> dict[str, list[ProductSales]]:
    """Return the best products of these stores together, by currency."""
    return _by_key(_ranked("currency", _PRODUCTS, windows, limit), _products)


def countries_of_currencies(windows: Sequence[Window], limit: int) -> dict[str, list[CountrySales]]:
    """Return the best countries of these stores together, by currency."""
    return _by_key(_ranked("currency", _COUNTRIES, windows, limit), _countries)


def _ranked(key: str, what: dict[str, str], windows: Sequence[Window], limit: int) -> list[dict[str, Any]]:
    if not windows:
        return []
    return rows(_RANKED.format(key=key, **what), **window_parameters(windows), limit=limit)


def _by_key(found: list[dict[str, Any]], shares: Callable[[list[dict[str, Any]]], list[Any]]) -> dict[Any, list[Any]]:
    """Return shares by key; their names are read for all at once."""
    by_key: dict[Any, list[Any]] = {}
    for row, share in zip(found, shares(found), strict=True):
        by_key.setdefault(row["key"], []).append(share)
    return by_key


def shops_of(products: Iterable[ProductSales]) -> dict[int, tuple[str, str]]:
    """Return slug and name of the store each product belongs to, by the product's id."""
    found = Product.objects.filter(pk__in=[product.product_id for product in products])
    return {pk: (slug, name) for pk, slug, name in found.values_list("pk", "store__slug", "store__name")}
