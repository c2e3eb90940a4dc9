"""Figures as the JSON of api.md: camelCase, money as numbers with two decimals made from Decimal."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from dashboard.figures import DaySales, ProductSales, StoreDashboard
from dashboard.models import Verification


def store_dashboard_data(figures: StoreDashboard) -> dict[str, Any]:
    """Return the body of `GET /store/dashboard`; moments carry the offset of the store's zone."""
    store = figures.store
    return {
        "period": figures.period.describe(),
        "summary": {camel_case(name): value for name, value in asdict(figures.summary).items()},
        "dailyTrend": [_day(day) for day in figures.daily_trend],
        "salesByProduct": [_product(product) for product in figures.sales_by_product],
        "firstAvailablePeriod": _month(figures.first_month),
        "lastAvailablePeriod": _month(figures.last_month),
        "store": store.slug,
        "currency": store.currency,
        "timezone": store.timezone,
        "basis": str(figures.basis),
        "asOf": figures.as_of.astimezone(store.zone).isoformat(),
        "verification": _verification(figures.verification, figures),
    }


def camel_case(name: str) -> str:
    """Return a Python name as a JSON key: `total_sales` → `totalSales`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _day(day: DaySales) -> dict[str, Any]:
    return {"date": day.date.isoformat(), "totalSales": day.total_sales, "totalOrders": day.total_orders}


def _product(product: ProductSales) -> dict[str, Any]:
    return {
        "productId": product.product_id,
        "productName": product.product_name,
        "imgCardUrl": product.image_url or None,
        "totalSales": product.total_sales,
        "totalOrders": product.total_orders,
        "percentage": product.percentage,
    }


def _month(month: date | None) -> dict[str, Any] | None:
    if month is None:
        return None
    return {"year": month.year, "month": month.month, "period": f"{month:%Y-%m}"}


def _verification(found: Verification | None, figures: StoreDashboard) -> dict[str, Any] | None:
    """Return when the figures were last compared with the orders, and what differed (before any repair)."""
    if found is None:
        return None
    return {
        "checkedAt": found.checked_at.astimezone(figures.store.zone).isoformat(),
        "difference": found.difference,
        "wrongBuckets": found.wrong_buckets,
    }
