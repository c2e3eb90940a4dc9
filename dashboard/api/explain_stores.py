"""A cell of an answer over several stores: what each store adds to it, and where that opens to its orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from customers.access import Viewer, stores_for
from customers.models import Store
from dashboard import figures
from dashboard.api import explain_documents as documents
from dashboard.api.analytics import days_of
from dashboard.api.cells import ExplainStoresQuery, filters_of
from dashboard.api.explain import PRIVATE, page_document, parse_cell
from dashboard.api.explain_schema import EXPLAIN_STORES
from dashboard.api.figures import FiguresView
from dashboard.api.inputs import check_range
from dashboard.figures import BASIS, EXPLAINED, Figure, one_cell
from dashboard.figures.analytics import Question
from dashboard.figures.comparisons import NONE, Compared, compared_with
from dashboard.figures.explain import WHOLE, CellOf
from dashboard.figures.periods import Period
from dashboard.figures.values import Number
from dashboard.figures.windows import Window
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues


@dataclass(frozen=True)
class Part:
    """What a store adds: the figure, and the sum of the orders, payments and refunds behind it."""

    store: Store
    span: Compared
    value: Decimal
    entries_total: Decimal


@dataclass(frozen=True)
class OpenedStores:
    """A cell over the stores of one currency, with a page of what each adds to it, all read as of one moment."""

    definition: Figure
    currency: str
    value: Decimal
    parts: list[Part]
    count: int
    as_of: datetime


def open_in_stores(user: Viewer, values: FieldValues, now: datetime) -> OpenedStores:
    """Read a cell over all the stores somebody has. Raises ValidationError naming a parameter, Http404 without one."""
    definition, basis = EXPLAINED[values["metric"]], values["basis"]
    if basis not in definition.bases:
        raise invalid("basis", f"{definition.analytics_name} is only available with basis={definition.bases[0]}.")
    parts, rest = parse_cell(definition, filters_of(values), values.get("other", ()))
    question = Question((definition,), basis=basis)
    if rest:
        question = one_cell.rest_question(definition, basis, rest, parts)
    elif parts:
        question = one_cell.question_of(definition, basis, parts)
    if question.is_on_demand:
        raise invalid("filter", "Open it in one store: two dimensions at once are read from the orders of one store.")
    spans = _spans(user, values, values.get("asOf", now), parts)
    currency = next(iter(spans)).currency if spans else values["currency"]

    def value_of(some: Mapping[Store, Compared]) -> Number:
        if rest:
            windows = [Window(store, span.days) for store, span in some.items()]
            return one_cell.rest_value(windows, currency, question)
        return one_cell.cell_value(some, currency, question)

    def part_of(store: Store) -> Part:
        cell: CellOf = WHOLE
        if rest or parts:
            cell = one_cell.rest_cell(store, rest, parts) if rest else one_cell.cell_of(store, parts)
        span = spans[store]
        period = Period(span.days.first, span.days.last)
        found = figures.explain(store, definition.name, period, basis, offset=0, limit=0, cell=cell, until=span.until)
        return Part(store, span, Decimal(value_of({store: span})), found.total)

    start = (values["page"] - 1) * values["limit"]
    with figures.consistent_read() as as_of:
        shown = [part_of(store) for store in list(spans)[start : start + values["limit"]]]
        return OpenedStores(definition, currency, Decimal(value_of(spans)), shown, len(spans), as_of)


def _spans(user: Viewer, values: FieldValues, now: datetime, parts: list[one_cell.Part]) -> dict[Store, Compared]:
    """Return the stores of the currency that can have the cell, each with its own days or those compared with."""
    stores = list(stores_for(user).order_by("name", "pk"))
    if not stores:
        raise Http404("no store")
    currencies = sorted({store.currency for store in stores})
    currency = values.setdefault("currency", currencies[0]) if len(currencies) == 1 else values.get("currency")
    if currency not in currencies:
        raise invalid("currency", f"Enter one of {', '.join(currencies)}.")
    possible = one_cell.stores_of(parts, [store.pk for store in stores if store.currency == currency])
    spans = {}
    for store in stores:
        days = days_of(values, store, now)
        check_range(days)
        span = Compared(days)
        if values["compare"] != NONE:
            span = compared_with(days, values["compare"], now.astimezone(store.zone))
        days = span.days
        cut = DayRange(max(days.first, values.get("first", days.first)), min(days.last, values.get("last", days.last)))
        if store.pk in possible and cut.count > 0:
            spans[store] = Compared(cut, span.until if cut.last == days.last else None)
    return spans


def part_query(values: FieldValues, part: Part) -> str:
    """Return the query string that opens a store's part of the cell to its orders."""
    query = {"metric": values["metric"], **part.span.parameters()}
    query |= {name: values[name] for name in ("filter", "andFilter") if name in values}
    if "other" in values:
        query["other"] = ",".join(values["other"])
    if values["basis"] != Basis.PLACED:
        query["basis"] = values["basis"]
    return urlencode(query, safe=":,")


class ExplainStoresView(FiguresView):
    """`GET /api/v1/dashboard/explain/stores`: what each store adds to a cell over several stores."""

    @EXPLAIN_STORES
    def get(self, request: Request) -> Response:
        """Answer with a cell over all the caller's stores of a currency and, paged, what each of them adds to it."""
        values = ExplainStoresQuery.read(request.query_params)
        opened = open_in_stores(request.user, values, timezone.now())
        figure, basis = opened.definition, values["basis"]

        def number(amount: Decimal) -> Decimal | int:
            return amount if figure.has_decimals else int(amount)

        content = documents.StoresExplanation(
            metric=figure.name,
            label=str(figure.label),
            definition=str(figure.meaning),
            basis=str(basis),
            basis_definition=BASIS[Basis(basis)],
            currency=opened.currency,
            value=number(opened.value),
            stores=[
                documents.StorePart(
                    part.store.slug,
                    part.span.days.first,
                    part.span.days.last,
                    part.span.until,
                    number(part.value),
                    number(part.entries_total),
                )
                for part in opened.parts
            ],
            pagination=page_document(values["page"], values["limit"], opened.count),
            as_of=opened.as_of,
        )
        return Response(content.to_json(), headers=PRIVATE)
