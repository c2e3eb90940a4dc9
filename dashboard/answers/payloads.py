"""Figures as the JSON of api.md: camelCase, money as numbers with two decimals made from Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures import (
    Check,
    CountrySales,
    CurrencyFigures,
    DayMoney,
    DayOfWeek,
    DaySales,
    DayUse,
    Document,
    Figure,
    Number,
    ProductSales,
    Slice,
    Snapshot,
    StoreDashboard,
    UseLately,
    WeeklyReport,
    WeekTogether,
    data_of,
    percentage,
    shown_in,
)
from dashboard.figures.periods import Period


def store_dashboard_data(figures: StoreDashboard) -> dict[str, Any]:
    """Return the body of `GET /store/dashboard`; moments carry the offset of the store's zone."""
    store = figures.store
    return {
        "period": figures.period.describe(),
        "summary": {name: figures.summary[figure.key] for name, figure in shown_in(Document.SUMMARY).items()},
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


def _verification(found: Check | None, figures: StoreDashboard) -> dict[str, Any] | None:
    """Return when the figures were last compared with the orders, and what differed (before any repair)."""
    if found is None:
        return None
    return {
        "checkedAt": found.checked_at.astimezone(figures.store.zone).isoformat(),
        "difference": found.difference,
        "wrongBuckets": found.wrong_buckets,
    }


def snapshot_data(found: Snapshot) -> dict[str, Any]:
    """Return the body of `GET /api/v1/dashboard/metrics`.

    With stores of several currencies the amounts outside of `currencies` are null: they cannot be added up.
    """
    single = found.currencies[0] if len(found.currencies) == 1 else None
    return {
        "tenant": found.scope.slug,
        "from": found.range.first.isoformat(),
        "to": found.range.last.isoformat(),
        "currency": single and single.currency,
        "timezone": found.scope.timezone,
        **{name: _shown(figure, found, single) for name, figure in shown_in(Document.SNAPSHOT).items()},
        "usage": [_use(day, use, single) for day, use in found.days.items()],
        "currencies": [_currency(line) for line in found.currencies],
    }


def _shown(figure: Figure, found: Snapshot, single: CurrencyFigures | None) -> Number | None:
    """Return a figure of all currencies; null of amounts in several, which cannot be added up."""
    if not figure.is_money:
        return figure.value(found.quantities)
    return figure.value(single.quantities) if single else None


def _use(day: date, use: DayUse, single: CurrencyFigures | None) -> dict[str, Any]:
    money = single and single.days.get(day, DayMoney())
    return {
        "date": day.isoformat(),
        "orders": use.orders,
        "sales": money and money.sales,
        "creditsGranted": money and money.credits_granted,
        "creditsSpent": money and money.credits_spent,
        "activeUsers": use.active_users,
        "pageViews": use.page_views,
    }


def _currency(line: CurrencyFigures) -> dict[str, Any]:
    """Return one currency's amounts; of its days those on which any moved."""
    return {
        "currency": line.currency,
        **data_of(Document.CURRENCY, line.quantities),
        "usage": [
            {
                "date": day.isoformat(),
                "sales": money.sales,
                "creditsGranted": money.credits_granted,
                "creditsSpent": money.credits_spent,
            }
            for day, money in sorted(line.days.items())
        ],
    }


def weekly_data(found: WeeklyReport) -> dict[str, Any]:
    """Return the body of `GET /api/v1/dashboard/weekly-report`."""
    year, week, _ = found.week[0].date.isocalendar()
    return {
        "store": found.store.slug,
        "currency": found.store.currency,
        "timezone": found.store.timezone,
        "week": f"{year:04}-W{week:02}",
        "isRunning": found.compared_until is not None,
        "comparedUntil": found.compared_until and found.compared_until.isoformat(),
        "current": _week_total(found.week),
        "previous": _week_total(found.week_before),
        "change": _change(found.week, found.week_before),
        "days": [
            {**_week_day(day), "weekday": f"{day.date:%A}", "previous": _week_day(before)}
            for day, before in zip(found.week, found.week_before, strict=True)
        ],
    }


def _week_total(days: list[DayOfWeek]) -> dict[str, Any]:
    return {
        "startDate": days[0].date.isoformat(),
        "endDate": days[-1].date.isoformat(),
        "totalSales": sum((day.total_sales for day in days), Decimal("0.00")),
        "totalOrders": sum(day.total_orders for day in days),
        "completedOrders": sum(day.total_completed_orders for day in days),
    }


def _change(week: list[DayOfWeek], before: list[DayOfWeek]) -> dict[str, Any]:
    """Return by how many percent the totals moved; null where there was nothing before."""
    now, then = _week_total(week), _week_total(before)
    return {
        name: percentage(Decimal(now[name] - then[name]), Decimal(then[name])) if then[name] else None
        for name in ("totalSales", "totalOrders", "completedOrders")
    }


def _week_day(day: DayOfWeek) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "totalSales": day.total_sales,
        "totalOrders": day.total_orders,
        "completedOrders": day.total_completed_orders,
        "hours": day.hours.normalize() if day.hours % 1 else int(day.hours),
        "isClockChange": day.hours != 24,
        "isPartial": day.is_partial,
    }


