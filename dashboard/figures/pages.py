"""Everything one page shows, read as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from customers.models import Store
from dashboard.figures.periods import Period
from dashboard.figures.reading import snapshot
from dashboard.figures.shares import CountrySales, ProductSales, sales_by_country, sales_by_product
from dashboard.figures.state import latest_verification
from dashboard.figures.store import (
    DaySales,
    Summary,
    daily_trend,
    first_month_with_orders,
    last_month_with_orders,
    sales_summary,
)
from dashboard.models import Basis, Verification


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
    verification: Verification | None
    as_of: datetime


def store_dashboard(store: Store, period: Period, basis: str = Basis.PLACED) -> StoreDashboard:
    """Read the store dashboard in one snapshot: a fixed number of statements whatever the store holds."""
    with snapshot() as as_of:
        today = as_of.astimezone(store.zone).date()
        return StoreDashboard(
            store=store,
            period=period,
            basis=basis,
            summary=sales_summary(store, period, basis),
            daily_trend=daily_trend(store, period, today, basis),
            sales_by_product=sales_by_product(store, period, basis),
            sales_by_country=sales_by_country(store, period, basis),
            first_month=first_month_with_orders(store),
            last_month=last_month_with_orders(store),
            verification=latest_verification(store),
            as_of=as_of,
        )
