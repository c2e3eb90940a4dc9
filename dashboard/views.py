"""The dashboard as pages: the list of stores, and one store's figures."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import sees_all_stores, store_or_404, stores_for
from customers.models import Store
from dashboard import navigation
from dashboard.definitions import BASIS, SUMMARY
from dashboard.figures import StoreDashboard, months_so_far, store_dashboard
from dashboard.models import Basis
from dashboard.parameters import VIEW_PARAMETERS, parse_basis, single_values
from dashboard.periods import FIRST_YEAR, LAST_YEAR, Period, month_period, parse_period
from dashboard.snapshot import read_snapshot
from dashboard.templatetags.dashboard_formats import count, money

STORES_PER_PAGE = 24
STORES_IN_MENU = 30
PRODUCTS_SHOWN = 10
COUNTRIES_SHOWN = 10


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the viewer's stores with their running month; a viewer with one store goes straight to it."""
    stores = Paginator(stores_for(request.user).order_by("name", "pk"), STORES_PER_PAGE)
    page = stores.get_page(request.GET.get("page"))
    if stores.count == 1:
        return redirect("store-dashboard", page[0].slug)
    rows, as_of = months_so_far(list(page))
    context = {
        "rows": rows,
        "company": read_snapshot(None, None).data() if sees_all_stores(request.user) else None,
        "as_of": as_of,
        "utc": UTC,
        "page": page,
    }
    return render(request, "dashboard/overview.html", context)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def store(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one store's figures of a period; 400 explains which parameter is wrong, 404 is somebody else's store."""
    shown = store_or_404(request.user, slug)
    today = timezone.now().astimezone(shown.zone).date()
    try:
        params = single_values(request.GET, *VIEW_PARAMETERS)
        period, basis = parse_period(params, today), parse_basis(params)
    except ValidationError as error:
        context = {"errors": error.detail, **_pickers(request, shown, None, Basis.PLACED)}
        return render(request, "dashboard/bad_period.html", context, status=400)
    figures = store_dashboard(shown, period, basis)
    return render(request, "dashboard/store.html", {**_pickers(request, shown, period, basis), **_content(figures)})


def _pickers(request: HttpRequest, shown: Store, period: Period | None, basis: str) -> dict[str, Any]:
    """Return what the pickers of store, period and basis need; `period` is None where it was not understood."""
    stores = list(stores_for(request.user).order_by("name", "pk")[: STORES_IN_MENU + 1])
    return {
        "store": shown,
        "stores": stores[:STORES_IN_MENU],
        "has_more_stores": len(stores) > STORES_IN_MENU,
        "period": period,
        "basis": basis,
        "basis_text": BASIS[Basis(basis)],
        "query": navigation.query(period, basis),
        "presets": navigation.presets(period, basis),
        "bases": navigation.bases(period, basis),
        "months": list(enumerate(navigation.MONTHS, start=1)),
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
    }


def _content(figures: StoreDashboard) -> dict[str, Any]:
    """Return what the body of a store's page shows."""
    period, basis, today = figures.period, figures.basis, figures.as_of.astimezone(figures.store.zone).date()
    before, after = navigation.earlier(period, figures.first_month), navigation.later(period, today)
    newest = figures.last_month and month_period(figures.last_month.year, figures.last_month.month)
    return {
        "figures": figures,
        "tiles": [(name, definition, getattr(figures.summary, name)) for name, definition in SUMMARY.items()],
        "earlier": before and navigation.query(before, basis),
        "later": after and navigation.query(after, basis),
        "is_empty": not _has_figures(figures),
        "newest": newest,
        "newest_query": newest and navigation.query(newest, basis),
        "trend_title": navigation.days(figures.daily_trend[0].date, figures.daily_trend[-1].date),
        "chart": _chart(figures),
        "products": figures.sales_by_product[:PRODUCTS_SHOWN],
        "more_products": figures.sales_by_product[PRODUCTS_SHOWN:],
        "countries": figures.sales_by_country[:COUNTRIES_SHOWN],
        "more_countries": figures.sales_by_country[COUNTRIES_SHOWN:],
    }


def _has_figures(figures: StoreDashboard) -> bool:
    """Answer whether anything happened in the period, on its basis."""
    found = figures.summary
    moved = found.total_orders + found.total_completed_orders + found.total_expired_orders + found.total_refunded_orders
    return bool(moved or found.total_sales)


def _chart(figures: StoreDashboard) -> dict[str, Any]:
    """Return the trend for the chart: lengths as numbers in text, and the words as the page writes them."""
    currency = figures.store.currency
    return {
        "currency": currency,
        "labels": [[f"{day.date:%a}", str(day.date.day)] for day in figures.daily_trend],
        "days": [f"{day.date:%A} {day.date.day} {day.date:%B}" for day in figures.daily_trend],
        "sales": [str(day.total_sales) for day in figures.daily_trend],
        "salesText": [money(day.total_sales, currency) for day in figures.daily_trend],
        "ordersText": [count(day.total_orders) for day in figures.daily_trend],
    }
