"""Opening figures: the definition, the entries that add up to it, and what moved in months already over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.access import named_store
from customers.models import Store
from dashboard import figures
from dashboard.api import explain_documents as documents
from dashboard.api.cells import ExplainQuery, filters_of
from dashboard.api.explain_schema import CHANGED_PAST, EXPLAIN, MONTH_AS_OF
from dashboard.api.inputs import (
    LIMIT,
    ChangedPastQuery,
    MonthAsOfQuery,
    check_demand,
    check_dimension,
    parse_filter,
)
from dashboard.figures import BASIS, EXPLAINED, Explanation, Figure, one_cell
from dashboard.figures.analytics import DIMENSIONS, Dimension, Question
from dashboard.figures.comparisons import Compared
from dashboard.figures.explain import WHOLE
from dashboard.figures.periods import Period, month_period, parse_period
from dashboard.figures.windows import Window
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid

PRIVATE = {"Cache-Control": "private, no-store"}


@dataclass(frozen=True)
class Opened:
    """A figure with one page of what adds up to it, all read as of one moment."""

    metric: str
    definition: Figure
    value: Decimal
    page: int
    limit: int
    explanation: Explanation
    as_of: datetime
    until: datetime | None

    @property
    def pages(self) -> int:
        """How many pages there are; one if there is nothing."""
        return max(-(-self.explanation.count // self.limit), 1)


def open_figure(
    store: Store,
    metric: str,
    period: Period,
    basis: str,
    *,
    page: int,
    limit: int = LIMIT,
    only: Sequence[str] = (),
    other: Sequence[str] = (),
    until: datetime | None = None,
) -> Opened:
    """Read a figure and one page of its entries as of one moment; `only` of a value of a dimension (`country:DE`), or
    of one of each of two; of what belongs to no value of the dimensions `other`; up to the moment `until`.

    Raises ValidationError for a page past the end, for a dimension that the figure is not known by, for a period
    with too many orders to read, and for a moment that is not of the period's last day.
    """
    definition = EXPLAINED[metric]
    parts, rest = parse_cell(definition, only, other)
    span = _span(store, definition, period, until, has_rest=bool(rest))
    question: Question | None = None
    if rest:
        question = one_cell.rest_question(definition, basis, rest, parts)
    elif parts:
        question = one_cell.question_of(definition, basis, parts)
    if question and question.is_on_demand:
        check_demand(store, period, basis, "other" if rest else "andFilter")
    with figures.consistent_read() as as_of:
        cell = WHOLE
        if rest or parts:
            cell = one_cell.rest_cell(store, rest, parts) if rest else one_cell.cell_of(store, parts)
        if question and rest:
            value = one_cell.rest_value([Window(store, period)], store.currency, question)
        elif question:
            value = one_cell.cell_value({store: span}, store.currency, question, parts[1][1] if parts[1:] else "")
        elif span.until:
            value = one_cell.value_until(store, definition, span, basis)
        else:
            value = figures.figure_value(store, definition, period, basis)
        explanation = figures.explain(
            store, metric, period, basis, offset=(page - 1) * limit, limit=limit, cell=cell, until=span.until
        )
    opened = Opened(metric, definition, Decimal(value), page, limit, explanation, as_of, span.until)
    if page > opened.pages:
        raise invalid("page", f"Enter a number from 1 to {opened.pages}.")
    return opened


def _span(store: Store, figure: Figure, period: Period, until: datetime | None, *, has_rest: bool) -> Compared:
    """Return the days to open, the last one up to the local moment `until`. Raises ValidationError naming `until`."""
    if until is None:
        return Compared(period)
    if figure.is_of_now:
        raise invalid("until", f"Leave it out: {figure.name} is a current value.")
    if has_rest:
        raise invalid("until", "Leave it out: what belongs to no value of a dimension is compared with nothing.")
    return span_of(store, period, until)


def span_of(store: Store, days: DayRange, until: datetime) -> Compared:
    """Return days cut off at a moment of the last one, local to the store. Raises ValidationError naming `until`."""
    local = until.astimezone(store.zone)
    if local.date() != days.last:
        raise invalid("until", f"Enter a moment of the period's last day, {days.last} in {store.timezone}.")
    return Compared(days, local)


def parse_cell(
    figure: Figure, only: Sequence[str], other: Sequence[str]
) -> tuple[list[one_cell.Part], list[Dimension]]:
    """Return what a figure is narrowed to, and the dimensions that it is in no value of. Raises ValidationError."""
    parts = [_part(figure, field, text) for field, text in zip(("filter", "andFilter"), only, strict=False)]
    for name in other:
        check_dimension(figure, name, "other")
        if DIMENSIONS[name].source == "product" and "orders" in figure.inputs:
            raise invalid("other", f"{figure.analytics_name} is not known of what belongs to no product.")
    if not any(map(one_cell.is_rest, parts)):
        return parts, [DIMENSIONS[name] for name in other]
    if other or len(parts) > 1:
        raise invalid("filter" if other else "andFilter", "Leave it out: what belongs to no product opens by itself.")
    return [], [parts[0][0]]


def _part(figure: Figure, field: str, text: str) -> one_cell.Part:
    name, value = parse_filter(text, field)
    check_dimension(figure, name, field)
    if one_cell.counts_orders_twice(figure, DIMENSIONS[name], value):
        raise invalid(field, "Enter a variant: an order can contain several variants of this product.")
    return DIMENSIONS[name], value


class ExplainView(APIView):
    """`GET /api/v1/dashboard/explain`: the orders, payments and refunds behind a figure."""

    @EXPLAIN
    def get(self, request: Request) -> Response:
        """Answer with the definition of a figure and, paged, the orders, payments and refunds that add up to it."""
        values = ExplainQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))
        period = parse_period(values, timezone.now().astimezone(store.zone).date())
        basis = values["basis"]
        opened = open_figure(
            store,
            values["metric"],
            period,
            basis,
            page=values["page"],
            limit=values["limit"],
            only=filters_of(values),
            other=values.get("other", ()),
            until=values.get("until"),
        )
        return Response(_explanation(store, period, basis, opened).to_json(), headers=PRIVATE)


def _explanation(store: Store, period: Period, basis: str, opened: Opened) -> documents.Explanation:
    has_decimals = opened.definition.has_decimals
    return documents.Explanation(
        metric=opened.metric,
        label=str(opened.definition.label),
        definition=str(opened.definition.meaning),
        basis=str(basis),
        basis_definition=BASIS[Basis(basis)],
        period=period.describe(),
        until=opened.until,
        store=store.slug,
        currency=store.currency,
        timezone=store.timezone,
        value=opened.value if has_decimals else int(opened.value),
        entries_total=opened.explanation.total if has_decimals else int(opened.explanation.total),
        entries=[entry_document(store, entry, has_decimals) for entry in opened.explanation.entries],
        pagination=page_document(opened.page, opened.limit, opened.explanation.count),
        as_of=opened.as_of.astimezone(store.zone),
    )


def entry_document(store: Store, entry: figures.Entry, has_decimals: bool) -> documents.ExplainedEntry:
    """Return an entry with the store's local time; a count is whole."""
    return documents.ExplainedEntry(
        kind=entry.kind,
        at=entry.at.astimezone(store.zone),
        order_id=entry.order_id,
        order_number=entry.order_number or None,
        customer_id=entry.customer_id,
        amount=entry.amount if has_decimals else int(entry.amount),
    )


