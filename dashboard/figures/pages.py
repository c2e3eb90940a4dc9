"""Everything one page shows, read as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from customers.models import Store
from dashboard.figures.periods import Period
from dashboard.figures.reading import consistent_read, read_together
from dashboard.figures.shares import CountrySales, ProductSales, countries_query, products_query
from dashboard.figures.state import Check, check_query
from dashboard.figures.store import DaySales, Summary, month_query, summary_query, trend_days, trend_query
from dashboard.models import Basis


@dataclass(frozen=True)
class StoreDashboard:
    """Everything the store dashboard shows, as of one moment."""

    store: Store
    period: Period
    basis: str
    summary: Summary
    daily_trend: list[DaySales]
    sales_by_product: list[ProductSales]
    sales_by_country: list[CountrySales]
    first_month: date | None
    last_month: date | None
    verification: Check | None
    as_of: datetime


def store_dashboard(store: Store, period: Period, basis: str = Basis.PLACED) -> StoreDashboard:
    """Read the store dashboard in one consistent read: seven statements in one round trip, four round trips in all."""
    with consistent_read() as as_of:
        days = trend_days(period, as_of.astimezone(store.zone).date())
        summary, trend, products, countries, first_month, last_month, verification = read_together(
            summary_query(store, period, basis),
            trend_query(store, days, basis),
            products_query(store, period, basis),
            countries_query(store, period, basis),
            month_query(store, newest=False),
            month_query(store, newest=True),
            check_query(store),
        )
    return StoreDashboard(
        store=store,
        period=period,
        basis=basis,
        summary=summary,
        daily_trend=trend,
        sales_by_product=products,
        sales_by_country=countries,
        first_month=first_month,
        last_month=last_month,
        verification=verification,
        as_of=as_of,
    )
