"""Ready reports that have a page of their own: one store, a period, a table, bars, files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import store_or_404, stores_for
from customers.models import Store, User
from dashboard import figures
from dashboard.api.analytics import days_of
from dashboard.api.inputs import StorePeriodQuery, check_range
from dashboard.figures import EXPLAINED
from dashboard.figures.comparisons import NONE, Compared, compared_with
from dashboard.pages import period_picker
from dashboard.templatetags.dashboard_formats import count, money, share
from dealport.kit.errors import invalid
from dealport.kit.money import in_currency
from dealport.kit.values import FieldValues, Json
from reports.datasets import Column, Kind
from reports.explore.charts import Bar
from reports.explore.files import Sheet, content_of
from reports.explore.state import without
from reports.explore.table import change_text
from reports.files.statements import MASK
from reports.models import ExportFormat
from reports.pages import page_for_staff
from reports.pages.action_form import ActionForm, Day, Typed, by_field
from reports.pages.explore import file_answer
from reports.pages.explore_form import COMPARISONS, PERIODS
from reports.pages.export_form import NO_STORE, store_field
from reports.ready import READERS, Previous, Report, Scope, previous_of
from reports.ready.model import Heading
from reports.ready.money import ALL

MOST_BARS = 12


class ReadyForm(ActionForm):
    """The pickers of a ready report."""

    def __init__(self, user: User, data: QueryDict, *, has_period: bool) -> None:
        fields = {"store": store_field(user, every="")}
        if has_period:
            fields |= {
                "period": Typed(gettext("Period"), forms.Select, choices=PERIODS),
                "from": Typed(gettext("From"), Day),
                "to": Typed(gettext("To"), Day, gettext("Included. Used with From – to.")),
                "compare": Typed(gettext("Compare with"), forms.Select, choices=COMPARISONS),
            }
        super().__init__(data, fields)


@page_for_staff
@require_safe
def ready(request: HttpRequest, name: str) -> HttpResponse:
    """Show a report; 400 (404 for a store) says beside the pickers what is wrong."""
    user, query = cast(User, request.user), _query(request.GET)
    try:
        scope, report, previous = _read(user, name, query)
    except ValidationError as error:
        return _refused(request, query, error, 400)
    except Http404:
        return _refused(request, query, ValidationError({"store": [NO_STORE]}), 404)
    request.store = scope.store  # type: ignore[attr-defined]
    page = cast(int, scope.page)
    context = {
        "form": ReadyForm(user, _filled_in(query, scope), has_period=report.has_period),
        "report": report,
        "store": scope.store,
        "days": period_picker.days(scope.days) if report.has_period else "",
        "as_of": scope.now,
        **_table(report, previous, Links(name, scope, query.get("compare", NONE))),
        "compared_with": dict(COMPARISONS).get(query.get("compare", ""), "") if previous else "",
        "bars": _bars(report, scope.store.currency),
        "page": page,
        "pages": report.pages,
        "formats": [
            (f"{reverse('ready-file', args=[name, format])}?{without(query)}", label)
            for format, label in ExportFormat.choices
        ],
    }
    return render(request, "reports/ready.html", context)


@page_for_staff
@require_safe
def ready_file(request: HttpRequest, name: str, format: str) -> HttpResponse:
    """Send all rows of a report as a file; personal text is masked but for super admins."""
    user, query = cast(User, request.user), _query(request.GET)
    try:
        with override(settings.LANGUAGE_CODE):  # files are the same for everybody
            scope, report, previous = _read(user, name, query, is_file=True)
    except ValidationError as error:
        return _refused(request, query, error, 400)
    columns = [Column(column.name, "", column.kind, column.is_personal) for column in report.columns]
    masked = [index for index, column in enumerate(columns) if column.is_personal and not user.is_superuser]
    lines = [[MASK if index in masked else value for index, value in enumerate(row)] for row in report.rows]
    total = [list(report.total)] if report.total else []
    if previous and report.compared is not None:
        column = report.columns[report.compared]
        columns.append(Column(f"previous{column.name[0].upper()}{column.name[1:]}", "", column.kind))
        lines = [[*line, value] for line, value in zip(lines, previous.of(report), strict=True)]
        total = [[*line, previous.total] for line in total]
    facts = [("report", report.title), ("store", scope.store.slug), ("asOf", scope.now.isoformat())]
    currency = scope.store.currency
    rows = [
        [_in_currency(value, column, currency) for value, column in zip(line, columns, strict=True)]
        for line in (*lines, *total)
    ]
    content = content_of(Sheet(columns, rows, frozenset([currency])), format, facts)
    return file_answer(content, format, f"{name}-{scope.now:%Y%m%d-%H%M%S}.{format}")


def _in_currency(value: object, column: Column, currency: str) -> object:
    return in_currency(value, currency) if column.kind is Kind.MONEY and isinstance(value, Decimal) else value


def _query(given: QueryDict) -> QueryDict:
    """Return the parameters without what is empty; the last 30 days where none are named."""
    query = given.copy()
    for field in [field for field in query if not any(query.getlist(field))]:
        del query[field]
    if "period" in query:
        query.pop("from", None)
        query.pop("to", None)
    elif not {"from", "to"} & set(query):
        query["period"] = "last30"
    return query


def scope_of(user: User, values: FieldValues) -> Scope:
    """Return the store, days and page that parameters name. Raises ValidationError, Http404 for a store."""
    now, store = timezone.now(), _store(user, values)
    days = days_of(values, store, now)
    check_range(days)
    return Scope(store, days, now, values["page"])


def _read(user: User, name: str, query: QueryDict, *, is_file: bool = False) -> tuple[Scope, Report, Previous | None]:
    """Return what a report is of, the report, and what it is compared with, if anything.

    Raises ValidationError, Http404 for a store or a report that is not there.
    """
    if name not in READERS:
        raise Http404("no such report")
    values = StorePeriodQuery.read(query)
    scope = scope_of(user, values)
    if is_file:
        scope = replace(scope, page=None)
    with figures.consistent_read():
        report, comparison, previous = READERS[name](scope), values["compare"], None
        if comparison != NONE and report.compared is not None:
            previous = previous_of(name, report, scope, comparison)
    if not is_file and values["page"] > 1 and not report.rows:
        raise invalid("page", gettext("There is no such page. Leave it out for the first."))
    return scope, report, previous


def _store(user: User, values: FieldValues) -> Store:
    """Return the named store, or the person's first. Raises Http404, ValidationError for who has none."""
    if "store" in values:
        return store_or_404(user, values["store"])
    store = stores_for(user).order_by("name", "pk").first()
    if store is None:
        raise invalid("store", gettext("No store has been assigned to you. An administrator can add you to one."))
    return store


