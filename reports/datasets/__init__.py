"""Everything that can be exported, each declared once."""

from reports.datasets.analytics import ANALYTICS
from reports.datasets.catalogue import COUPONS, PRODUCTS
from reports.datasets.model import Column, Compared, Dataset, Figures, Filter, Kind, Part, Scope, Total
from reports.datasets.people import CREDITS, CUSTOMERS, SUBSCRIPTIONS
from reports.datasets.sums import DAILY_METRICS, SALES_BY_COUNTRY, SALES_BY_PRODUCT
from reports.datasets.trade import ORDER_ITEMS, ORDERS, REFUNDS, TRANSACTIONS

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        ORDERS,
        ORDER_ITEMS,
        CUSTOMERS,
        PRODUCTS,
        TRANSACTIONS,
        REFUNDS,
        COUPONS,
        SUBSCRIPTIONS,
        CREDITS,
        DAILY_METRICS,
        SALES_BY_PRODUCT,
        SALES_BY_COUNTRY,
        ANALYTICS,
    )
}

__all__ = ["DATASETS", "Column", "Compared", "Dataset", "Figures", "Filter", "Kind", "Part", "Scope", "Total"]
