"""Everything one page shows, read as of one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.actions import average
from customers.models import Store
from dashboard.figures.reading import cents, rows, snapshot
from dashboard.figures.shares import CountrySales, ProductSales, sales_by_country, sales_by_product
from dashboard.figures.state import latest_verification
from dashboard.figures.store import (
    TREND_DAYS,
    DaySales,
    Summary,
    daily_trend,
    first_month_with_orders,
    last_month_with_orders,
    sales_summary,
)
from dashboard.models import Basis, Verification
from dashboard.periods import Period, month_period

BACK = timedelta(days=30)


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


@dataclass(frozen=True)
class MonthSoFar:
    """A store's running month by order day, what came in since 30 days ago, and what stands now."""

    store: Store
    month: Period
    total_sales: Decimal
    total_orders: int
    total_completed_orders: int
    average_ticket: Decimal
    daily_trend: list[DaySales]
    recent_since: date
    recent_sales: Decimal
    recent_orders: int
    active_subscriptions: int
    monthly_recurring_revenue: Decimal
    credits_outstanding: Decimal
    last_month: date | None
    verification: Verification | None


_DAYS_OF_STORES = f"""
SELECT store_id, day, sum(sales) AS sales, sum(orders) AS orders, sum(completed) AS completed FROM (
    SELECT store_id, day, sales, orders, completed FROM dashboard_storedailysales
    WHERE store_id = ANY(%(stores)s) AND basis = '{Basis.PLACED}'
    UNION ALL
    SELECT store_id, order_day, sales, orders, completed FROM dashboard_metricdelta
    WHERE store_id = ANY(%(stores)s) AND product_id IS NULL
) AS movements WHERE day BETWEEN %(first)s AND %(last)s GROUP BY store_id, day
"""
_LAST_MONTHS = """
SELECT store_id, max(month) AS month FROM (
    SELECT store_id, month FROM dashboard_storemonthlysales
    WHERE store_id = ANY(%(stores)s) AND basis = 'placed' AND orders > 0
    UNION ALL
    SELECT store_id, date_trunc('month', order_day)::date FROM dashboard_metricdelta
    WHERE store_id = ANY(%(stores)s) AND product_id IS NULL AND orders > 0
) AS months GROUP BY store_id
"""


# by the indexes customers_subscription_active and customers_with_credits
_STANDINGS_OF_STORES = """
SELECT s.id, coalesce(paying.subscriptions, 0) AS subscriptions, coalesce(paying.revenue, 0) AS revenue,
    coalesce(owed.credits, 0) AS credits
FROM customers_store s
LEFT JOIN (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS revenue FROM customers_subscription
    WHERE status = 'active' AND store_id = ANY(%(stores)s) GROUP BY store_id
) AS paying ON paying.store_id = s.id
LEFT JOIN (
    SELECT store_id, sum(credit_balance) AS credits FROM customers_customer
    WHERE credit_balance > 0 AND store_id = ANY(%(stores)s) GROUP BY store_id
) AS owed ON owed.store_id = s.id
WHERE s.id = ANY(%(stores)s)
"""


def months_so_far(stores: Sequence[Store]) -> tuple[list[MonthSoFar], datetime]:
    """Return the running local month of each store and the moment of reading; four statements for any number."""
    keys = [store.pk for store in stores]
    with snapshot() as as_of:
        # a month and the six days before it, wherever on Earth the store is
        first, last = as_of.date() - timedelta(days=31 + TREND_DAYS), as_of.date() + timedelta(days=1)
        days = {
            (row["store_id"], row["day"]): row for row in rows(_DAYS_OF_STORES, stores=keys, first=first, last=last)
        }
        months = {row["store_id"]: row["month"] for row in rows(_LAST_MONTHS, stores=keys)}
        standings = {row["id"]: row for row in rows(_STANDINGS_OF_STORES, stores=keys)}
        checks = Verification.objects.filter(store__in=keys).order_by("store_id", "-checked_at").distinct("store_id")
        verified = {check.store_id: check for check in checks}
    return [
        _month_so_far(
            store,
            as_of.astimezone(store.zone).date(),
            days,
            standings[store.pk],
            months.get(store.pk),
            verified.get(store.pk),
        )
        for store in stores
    ], as_of


def _month_so_far(
    store: Store,
    today: date,
    days: dict[tuple[int, date], dict[str, Any]],
    standing: dict[str, Any],
    last_month: date | None,
    verification: Verification | None,
) -> MonthSoFar:
    month = month_period(today.year, today.month)
    found = [row for (key, day), row in days.items() if key == store.pk and month.first <= day <= month.last]
    sales, completed = cents(sum(row["sales"] for row in found)), int(sum(row["completed"] for row in found))
    nothing = {"sales": 0, "orders": 0}
    recent = [row for (key, day), row in days.items() if key == store.pk and today - BACK <= day <= today]
    trend = [today - timedelta(days=back) for back in reversed(range(TREND_DAYS))]
    shown = [(day, days.get((store.pk, day), nothing)) for day in trend]
    return MonthSoFar(
        store=store,
        month=month,
        total_sales=sales,
        total_orders=int(sum(row["orders"] for row in found)),
        total_completed_orders=completed,
        average_ticket=average(sales, completed),
        daily_trend=[DaySales(day, cents(row["sales"]), int(row["orders"])) for day, row in shown],
        recent_since=today - BACK,
        recent_sales=cents(sum(row["sales"] for row in recent)),
        recent_orders=int(sum(row["orders"] for row in recent)),
        active_subscriptions=int(standing["subscriptions"]),
        monthly_recurring_revenue=cents(standing["revenue"]),
        credits_outstanding=cents(standing["credits"]),
        last_month=last_month,
        verification=verification,
    )
