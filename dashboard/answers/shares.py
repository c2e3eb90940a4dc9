"""Best products, countries and categories of a period as documents, beside what they were before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from customers.models import Store
from dashboard.answers import documents
from dashboard.answers.payloads import compared_days
from dashboard.figures import CountrySales, ProductSales, cents, change
from dashboard.figures.before import SharesBefore
from dashboard.figures.categories import CategorySales, Tree, branches_of
from dashboard.figures.periods import Period
from dealport.kit.day_range import DayRange
from dealport.kit.rest.documents import ApiDocument


@dataclass(frozen=True)
class Shares(ApiDocument):
    """What lists of shares have in common; of all stores (`store` null) they are lists by currency."""

    store: str | None
    currency: str | None
    timezone: str | None
    from_: date
    to: date
    comparison: documents.ComparedDays | None


@dataclass(frozen=True)
class ProductThen(ApiDocument):
    """What a product sold in the days compared with."""

    total_sales: Decimal
    total_orders: int
    units_sold: int


@dataclass(frozen=True)
class CountryThen(ApiDocument):
    """A country's sales in the days compared with."""

    total_sales: Decimal
    total_orders: int


@dataclass(frozen=True)
class CategoryThen(ApiDocument):
    """A category's sales in the days compared with."""

    own_sales: Decimal
    total_sales: Decimal
    units_sold: int


@dataclass(frozen=True)
class TopProduct(documents.ProductSales):
    """A product as it is now, with its part of the sales; `store` where all stores are meant."""

    sku: str
    price: Annotated[Decimal, documents.NOT_NEGATIVE]
    stock: int | None
    units_sold: int
    units_returned: int
    cost: Decimal
    margin: Decimal
    units_without_cost: int
    store: str | None
    previous: ProductThen | None
    change: Decimal | None


@dataclass(frozen=True)
class ProductsOfCurrency(ApiDocument):
    """The best products of all stores of a currency."""

    currency: str
    products: list[TopProduct]


@dataclass(frozen=True)
class TopProducts(Shares):
    """The best products, best first."""

    products: list[TopProduct] | None
    currencies: list[ProductsOfCurrency] | None


@dataclass(frozen=True)
class ComparedCountry(documents.CountrySales):
    """A country's part of the sales, what it was before and by how many percent its sales changed."""

    previous: CountryThen | None
    change: Decimal | None


@dataclass(frozen=True)
class CountriesOfCurrency(ApiDocument):
    """The countries of all stores of a currency."""

    currency: str
    countries: list[ComparedCountry]


@dataclass(frozen=True)
class SalesByCountry(Shares):
    """Sales by country, best first."""

    countries: list[ComparedCountry] | None
    currencies: list[CountriesOfCurrency] | None


@dataclass(frozen=True)
class CategoryOfPeriod(ApiDocument):
    """A category's sales: `ownSales` of its own products, all else with the categories below it. Null: none."""

    category_id: int | None
    name: str
    parent_id: int | None
    own_sales: Decimal
    total_sales: Decimal
    units_sold: int
    percentage: Decimal
    previous: CategoryThen | None
    change: Decimal | None


@dataclass(frozen=True)
class SalesByCategory(Shares):
    """Sales by category, best first."""

    categories: list[CategoryOfPeriod]


def top_products_data(
    store: Store, period: Period, products: list[ProductSales], before: SharesBefore | None = None
) -> dict[str, object]:
    """Return the body of `GET /api/v1/dashboard/top-products`, best first."""
    best = [_product(product, store.currency, before) for product in products]
    return TopProducts(*_of_store(store, period, before), products=best, currencies=None).to_json()


def top_products_of_all_data(
    days: DayRange,
    products: Mapping[str, list[ProductSales]],
    stores: Mapping[int, tuple[str, str]],
    before: SharesBefore | None,
) -> dict[str, object]:
    """Return the same of all stores, by currency; `stores` are slug and name by product."""
    currencies = [
        ProductsOfCurrency(
            code, [_product(product, code, before, stores[product.product_id][0]) for product in products[code]]
        )
        for code in sorted(products)
    ]
    return TopProducts(*_of_all(days, before), products=None, currencies=currencies).to_json()


