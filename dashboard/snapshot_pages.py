"""The admin snapshot as pages: one shop's, and all shops together."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from customers.access import sees_all_stores, store_or_404
from dashboard import figures, navigation
from dashboard.definitions import STANDINGS, SUMMARY
from dashboard.periods import Period
from dashboard.snapshot import read_snapshot

SHARES_SHOWN = 5
# snapshot figure → the figure of the explanation behind it
TILES = (
    ("totalSales", "total_sales"),
    ("totalOrders", "total_orders"),
    ("completedOrders", "total_completed_orders"),
    ("pendingOrders", "pending_orders"),
    ("canceledOrders", "canceled_orders"),
    ("expiredOrders", "total_expired_orders"),
    ("refundedOrders", "total_refunded_orders"),
    ("averageOrderValue", "average_ticket"),
    ("totalCustomers", "total_customers"),
    ("newCustomers", "new_customers"),
)
DEFINITIONS = {**SUMMARY, **STANDINGS}


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def store_snapshot(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a shop's last 30 days: tiles that open, week against week, best products and countries, use."""
    store = store_or_404(request.user, slug)
    answer = read_snapshot(store, None)
    data, now = answer.data(), timezone.now()
    period = _period(data)
    today = now.astimezone(store.zone).date()
    with figures.snapshot():
        weekly = figures.weekly_report(store, today - timedelta(days=today.weekday()), now)
        products = figures.sales_by_product(store, period, limit=SHARES_SHOWN)
        countries = figures.sales_by_country(store, period)[:SHARES_SHOWN]
        check = figures.latest_verification(store)
    context = {
        "store": store,
        "answer": answer,
        "data": data,
        "period": period,
        "query": navigation.query(period),
        "tiles": [(name, DEFINITIONS[name], data[key]) for key, name in TILES],
        "weekly": list(zip(weekly.week, weekly.week_before, strict=True)),
        "compared_until": weekly.compared_until,
        "week_total": _sums(weekly.week),
        "before_total": _sums(weekly.week_before),
        "products": products,
        "countries": countries,
        "check": check,
        "usage": usage(data),
    }
    return render(request, "dashboard/snapshot.html", context)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def company(request: HttpRequest) -> HttpResponse:
    """Show all shops together to who works in all of them: one line per currency, never a sum over currencies."""
    if not sees_all_stores(request.user):
        raise Http404("for admins")
    answer = read_snapshot(None, None)
    data = answer.data()
    context = {"answer": answer, "data": data, "utc": UTC, "usage": usage(data), "period": _period(data)}
    return render(request, "dashboard/company.html", context)


def usage(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the days of a snapshot newest first, with dates as dates."""
    days = [{**day, "date": date.fromisoformat(day["date"])} for day in data["usage"]]
    return days[::-1]


def _period(data: dict[str, Any]) -> Period:
    return Period("custom", date.fromisoformat(data["from"]), date.fromisoformat(data["to"]))


def _sums(days: list[figures.DayOfWeek]) -> tuple[Decimal, int]:
    return sum((day.total_sales for day in days), Decimal("0.00")), sum(day.total_orders for day in days)