def _refused(request: HttpRequest, query: QueryDict, error: ValidationError, status: int) -> HttpResponse:
    form = ReadyForm(cast(User, request.user), query, has_period=True)
    form.refuse(by_field(error))
    return render(request, "reports/ready.html", {"form": form}, status=status)


def _filled_in(query: QueryDict, scope: Scope) -> QueryDict:
    """Return what the form says: the store that was chosen, and days where the period has no entry of its own."""
    data = query.copy()
    data["store"] = scope.store.slug
    if {"year", "month", "startDate", "endDate"} & set(query):
        data["period"], data["from"], data["to"] = "", scope.days.first.isoformat(), scope.days.last.isoformat()
    return data


@dataclass(frozen=True)
class Cell:
    """A value in words, whether it is a number, and where it opens to (empty: nowhere)."""

    text: str
    is_number: bool = False
    link: str = ""


@dataclass(frozen=True)
class Links:
    """Where the values of a report open to: the orders and refunds behind them."""

    name: str
    scope: Scope
    comparison: str

    def of(self, column: Heading, value: object, place: str | None, *, is_before: bool = False) -> str:
        """Return where a value of a row leads, of all rows without a place; empty where there is nothing behind it."""
        if not column.opens or not value:
            return ""
        scope = self.scope
        span = Compared(scope.days)
        if is_before:
            span = compared_with(scope.days, self.comparison, scope.now.astimezone(scope.store.zone))
        if column.opens in EXPLAINED:
            # what all products make together is none of one product
            named = {"metric": column.opens, "filter": f"variant:{place}"}
            address = reverse("explain", args=[scope.store.slug])
            return f"{address}?{urlencode(span.parameters() | named, safe=':')}" if place else ""
        named = {"store": scope.store.slug, **({} if place is None else {"row": place})}
        named |= {"part": column.opens} if column.opens != ALL else {}
        return f"{reverse('ready-row', args=[self.name])}?{urlencode(span.parameters() | named)}"


