"""Pages behind a figure: what adds up to it, and what moved in months already over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import store_or_404
from customers.models import Store
from dashboard import figures
from dashboard.answers.analytics import labels_of
from dashboard.api.cells import ExplainPageQuery, ExplainStoresQuery, filters_of
from dashboard.api.explain import open_figure
from dashboard.api.explain_stores import open_in_stores, part_query
from dashboard.api.inputs import (
    LIMIT,
    BridgePageQuery,
    ChangedPastPageQuery,
    parse_filter,
)
from dashboard.figures import BASIS, one_cell
from dashboard.figures.analytics import DIMENSIONS
from dashboard.figures.bridge import PARTS, bridge_entries
from dashboard.figures.bridge import bridge as read_bridge
from dashboard.figures.comparisons import Compared
from dashboard.figures.periods import parse_period
from dashboard.models import Basis
from dashboard.pages import period_picker
from dashboard.templatetags.dashboard_formats import country
from dealport.kit.local_days import day_start

SHOWN_DAYS = 31


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a figure's definition and a page of what adds up to it; 400 says which parameter is wrong."""
    store = store_or_404(request.user, slug)
    try:
        values = ExplainPageQuery.read(request.GET)
        period = parse_period(values, timezone.now().astimezone(store.zone).date())
        basis, metric = values["basis"], values["metric"]
        only = filters_of(values)
        other = values.get("other", ())
        opened = open_figure(
            store, metric, period, basis, page=values["page"], only=only, other=other, until=values.get("until")
        )
    except ValidationError as error:
        return _bad_request(request, store, error)
    query = period_picker.query(period, basis)
    context = {
        "store": store,
        "period": period,
        "basis_text": gettext(BASIS[Basis(basis)]),
        "opened": opened,
        "query": query,
        "only": ", ".join([*([gettext("Other")] if other else []), *filter(None, [_only(store, only)])]),
    }
    return render(request, "dashboard/explain.html", context)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def explain_stores(request: HttpRequest) -> HttpResponse:
    """Show what each store adds to a cell over several stores, and lead on to its orders; 400 says what is wrong."""
    try:
        values = ExplainStoresQuery.read(request.GET)
        opened = open_in_stores(request.user, values, timezone.now())
    except ValidationError as error:
        wrong = {"errors": error.detail, "back": reverse("explore"), "back_name": gettext("Explore")}
        return render(request, "dashboard/bad_request.html", wrong, status=400)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "opened": opened,
        "parts": [(part, part_query(values, part), _span_text(part.span)) for part in opened.parts],
        "basis_text": gettext(BASIS[Basis(values["basis"])]),
        "page": values["page"],
        "pages": max(-(-opened.count // values["limit"]), 1),
        "query": f"?{query.urlencode(safe=':,')}",
        "zone": UTC,
    }
    return render(request, "dashboard/explain_stores.html", context)


def _span_text(span: Compared) -> str:
    """Return days in words, with the time of day at which the last one is cut off."""
    days = period_picker.days(span.days)
    if span.until is None:
        return days
    return gettext("{days}, until {time}").format(days=days, time=f"{span.until:%H:%M}")


def _only(store: Store, filters: Sequence[str]) -> str:
    """Return in words what filters narrow a figure to, empty without any."""
    return ", ".join(_in_words(store, *parse_filter(text)) for text in filters)


def _in_words(store: Store, name: str, value: str) -> str:
    if name == "country":
        return country(value)
    if one_cell.is_rest((DIMENSIONS[name], value)):
        return gettext("Other")
    label = labels_of(name, [store.pk], [value]).get(value, value)
    return gettext(label) if label and name in ("channel", "customerType", "paymentMethod") else label


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def bridge(request: HttpRequest, slug: str) -> HttpResponse:
    """Show why the two bases differ in a period, part by part; of one `part` the payments or refunds behind it."""
    store = store_or_404(request.user, slug)
    try:
        values = BridgePageQuery.read(request.GET)
        period = parse_period(values, timezone.now().astimezone(store.zone).date())
    except ValidationError as error:
        return _bad_request(request, store, error)
    part, page, entries = values.get("part"), values["page"], None
    with figures.consistent_read() as as_of:
        found = read_bridge(store, period)
        if part:
            entries = bridge_entries(store, period, part, offset=(page - 1) * LIMIT, limit=LIMIT)
    query = period_picker.query(period, values["basis"])
    context = {
        "store": store,
        "period": period,
        "found": found,
        "difference": found.booked - found.placed,
        "parts": [(one, PARTS[one.part]) for one in found.parts],
        "part": part,
        "part_text": PARTS.get(part or ""),
        "entries": entries,
        "page": page,
        "pages": max(-(-entries.count // LIMIT), 1) if entries else 1,
        "as_of": as_of,
        "query": query,
    }
    return render(request, "dashboard/bridge.html", context)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def changed_past(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what moved figures of months already over since the beginning of a day, a month ago by default."""
    store = store_or_404(request.user, slug)
    try:
        values = ChangedPastPageQuery.read(request.GET)
    except ValidationError as error:
        return _bad_request(request, store, error)
    today, page = timezone.now().astimezone(store.zone).date(), values["page"]
    day = values.get("day", today - timedelta(days=SHOWN_DAYS))
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
