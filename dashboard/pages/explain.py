"""Pages behind a figure: what adds up to it, and what moved in months already over."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import store_or_404
from customers.models import Store
from dashboard import figures
from dashboard.api.explain import LIMIT, MAX_PAGE, open_figure, parse_metric, parse_number
from dashboard.api.inputs import VIEW_PARAMETERS, parse_basis, single_values
from dashboard.figures import BASIS
from dashboard.figures.periods import FIRST_YEAR, ISO_DATE, LAST_YEAR, parse_period
from dashboard.models import Basis
from dashboard.pages import period_picker
from dealport.kit.errors import invalid
from dealport.kit.local_days import day_start

SHOWN_DAYS = 31


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a figure's definition and a page of what adds up to it; 400 says which parameter is wrong."""
    store = store_or_404(request.user, slug)
    try:
        params = single_values(request.GET, "metric", "page", *VIEW_PARAMETERS)
        period = parse_period(params, timezone.now().astimezone(store.zone).date())
        basis = parse_basis(params)
        metric = parse_metric(params, basis)
        opened = open_figure(store, metric, period, basis, page=parse_number(params, "page", 1, MAX_PAGE))
    except ValidationError as error:
        return _bad_request(request, store, error)
    query = period_picker.query(period, basis)
    context = {
        "store": store,
        "period": period,
        "basis_text": BASIS[Basis(basis)],
        "opened": opened,
        "query": query,
        "pages_query": f"{query}&metric={metric}",
    }
    return render(request, "dashboard/explain.html", context)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def changed_past(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what moved figures of months already over since the beginning of a day, a month ago by default."""
    store = store_or_404(request.user, slug)
    try:
        params = single_values(request.GET, "day", "page")
        page = parse_number(params, "page", 1, MAX_PAGE)
        day = _day(params.get("day"), timezone.now().astimezone(store.zone).date() - timedelta(days=SHOWN_DAYS))
    except ValidationError as error:
        return _bad_request(request, store, error)
    since = day_start(day, store.zone)
    with figures.consistent_read():
        found = figures.changed_past(store, since, offset=(page - 1) * LIMIT, limit=LIMIT)
    pages = max(-(-found.count // LIMIT), 1)
    context = {"store": store, "since": since, "day": day, "found": found, "page": page, "pages": pages}
    return render(request, "dashboard/changed.html", context)


def _bad_request(request: HttpRequest, store: Store, error: ValidationError) -> HttpResponse:
    back = reverse("store-dashboard", args=[store.slug])
    context = {"errors": error.detail, "back": back, "back_name": store.name}
    return render(request, "dashboard/bad_request.html", context, status=400)


def _day(text: str | None, default: date) -> date:
    if text is None:
        return default
    try:
        day = date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise invalid("day", "must be a date as YYYY-MM-DD")
    return day