def _table(report: Report, previous: Previous | None, links: Links) -> Json:
    """Return heads, rows and total in words, with two more columns where the report is compared."""
    currency = links.scope.store.currency
    heads = [(column.label, column.kind in _NUMBERS) for column in report.columns]
    places: Sequence[str | None] = report.places or [None] * len(report.rows)
    rows = [_row(report.columns, row, links, place) for row, place in zip(report.rows, places, strict=True)]
    total = _row(report.columns, report.total, links, None) if report.total else []
    if previous and report.compared is not None:
        compared, column = report.compared, report.columns[report.compared]
        before = previous.of(report)
        heads += [
            (gettext("{label} before").format(label=column.label), True),
            (gettext("Change"), True),
        ]
        pairs = [(row[compared], then) for row, then in zip(report.rows, before, strict=True)]
        opened = [links.of(column, pair[1], place, is_before=True) for pair, place in zip(pairs, places, strict=True)]
        rows = [
            [*row, *_change(column.kind, *pair, currency, link)]
            for row, pair, link in zip(rows, pairs, opened, strict=True)
        ]
        if total:
            link = links.of(column, previous.total, None, is_before=True)
            total += _change(column.kind, report.total[compared], previous.total, currency, link)
    return {"heads": heads, "rows": rows, "total": total}


def _change(kind: Kind, now: object, before: Decimal | int | None, currency: str, link: str) -> list[Cell]:
    """Return what was before and the change in percent, as cells; a dash where nothing was before."""
    return [Cell(_text(kind, before, currency), True, link), Cell(change_text(cast(Decimal, now), before), True)]


_NUMBERS = (Kind.INTEGER, Kind.MONEY, Kind.PERCENT)


def _row(columns: Sequence[Heading], row: Sequence[object], links: Links, place: str | None) -> list[Cell]:
    """Return the cells of a row; of all of them without a place."""
    currency = links.scope.store.currency
    return [
        Cell(_text(column.kind, value, currency), column.kind in _NUMBERS, links.of(column, value, place))
        for column, value in zip(columns, row, strict=True)
    ]


def _text(kind: Kind, value: object, currency: str) -> str:
    if value is None or value == "":
        return "–" if kind in _NUMBERS else ""
    if kind is Kind.MONEY:
        return money(Decimal(str(value)), currency)
    if kind is Kind.PERCENT:
        return share(Decimal(str(value)))
    return count(int(str(value))) if kind is Kind.INTEGER else str(value)


def _bars(report: Report, currency: str) -> list[Bar]:
    """Draw the report's column of its first rows."""
    if report.bar is None:
        return []
    column, shown = report.columns[report.bar], report.rows[:MOST_BARS]
    values = [Decimal(str(row[report.bar] or 0)) for row in shown]
    longest = max(values, default=Decimal(0))
    if longest <= 0:
        return []
    second = 1 if report.columns[1].name == "otherProduct" else 0
    return [
        Bar(
            " + ".join(str(part) for part in row[: second + 1]),
            _text(column.kind, row[report.bar], currency),
            "",
            f"{max(value, Decimal(0)) * 100 / longest:.1f}",
        )
        for row, value in zip(shown, values, strict=True)
    ]