def top_products_data(store: Store, period: Period, products: list[ProductSales]) -> dict[str, Any]:
    """Return the body of `GET /api/v1/dashboard/top-products`, best first."""
    return {**_shares_of(store, period), "products": [_product(product) for product in products]}


def sales_by_country_data(store: Store, period: Period, countries: list[CountrySales]) -> dict[str, Any]:
    """Return the body of `GET /api/v1/dashboard/sales-by-country`, best first; an unknown country is null."""
    return {
        **_shares_of(store, period),
        "countries": countries_data(countries),
    }


def countries_data(countries: list[CountrySales]) -> list[dict[str, Any]]:
    """Return countries, best first; an unknown one is null."""
    return [_country(country) for country in countries]


def _country(country: CountrySales) -> dict[str, Any]:
    return {
        "country": country.country or None,
        "totalSales": country.total_sales,
        "totalOrders": country.total_orders,
        "percentage": country.percentage,
    }


def _shares_of(store: Store, period: Period) -> dict[str, Any]:
    return {
        "store": store.slug,
        "currency": store.currency,
        "timezone": store.timezone,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
    }


def weeks_data(weeks: list[WeekTogether]) -> dict[str, Any]:
    """Return the running weeks of all stores, one line per currency; the change is null where nothing was before."""
    return {
        "weeks": [
            {
                "currency": week.currency,
                "totalSales": week.total_sales,
                "totalOrders": week.total_orders,
                "salesBefore": week.sales_before,
                "ordersBefore": week.orders_before,
                "change": percentage(week.total_sales - week.sales_before, week.sales_before)
                if week.sales_before
                else None,
            }
            for week in weeks
        ]
    }


def together_data(
    products: Mapping[str, list[ProductSales]],
    countries: Mapping[str, list[CountrySales]],
    stores: Mapping[int, tuple[str, str]],
) -> dict[str, Any]:
    """Return the best products and countries of all stores, by currency; `stores` are slug and name by product."""
    return {
        "currencies": [
            {
                "currency": currency,
                "products": [
                    {
                        **_product(product),
                        "store": stores[product.product_id][0],
                        "storeName": stores[product.product_id][1],
                    }
                    for product in products.get(currency, [])
                ],
                "countries": countries_data(countries.get(currency, [])),
            }
            for currency in sorted({*products, *countries})
        ]
    }


def use_lately_data(found: UseLately) -> dict[str, Any]:
    """Return the last minutes and hours of use, oldest first."""
    return {name: [_slice(slice_) for slice_ in getattr(found, name)] for name in ("minutes", "hours")}


def _slice(found: Slice) -> dict[str, Any]:
    return {"at": found.at.isoformat(), "activeUsers": found.active_users, "pageViews": found.page_views}
