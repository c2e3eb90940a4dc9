"""The admin snapshot as pages: one store's, all stores together, and what each store adds to those."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import sees_all_stores, store_or_404
from customers.scopes import ALL_STORES, StoreScope
from dashboard.answers import highlights
from dashboard.api.inputs import SnapshotPageQuery
from dashboard.pages import period_picker
from dashboard.pages.cards import cards
from dashboard.pages.company import StoresExplainQuery, company_card, open_together
from dashboard.templatetags.dashboard_formats import count
from dealport.kit.values import Json

SHARES_SHOWN = 5
STORES_SHOWN = 50


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def store_snapshot(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a store's last 30 days: tiles that open, week against week, best products and countries, use."""
    store = store_or_404(request.user, slug)
    try:
        compare = SnapshotPageQuery.read(request.GET)["compare"]
    except ValidationError as error:
        return _refused(request, error, reverse("store-snapshot", args=[slug]), store.name)
    (card,) = cards([store], compare)
    context = {
        "card": card,
        **period_picker.comparison_menu(compare),
        "store": store,
        "products": card.products[:SHARES_SHOWN],
        "countries": card.countries[:SHARES_SHOWN],
        "currency": store.currency,
        "zone": store.zone,
        **_use_lately(highlights.use_lately(StoreScope(store)).data(), store.zone),
    }
    return card.freshness.on(render(request, "dashboard/snapshot.html", context))


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def company(request: HttpRequest) -> HttpResponse:
    """Show all stores together to who works in all of them: one line per currency, never a sum over currencies."""
    _admins_alone(request)
    try:
        compare = SnapshotPageQuery.read(request.GET)["compare"]
    except ValidationError as error:
        return _refused(request, error, reverse("company"), gettext("All stores"))
    card = company_card(compare)
    context = {
        **period_picker.comparison_menu(compare),
        "company": card,
        "usage": card.usage,
        "currency": card.data["currency"],
        "zone": UTC,
        **_use_lately(highlights.use_lately(ALL_STORES).data(), UTC),
    }
    return card.freshness.on(render(request, "dashboard/company.html", context))


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def company_explain(request: HttpRequest) -> HttpResponse:
    """Show what each store adds to a figure of all, and lead on to its orders; 400 says which parameter is wrong."""
    _admins_alone(request)
    try:
        values = StoresExplainQuery.read(request.GET)
        opened = open_together(values)
    except ValidationError as error:
        return _refused(request, error, reverse("company"), gettext("All stores"))
    pages = max(-(-len(opened.parts) // STORES_SHOWN), 1)
    page = values["page"]
    context = {
        "opened": opened,
        "parts": opened.parts[(page - 1) * STORES_SHOWN : page * STORES_SHOWN],
        "page": page,
        "pages": pages,
        "zone": UTC,
    }
    return render(request, "dashboard/company_explain.html", context)


def _refused(request: HttpRequest, error: ValidationError, back: str, back_name: str) -> HttpResponse:
    """Say which parameter of an address is wrong, and lead back to the page without any."""
    context = {"errors": error.detail, "back": back, "back_name": back_name}
    return render(request, "dashboard/bad_request.html", context, status=400)


def _admins_alone(request: HttpRequest) -> None:
    if not sees_all_stores(request.user):
        raise Http404("for admins")


def _use_lately(found: Json, zone: tzinfo) -> dict[str, object]:
    """Return minutes and hours with their moments, newest first, and the chart of the minutes."""
    parsed = {
        name: [{**each, "at": datetime.fromisoformat(each["at"]).astimezone(zone)} for each in found[name]]
        for name in ("minutes", "hours")
    }
    chart = {
        "labels": [f"{each['at']:%H:%M}" for each in parsed["minutes"]],
        "views": [each["pageViews"] for each in parsed["minutes"]],
        "texts": [
            [
                gettext("Page views {number}").format(number=count(each["pageViews"])),
                gettext("Active users {number}").format(number=count(each["activeUsers"])),
            ]
            for each in parsed["minutes"]
        ],
    }
    newest = {name: slices[::-1] for name, slices in parsed.items()}
    busy = [each for each in newest["minutes"] if each["activeUsers"]]
    return {"use_chart": chart, "hours": newest["hours"], "busy_minutes": busy}
