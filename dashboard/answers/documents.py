"""The documents of the dashboard's operations: their JSON and their serializers are made of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from dashboard.answers.serializers import (
    CurrencyFiguresSerializer,
    FiguresBeforeSerializer,
    FiguresChangeSerializer,
    PeriodSerializer,
    SnapshotBeforeSerializer,
    SnapshotChangeSerializer,
    SnapshotFiguresSerializer,
    SummaryChangeSerializer,
    SummarySerializer,
)
from dashboard.figures import Number
from dashboard.figures.comparisons import COMPARISONS
from dashboard.models import Basis
from dealport.kit.rest.documents import ApiDocument, Said

NOT_NEGATIVE = Said(at_least=Decimal(0))
PeriodData = Annotated[Mapping[str, object], Said(serializer=PeriodSerializer)]
MONTH, WEEK = r"^[0-9]{4}-[0-9]{2}$", r"^[0-9]{4}-W[0-9]{2}$"


@dataclass(frozen=True)
class DaySales(ApiDocument):
    """One day of the trend."""

    date: date
    total_sales: Annotated[Decimal, NOT_NEGATIVE]
    total_orders: int


@dataclass(frozen=True)
class ProductSales(ApiDocument):
    """What a product sold, and its share of all products' sales in percent."""

    product_id: int
    product_name: str
    img_card_url: str | None
    total_sales: Annotated[Decimal, NOT_NEGATIVE]
    total_orders: int
    percentage: Annotated[Decimal, NOT_NEGATIVE]


@dataclass(frozen=True)
class ProductBefore(ApiDocument):
    """What a product of the period sold in the one it is compared with; the change in percent, null from nothing."""

    product_id: int
    total_sales: Decimal
    change: Decimal | None


@dataclass(frozen=True)
class CountrySales(ApiDocument):
    """A country's sales and its share of all in percent; an unknown country is null."""

    country: str | None
    total_sales: Decimal
    total_orders: int
    percentage: Decimal


@dataclass(frozen=True)
class Month(ApiDocument):
    """A month that has figures."""

    year: int
    month: int
    period: Annotated[str, Said(pattern=MONTH)]


@dataclass(frozen=True)
class Verification(ApiDocument):
    """When the figures were last compared with the orders, and what differed then, before any repair."""

    checked_at: datetime
    difference: Annotated[Decimal, NOT_NEGATIVE]
    wrong_buckets: int


@dataclass(frozen=True)
class Comparison(ApiDocument):
    """The same figures of the days the period is compared with; of the last one up to `until`, if that is given."""

    compare: Annotated[str, Said(choices=COMPARISONS)]
    start_date: date
    end_date: date
    until: datetime | None
    summary: Annotated[Mapping[str, Number], Said(serializer=SummarySerializer)]
    change: Annotated[Mapping[str, Decimal | None], Said(serializer=SummaryChangeSerializer)]
    sales_by_product: list[ProductBefore]


@dataclass(frozen=True)
class StoreDashboard(ApiDocument):
    """The figures of one store and period, exact at `asOf`."""

    period: PeriodData
    summary: Annotated[Mapping[str, Number], Said(serializer=SummarySerializer)]
    daily_trend: Annotated[list[DaySales], Said(length=7)]
    sales_by_product: list[ProductSales]
    first_available_period: Month | None
    last_available_period: Month | None
    store: str
    currency: str
    timezone: str
    basis: Annotated[str, Said(choices=Basis.values)]
    verification: Verification | None
    comparison: Comparison | None


@dataclass(frozen=True)
class Usage(ApiDocument):
    """One local day. Amounts are null where stores of several currencies are taken together."""

    date: date
    orders: int
    sales: Decimal | None
    credits_granted: Annotated[Decimal | None, NOT_NEGATIVE]
    credits_spent: Annotated[Decimal | None, NOT_NEGATIVE]
    active_users: int
    page_views: int


@dataclass(frozen=True)
class CurrencyDay(ApiDocument):
    """A day on which amounts of the currency moved."""

    date: date
    sales: Decimal
    credits_granted: Annotated[Decimal, NOT_NEGATIVE]
    credits_spent: Annotated[Decimal, NOT_NEGATIVE]


@dataclass(frozen=True)
class Currency(ApiDocument):
    """The amounts of one currency."""

    currency: str
    figures: Annotated[Mapping[str, Number], Said(serializer=CurrencyFiguresSerializer, spread=True)]
    usage: list[CurrencyDay]