def _product(product: ProductSales, currency: str, before: SharesBefore | None, store: str | None = None) -> TopProduct:
    previous = None
    if before:
        then = before.part(currency, product.product_id)
        previous = ProductThen(cents(then["net"]), int(then["orders"]), int(then["units_sold"]))
    return TopProduct(
        product_id=product.product_id,
        product_name=product.product_name,
        img_card_url=product.image_url or None,
        total_sales=product.total_sales,
        total_orders=product.total_orders,
        percentage=product.percentage,
        sku=product.sku,
        price=product.price,
        stock=product.stock,
        units_sold=product.units_sold,
        units_returned=product.units_returned,
        cost=product.cost,
        margin=product.total_sales - product.cost,
        units_without_cost=product.units_without_cost,
        store=store,
        previous=previous,
        change=change(product.total_sales, previous.total_sales) if previous else None,
    )


def sales_by_country_data(
    store: Store, period: Period, countries: list[CountrySales], before: SharesBefore | None = None
) -> dict[str, object]:
    """Return the body of `GET /api/v1/dashboard/sales-by-country`, best first; an unknown country is null."""
    found = [_country(country, store.currency, before) for country in countries]
    return SalesByCountry(*_of_store(store, period, before), countries=found, currencies=None).to_json()


def countries_of_all_data(
    days: DayRange, countries: Mapping[str, list[CountrySales]], before: SharesBefore | None
) -> dict[str, object]:
    """Return the same of all stores, by currency."""
    currencies = [
        CountriesOfCurrency(code, [_country(country, code, before) for country in countries[code]])
        for code in sorted(countries)
    ]
    return SalesByCountry(*_of_all(days, before), countries=None, currencies=currencies).to_json()


def _country(country: CountrySales, currency: str, before: SharesBefore | None) -> ComparedCountry:
    previous = None
    if before:
        then = before.part(currency, country.country)
        previous = CountryThen(cents(then["sales"]), int(then["orders"]))
    return ComparedCountry(
        country.country or None,
        country.total_sales,
        country.total_orders,
        country.percentage,
        previous,
        change(country.total_sales, previous.total_sales) if previous else None,
    )


def sales_by_category_data(
    store: Store, period: Period, categories: list[CategorySales], before: SharesBefore | None, tree: Tree
) -> dict[str, object]:
    """Return the body of `GET /api/v1/dashboard/sales-by-category`, best first; without a category: null."""
    parts = before.parts if before else {}
    own = {int(key) if key else None: (cents(then["net"]), int(then["units_sold"])) for (_, key), then in parts.items()}
    branches, nothing = branches_of(own, tree), (cents(0), 0)
    found = []
    for line in categories:
        sales, units = branches.get(line.category_id, nothing)
        previous = CategoryThen(own.get(line.category_id, nothing)[0], cents(sales), units) if before else None
        found.append(
            CategoryOfPeriod(
                line.category_id,
                line.name,
                line.parent_id,
                line.own_sales,
                line.total_sales,
                line.units_sold,
                line.percentage,
                previous,
                change(line.total_sales, previous.total_sales) if previous else None,
            )
        )
    return SalesByCategory(*_of_store(store, period, before), categories=found).to_json()


Head = tuple[str | None, str | None, str | None, date, date, documents.ComparedDays | None]


def _of_store(store: Store, period: Period, before: SharesBefore | None) -> Head:
    compared = compared_days(before.comparison) if before else None
    return store.slug, store.currency, store.timezone, period.first, period.last, compared


def _of_all(days: DayRange, before: SharesBefore | None) -> Head:
    return None, None, None, days.first, days.last, compared_days(before.comparison) if before else None
