"""Everything one page shows, read as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from customers.models import Store
from dashboard.figures.along import (
    Along,
    Previous,
    along_query,
    granularity_for,
    previous_of,
    previous_queries,
)
from dashboard.figures.comparisons import NONE, compared_with
from dashboard.figures.figure import cents
from dashboard.figures.periods import Period
from dashboard.figures.reading import read_at_once
from dashboard.figures.shares import CountrySales, ProductSales, countries_query, products_query
from dashboard.figures.state import Check, check_query
from dashboard.figures.store import (
    DaySales,
    Summary,
    month_query,
    quantities_query,
    summary_of,
    trend_days,
    trend_query,
)
from dashboard.models import Basis


@dataclass(frozen=True)
class StoreDashboard:
    """Everything the store dashboard shows, as of one moment; `other_sales` are the total sales on the other basis."""

    store: Store
    period: Period
    basis: str
    comparison: str
    now: datetime
    summary: Summary
    previous: Previous | None
    granularity: str
    along: Along
    daily_trend: list[DaySales]
    sales_by_product: list[ProductSales]
    sales_by_country: list[CountrySales]
    other_sales: Decimal
    first_month: date | None
    last_month: date | None
    verification: Check | None
    as_of: datetime


def store_dashboard(
    store: Store, period: Period, basis: str = Basis.PLACED, comparison: str = NONE, now: datetime | None = None
) -> StoreDashboard:
    """Read the store dashboard in one statement; `now` decides which days run and what they are compared with."""
    now = (now or timezone.now()).astimezone(store.zone)
    compared = None if comparison == NONE else compared_with(period, comparison, now)
    granularity = granularity_for(period)
    other = Basis.BOOKED if basis == Basis.PLACED else Basis.PLACED
    as_of, (quantities, along, trend, products, countries, others, first_month, last_month, check, *then) = (
        read_at_once(
            quantities_query(store, period, basis),
            along_query(store, period, granularity, basis),
            trend_query(store, trend_days(period, now.date()), basis),
            products_query(store, period, basis),
            countries_query(store, period, basis),
            quantities_query(store, period, other),
            month_query(store, newest=False),
            month_query(store, newest=True),
            check_query(store),
            *(previous_queries(store, period, compared, granularity, basis) if compared else ()),
        )
    )
    return StoreDashboard(
        store=store,
        period=period,
        basis=basis,
        comparison=comparison,
        now=now,
        summary=summary_of(quantities, store.currency),
        previous=previous_of(compared, granularity, then, store.currency) if compared else None,
        granularity=granularity,
        along=along,
        daily_trend=trend,
        sales_by_product=products,
        sales_by_country=countries,
        other_sales=cents(others["sales"]),
        first_month=first_month,
        last_month=last_month,
        verification=check,
        as_of=as_of,
    )