@dataclass(frozen=True)
class ComparedDays(ApiDocument):
    """What days are compared with: their first and last over all stores, and where the last is cut off, of one store.

    Each of several stores is cut off by its own clock.
    """

    compare: Annotated[str, Said(choices=COMPARISONS)]
    start_date: date
    end_date: date
    until: datetime | None


@dataclass(frozen=True)
class CurrencyBefore(ApiDocument):
    """The amounts of one currency in the days compared with, and by how many percent they changed."""

    currency: str
    figures: Annotated[Mapping[str, Number], Said(serializer=FiguresBeforeSerializer)]
    change: Annotated[Mapping[str, Decimal | None], Said(serializer=FiguresChangeSerializer)]


@dataclass(frozen=True)
class SnapshotComparison(ComparedDays):
    """The figures of the days compared with, and by how many percent they changed; null from nothing."""

    figures: Annotated[Mapping[str, Number | None], Said(serializer=SnapshotBeforeSerializer)]
    change: Annotated[Mapping[str, Decimal | None], Said(serializer=SnapshotChangeSerializer)]
    currencies: list[CurrencyBefore]


@dataclass(frozen=True)
class Metrics(ApiDocument):
    """The admin snapshot. Amounts are null where stores of several currencies are taken together: see `currencies`."""

    tenant: str | None
    from_: date
    to: date
    currency: str | None
    timezone: str | None
    figures: Annotated[Mapping[str, Number | None], Said(serializer=SnapshotFiguresSerializer, spread=True)]
    usage: list[Usage]
    currencies: list[Currency]
    comparison: SnapshotComparison | None


@dataclass(frozen=True)
class WeekTotal(ApiDocument):
    """A week's total, as far as it is compared."""

    start_date: date
    end_date: date
    total_sales: Decimal
    total_orders: int
    completed_orders: int


@dataclass(frozen=True)
class Change(ApiDocument):
    """By how many percent the totals moved; null where there was nothing before."""

    total_sales: Decimal | None
    total_orders: Decimal | None
    completed_orders: Decimal | None


@dataclass(frozen=True)
class WeekDayBefore(ApiDocument):
    """A day of the week before. `hours` is not 24 where clocks change; partial is what is cut off at the same time."""

    date: date
    total_sales: Decimal
    total_orders: int
    completed_orders: int
    hours: Annotated[Decimal | int, NOT_NEGATIVE]
    is_clock_change: bool
    is_partial: bool


@dataclass(frozen=True)
class WeekDay(WeekDayBefore):
    """A day of the week and its counterpart."""

    weekday: str
    previous: WeekDayBefore


@dataclass(frozen=True)
class WeekOfCurrency(ApiDocument):
    """A week of all stores of a currency."""

    currency: str
    current: WeekTotal
    previous: WeekTotal
    change: Change


@dataclass(frozen=True)
class WeeklyReport(ApiDocument):
    """A week against the same part of the week before: of one store, or (`store` null) of all, by currency."""

    store: str | None
    currency: str | None
    timezone: str | None
    week: Annotated[str, Said(pattern=WEEK)]
    is_running: bool
    compared_until: datetime | None
    current: WeekTotal | None
    previous: WeekTotal | None
    change: Change | None
    days: list[WeekDay] | None
    currencies: list[WeekOfCurrency] | None


@dataclass(frozen=True)
class ProductFigures(ApiDocument):
    """What a product sold: net of discounts and refunds, without tax and shipping.

    One with variants: what all of them sold; `total_orders` is null then, as an order can contain several.
    """

    product_id: int
    store: str
    currency: str
    basis: str
    units_sold: int
    units_returned: int
    net_sales: Decimal
    total_orders: int | None
    cost: Decimal
    margin: Decimal
    units_without_cost: int


@dataclass(frozen=True)
class RunningWeek(ApiDocument):
    """The running week of all stores of a currency, and the same part of the week before."""

    currency: str
    total_sales: Decimal
    total_orders: int
    sales_before: Decimal
    orders_before: int
    change: Decimal | None


@dataclass(frozen=True)
class ProductOfStore(ProductSales):
    """A product and the store that sells it."""

    store: str
    store_name: str


@dataclass(frozen=True)
class BestOfCurrency(ApiDocument):
    """The best products and countries of all stores of a currency."""

    currency: str
    products: list[ProductOfStore]
    countries: list[CountrySales]


@dataclass(frozen=True)
class Slice(ApiDocument):
    """What was used in a minute or an hour."""

    at: datetime
    active_users: int
    page_views: int
