"""The dashboard as pages: the list of stores, and one store's figures."""

from __future__ import annotations

from datetime import UTC, date

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
from dashboard import figures
from dashboard.answers.store_dashboard import cached_dashboard
from dashboard.api.inputs import PeriodQuery
from dashboard.caching.cache import Answer
from dashboard.figures import BASIS, Document, shown_in
from dashboard.figures.periods import Period, month_period, parse_period
from dashboard.models import Basis
from dashboard.pages import period_picker
from dashboard.pages.cards import cards, freshness
from dashboard.pages.company import company_card
from dashboard.templatetags.dashboard_formats import count, money
from dealport.kit.dates import FIRST_YEAR, LAST_YEAR
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json

STORES_PER_PAGE = 24
PRODUCTS_SHOWN = 10
COUNTRIES_SHOWN = 10
# where none of these moved in a period, on its basis, there is nothing to show
HAPPENINGS = ("totalSales", "totalOrders", "totalCompletedOrders", "totalExpiredOrders", "totalRefundedOrders")


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the snapshots of the viewer's stores and of all together; who has one store goes straight to it."""
    stores = Paginator(stores_for(request.user).order_by("name", "pk"), STORES_PER_PAGE)
    page = stores.get_page(request.GET.get("page"))
    if stores.count == 1:
        return redirect("store-dashboard", page[0].slug)
    context = {
        "cards": cards(list(page)),
        "company": company_card() if sees_all_stores(request.user) and page.number == 1 else None,
        "page": page,
        "utc": UTC,
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
        values = PeriodQuery.read(request.GET)
        period, basis = parse_period(values, today), values["basis"]
    except ValidationError as error:
        context = {"errors": error.detail, **_pickers(shown, None, Basis.PLACED)}
        return render(request, "dashboard/bad_period.html", context, status=400)
    answer = cached_dashboard(shown, period, basis, with_countries=True)
    content = _content(shown, period, basis, answer)
    page = render(request, "dashboard/store.html", {**_pickers(shown, period, basis), **content})
    return freshness([answer]).on(page)


def _pickers(shown: Store, period: Period | None, basis: str) -> Json:
    """Return what the pickers of period and basis need; `period` is None where it was not understood."""
    return {
        "store": shown,
        "period": period,
        "basis": basis,
        "basis_text": BASIS[Basis(basis)],
        "query": period_picker.query(period, basis),
        "presets": period_picker.presets(period, basis),
        "bases": period_picker.bases(period, basis),
        "months": list(enumerate(period_picker.MONTHS, start=1)),
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
    }


def _content(shown: Store, period: Period, basis: str, answer: Answer) -> Json:
    """Return what the body of a store's page shows."""
    data = answer.data()
    summary, trend = data["summary"], [_day(day) for day in data["dailyTrend"]]
    first, newest = _month(data["firstAvailablePeriod"]), _month(data["lastAvailablePeriod"])
    today = answer.entry.as_of.astimezone(shown.zone).date()
    before, after = period_picker.earlier(period, first.first if first else None), period_picker.later(period, today)
    products, countries = data["salesByProduct"], data["salesByCountry"]
    return {
        "freshness": freshness([answer]),
        "check": figures.latest_verification(shown),
        "tiles": [(figure, summary[name]) for name, figure in shown_in(Document.SUMMARY).items()],
        "earlier": before and period_picker.query(before, basis),
        "later": after and period_picker.query(after, basis),
        "is_empty": not any(summary[name] for name in HAPPENINGS),
        "newest": newest,
        "newest_query": newest and period_picker.query(newest, basis),
        "trend": trend,
        "trend_title": period_picker.days(DayRange(trend[0].date, trend[-1].date)),
        "chart": _chart(shown, trend),
        "chart_is_drawn": any(day.total_sales for day in trend),
        "products": products[:PRODUCTS_SHOWN],
        "more_products": products[PRODUCTS_SHOWN:],
        "countries": countries[:COUNTRIES_SHOWN],
        "more_countries": countries[COUNTRIES_SHOWN:],
    }


def _day(day: Json) -> figures.DaySales:
    return figures.DaySales(date.fromisoformat(day["date"]), day["totalSales"], day["totalOrders"])


def _month(found: Json | None) -> Period | None:
    return month_period(found["year"], found["month"]) if found else None


def _chart(shown: Store, trend: list[figures.DaySales]) -> dict[str, object]:
    """Return the trend for the chart: lengths as numbers in text, and the words as the page writes them."""
    return {
        "currency": shown.currency,
        "labels": [[f"{day.date:%a}", str(day.date.day)] for day in trend],
        "days": [f"{day.date:%A} {day.date.day} {day.date:%B}" for day in trend],
        "sales": [str(day.total_sales) for day in trend],
        "salesText": [money(day.total_sales, shown.currency) for day in trend],
        "ordersText": [count(day.total_orders) for day in trend],
    }
