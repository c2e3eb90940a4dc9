"""The dashboard as pages: the list of stores, and one store's figures."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import sees_all_stores, stores_for
from customers.models import Store
from dashboard.answers.store_dashboard import cached_dashboard
from dashboard.api.inputs import StorePageQuery
from dashboard.caching.cache import Answer, State
from dashboard.figures import BASIS
from dashboard.figures.comparisons import COMPARISONS, NONE, PREVIOUS_PERIOD
from dashboard.figures.periods import Period, month_period, parse_period
from dashboard.models import Basis
from dashboard.pages import period_picker
from dashboard.pages.cards import cards, freshness
from dashboard.pages.company import company_card
from dashboard.pages.live import version_text
from dashboard.pages.rendered import rendered, rendered_page
from dashboard.pages.shell import open_store, shell_of
from dashboard.pages.store_content import TABLES, Shown, content, is_empty, table_rows
from dealport.kit import formats
from dealport.kit.dates import FIRST_YEAR, LAST_YEAR
from dealport.kit.spreadsheets import csv_text
from dealport.kit.values import FieldValues, Json

STORES_PER_PAGE = 24


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def overview(request: HttpRequest) -> HttpResponse:
    """Show the snapshots of the viewer's stores and of all together; who has one store goes straight to it."""
    stores = Paginator(stores_for(request.user).order_by("name", "pk"), STORES_PER_PAGE)
    page = stores.get_page(request.GET.get("page"))
    if stores.count == 1:
        return redirect("store-dashboard", page[0].slug)
    compare = request.GET.get("compare", NONE)
    compare = compare if compare in COMPARISONS else NONE
    context = {
        **period_picker.comparison_menu(compare),
        "cards": cards(list(page), compare),
        "company": company_card(compare) if sees_all_stores(request.user) and page.number == 1 else None,
        "page": page,
        "utc": UTC,
    }
    return render(request, "dashboard/overview.html", context)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def store(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one store's figures of a period; 400 explains which parameter is wrong, 404 is somebody else's store."""
    found, now = open_store(request, slug), timezone.now()
    try:
        values = StorePageQuery.read(request.GET)
        shown, answer, skipped = _shown(found, values, now)
    except ValidationError as error:
        context = {"errors": error.detail, **_pickers(found, None, Basis.PLACED, PREVIOUS_PERIOD)}
        return render(request, "dashboard/bad_period.html", context, status=400)
    version, made_of = version_text(answer), _made_of(request, shown, answer, skipped, now)

    def shown_context() -> Json:
        body = rendered(request, "dashboard/_store.html", made_of, lambda: _body(shown, answer, skipped))
        return {"store": found, "period": shown.period, "live_version": version, "body": body}

    page = rendered_page(request, "dashboard/store.html", (version, *made_of), shown_context)
    return freshness([answer]).on(page)


def _made_of(
    request: HttpRequest, shown: Shown, answer: Answer, skipped: Period | None, now: datetime
) -> tuple[object, ...]:
    """Return all that the page below its frame is made of; the links to exports are those of the person's role."""
    store, person = shown.store, shell_of(request).user
    known = (store.pk, store.slug, store.name, store.currency, store.timezone, store.is_active)
    asked = (shown.period, shown.basis, shown.compare, skipped, person and person.role)
    return known, asked, answer.entry.payload, answer.state == State.STALE, now.astimezone(store.zone).date()


def _body(shown: Shown, answer: Answer, skipped: Period | None) -> Json:
    pickers = _pickers(shown.store, shown.period, shown.basis, shown.compare)
    return {**pickers, **content(shown, answer), "skipped": skipped}


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def table(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Answer with a table of the page as CSV; 400 and 404 as the page does."""
    found = open_store(request, slug)
    if name not in TABLES:
        raise Http404("no such table")
    try:
        shown, answer, _ = _shown(found, StorePageQuery.read(request.GET), timezone.now())
    except ValidationError as error:
        context = {"errors": error.detail, **_pickers(found, None, Basis.PLACED, PREVIOUS_PERIOD)}
        return render(request, "dashboard/bad_period.html", context, status=400)
    file = f"{found.slug}-{name}-{shown.period.first}-{shown.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    with override(settings.LANGUAGE_CODE):  # files are the same for everybody
        text = csv_text(table_rows(answer, name, found.currency))
    return HttpResponse(text, "text/csv; charset=utf-8", headers=headers)


def _shown(store: Store, values: FieldValues, now: datetime) -> tuple[Shown, Answer, Period | None]:
    """Return what is shown and its figures; where no period is named and this month is empty, the newest that is not.

    The third is the month that was skipped. Raises ValidationError.
    """
    named = {*values} - {"basis", "compare"} != {"period"} or values["period"] != "monthly"
    shown = Shown(store, parse_period(values, now.astimezone(store.zone).date()), values["basis"], values["compare"])
    answer = _answer(shown)
    data = answer.data()
    newest = data["lastAvailablePeriod"]
    if named or newest is None or not is_empty(data):
        return shown, answer, None
    month = month_period(newest["year"], newest["month"])
    older = Shown(store, month, shown.basis, shown.compare)
    return older, _answer(older), shown.period


def _answer(shown: Shown) -> Answer:
    return cached_dashboard(shown.store, shown.period, shown.basis, shown.compare, is_page=True)


def _pickers(shown: Store, period: Period | None, basis: str, compare: str) -> Json:
    """Return what the pickers of period, basis and comparison need; `period` is None where it was not understood."""
    return {
        "store": shown,
        "period": period,
        "basis": basis,
        "compare": compare,
        "basis_text": gettext(BASIS[Basis(basis)]),
        "query": period_picker.query(period, basis, compare),
        "explain_query": period_picker.query(period, basis),
        "presets": period_picker.presets(period, basis, compare),
        "bases": period_picker.bases(period, basis, compare),
        "comparisons": period_picker.comparisons(period, basis, compare),
        "compare_label": period_picker.COMPARED_WITH[compare],
        "months": list(enumerate(formats.month_names(), start=1)),
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
    }