def page_document(page: int, limit: int, count: int) -> documents.Pagination:
    """Return which page of how many it is."""
    return documents.Pagination(page, limit, count, total_pages=max(-(-count // limit), 1))


class ChangedPastView(APIView):
    """`GET /api/v1/dashboard/changed-past`: what moved months that were over."""

    @CHANGED_PAST
    def get(self, request: Request) -> Response:
        """Answer with what moved figures of months already over since a moment: which order, which event, how much."""
        values = ChangedPastQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))
        since, page, limit = values["since"], values["page"], values["limit"]
        with figures.consistent_read() as as_of:
            found = figures.changed_past(store, since, offset=(page - 1) * limit, limit=limit)
        content = documents.ChangedPast(
            store=store.slug,
            currency=store.currency,
            timezone=store.timezone,
            basis=str(Basis.PLACED),
            since=since.astimezone(store.zone),
            changes=[_change(store, change) for change in found.changes],
            pagination=page_document(page, limit, found.count),
            as_of=as_of.astimezone(store.zone),
        )
        return Response(content.to_json(), headers=PRIVATE)


def _change(store: Store, change: figures.PastChange) -> documents.PastChange:
    return documents.PastChange(
        at=change.at.astimezone(store.zone),
        month=f"{change.month:%Y-%m}",
        order_id=change.order_id,
        order_number=change.order_number,
        event=change.event,
        actor=change.actor,
        total_sales=change.sales,
        total_completed_orders=change.completed,
        total_expired_orders=change.expired,
        total_refunded_orders=change.refunded,
    )


class MonthAsOfView(APIView):
    """`GET /api/v1/dashboard/month-as-of`: a month as it was known at a past moment."""

    @MONTH_AS_OF
    def get(self, request: Request) -> Response:
        """Answer with a month's figures (placed basis) as they stood at a past moment, from the order history."""
        values = MonthAsOfQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))
        month, moment = month_period(values["year"], values["month"]), values["asOf"]
        with figures.consistent_read():
            found = figures.month_as_of(store, month, moment)
        content = documents.MonthAsOf(
            store=store.slug,
            currency=store.currency,
            timezone=store.timezone,
            basis=str(Basis.PLACED),
            period=month.describe(),
            summary=documents.KnownFigures(**asdict(found)),
            as_of=moment.astimezone(store.zone),
        )
        return Response(content.to_json(), headers=PRIVATE)
