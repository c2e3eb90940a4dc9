"""Explore: figures by time and dimension with pickers, chart, table, files and an address that says it all."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.models import Store, User
from dashboard.answers.analytics import WEEKDAYS
from dashboard.api.analytics import analytics_request
from dashboard.api.inputs import AnalyticsQuery
from dashboard.figures import BASIS
from dashboard.models import Basis
from dashboard.pages.cards import freshness
from dealport.kit.errors import Conflict
from dealport.kit.values import Json
from reports.explore import charts, state
from reports.explore.exporting import export_links
from reports.explore.files import CONTENT_TYPES, content_of, sheet_of
from reports.explore.state import PER_PAGE, Found, canonical, without
from reports.explore.table import Row, Writer
from reports.models import ExportFormat
from reports.pages import page_for_staff
from reports.pages.action_form import by_field
from reports.pages.explore_form import COMPARISONS, ExploreForm


@page_for_staff
@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show what the address asks for; 400 (404 for a store) says beside the pickers what is wrong."""
    query, user = canonical(request.GET), cast(User, request.user)
    if query != request.GET and request.GET:
        return redirect(f"{reverse('explore')}?{query.urlencode(safe=':,')}")
    try:
        found = state.read(user, query, timezone.now())
    except ValidationError as error:
        return _refused(request, query, error, 400)
    except Http404:
        return _refused(request, query, ValidationError({"store": [gettext("There is no such store.")]}), 404)
    _name_store(request, found)
    page = render(request, "reports/explore.html", _content(user, query, found))
    return freshness([found.answer]).on(page)


def _refused(request: HttpRequest, query: QueryDict, error: ValidationError, status: int) -> HttpResponse:
    form = ExploreForm(cast(User, request.user), query)
    form.refuse(by_field(error))
    return render(request, "reports/explore.html", {"form": form, "title": gettext("Explore")}, status=status)


def _name_store(request: HttpRequest, found: Found) -> None:
    """Tell the frame which store the page is about."""
    store = _store(found)
    if store:
        request.store = store  # type: ignore[attr-defined]


def _store(found: Found) -> Store | None:
    windows = found.request.windows
    return windows[0].store if len(windows) == 1 else None


def _content(user: User, query: QueryDict, found: Found) -> Json:
    writer = Writer(found.request, found.data, query, found.answer.entry.computed_at)
    store = _store(found)
    address = query.urlencode(safe=":,")
    return {
        "form": ExploreForm(user, query, writer.days),
        "title": writer.title,
        "store": store,
        "zone": (store or found.request.windows[0].store).zone,
        "days": writer.days_text,
        "basis_text": gettext(BASIS[Basis(found.data["basis"])]),
        "compared_with": dict(COMPARISONS).get(query.get("compare", ""), "") if found.request.comparison else "",
        "freshness": freshness([found.answer]),
        "verified": found.data["verified"],
        "heads": writer.heads(),
        "names": bool(writer.granularity) + len(found.request.question.dimensions) or 1,
        "blocks": [_block(writer, found, block) for block in state.blocks(found.data)],
        "page": found.page,
        "pages": found.pages,
        "total": found.total,
        "links": export_links(query, writer.days),
        "address": address,
        "page_query": without(query),
        "formats": [
            (format, f"{reverse('explore-file', args=[format])}?{without(query)}", label)
            for format, label in ExportFormat.choices
        ],
    }


def _block(writer: Writer, found: Found, block: Json) -> Json:
    rows = block["rows"]
    shown = rows[(found.page - 1) * PER_PAGE : found.page * PER_PAGE] if found.is_whole else rows
    table = writer.table(block, shown)
    every = writer.table(block, rows).rows if found.is_whole and len(shown) < len(rows) else table.rows
    keys = [row["key"] for row in rows] if found.is_whole else []
    return {"table": table, "chart": _chart(writer, every, keys), "is_empty": _is_empty(block)}


def _is_empty(block: Json) -> bool:
    """Answer whether every value of a currency is nothing."""
    lines = [*block["rows"], block["totals"], *([block["other"]] if block["other"] else [])]
    return not any(value for line in lines for value in line["values"].values())


def _chart(writer: Writer, rows: list[Row], keys: list[str]) -> charts.Chart:
    """Return the chart of a table: what it is by decides its form."""
    if writer.granularity and writer.dimension:
        return charts.Chart(time=charts.several_along_time(rows))
    if writer.granularity:
        in_order = [row for _, row in sorted(zip(keys, rows, strict=True), key=lambda pair: pair[0])]
        return charts.Chart(time=charts.along_time(in_order, writer.figures[0].label))
    if writer.dimension == "weekdayHour" and not writer.second:
        return charts.Chart(heat=charts.heat_map(dict(zip(keys, rows, strict=True)), WEEKDAYS))
    return charts.Chart(bars=charts.bars(rows) if writer.dimension else [])


@page_for_staff
@require_safe
def explore_file(request: HttpRequest, format: str) -> HttpResponse:
    """Send all rows of what a page shows as a file; what is wrong with the address is said in a page."""
    query, now = canonical(request.GET), timezone.now()
    try:
        asked = analytics_request(cast(User, request.user), AnalyticsQuery.read(query), now)
        sheet = sheet_of(asked, now)
    except ValidationError as error:
        return _refused(request, query, error, 400)
    except Conflict as error:
        return _refused(request, query, ValidationError({"nonFieldErrors": [str(error.detail)]}), 409)
    facts = [("query", query.urlencode(safe=":,")), ("asOf", now.isoformat())]
    name = f"analytics-{now:%Y%m%d-%H%M%S}.{format}"
    return file_answer(content_of(sheet, format, facts), format, name)


def file_answer(content: bytes, format: str, name: str) -> HttpResponse:
    """Return a file to be saved under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=CONTENT_TYPES[ExportFormat(format)], headers=headers)
