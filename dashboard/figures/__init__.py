"""Every number any page, API or file shows: one definition each (docs/metrics.md).

A figure is rollup + rows still in the ledger, read in one SQL statement: exact at every instant, folded or not. A
page reads all of its figures inside one `snapshot()` and shows its `as_of`. Days are local to the store, both ends
of a period included. Money is Decimal in the store's currency.
"""

from dashboard.figures.company import CurrencyFigures, DayMoney, DayUse, Snapshot, company_snapshot, time_zones
from dashboard.figures.explain import Entry, Explanation, explain
from dashboard.figures.history import MonthAsOf, PastChange, PastChanges, changed_past, month_as_of
from dashboard.figures.pages import MonthSoFar, StoreDashboard, months_so_far, store_dashboard
from dashboard.figures.reading import cents, percentage, snapshot
from dashboard.figures.shares import PRODUCT_LIMIT, CountrySales, ProductSales, sales_by_country, sales_by_product
from dashboard.figures.state import (
    FoldTotals,
    LedgerState,
    OrderTotals,
    VerificationState,
    fold_totals,
    latest_verification,
    ledger_state,
    order_totals,
    verification_state,
)
from dashboard.figures.store import (
    DaySales,
    OrderStandings,
    Summary,
    daily_sales,
    daily_trend,
    first_month_with_orders,
    last_month_with_orders,
    order_standings,
    sales_summary,
    total_customers,
)
from dashboard.figures.weekly import DayOfWeek, WeeklyReport, weekly_report

__all__ = [
    "PRODUCT_LIMIT",
    "CountrySales",
    "CurrencyFigures",
    "DayMoney",
    "DayOfWeek",
    "DaySales",
    "DayUse",
    "Entry",
    "Explanation",
    "FoldTotals",
    "LedgerState",
    "MonthAsOf",
    "MonthSoFar",
    "OrderStandings",
    "OrderTotals",
    "PastChange",
    "PastChanges",
    "ProductSales",
    "Snapshot",
    "StoreDashboard",
    "Summary",
    "VerificationState",
    "WeeklyReport",
    "cents",
    "changed_past",
    "company_snapshot",
    "daily_sales",
    "daily_trend",
    "explain",
    "first_month_with_orders",
    "fold_totals",
    "last_month_with_orders",
    "latest_verification",
    "ledger_state",
    "month_as_of",
    "months_so_far",
    "order_standings",
    "order_totals",
    "percentage",
    "sales_by_country",
    "sales_by_product",
    "sales_summary",
    "snapshot",
    "store_dashboard",
    "time_zones",
    "total_customers",
    "verification_state",
    "weekly_report",
]
