"""Opening figures: the definition, the entries that add up to it, and what moved in months already over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import Store
from dashboard import figures
from dashboard.api.explain_schema import CHANGED_PAST, EXPLAIN, MONTH_AS_OF
from dashboard.api.inputs import VIEW_PARAMETERS, parse_basis, requested_store, single_values
from dashboard.figures import BASIS, EXPLAINED, FIGURES, Explanation, Figure
from dashboard.figures.periods import Period, month_period, parse_period
from dashboard.models import Basis
from dealport.kit.errors import invalid

LIMIT, MAX_LIMIT, MAX_PAGE = 20, 100, 1_000_000
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

    @property
    def pages(self) -> int:
        """How many pages there are; one if there is nothing."""
        return max(-(-self.explanation.count // self.limit), 1)


def open_figure(store: Store, metric: str, period: Period, basis: str, *, page: int, limit: int = LIMIT) -> Opened:
    """Read a figure and one page of its entries as of one moment. Raises ValidationError for a page past the end."""
    definition = EXPLAINED[metric]
    with figures.consistent_read() as as_of:
        value = figures.figure_value(store, definition, period, basis)
        explanation = figures.explain(store, metric, period, basis, offset=(page - 1) * limit, limit=limit)
    opened = Opened(metric, definition, Decimal(value), page, limit, explanation, as_of)
    if page > opened.pages:
        raise invalid("page", f"Enter a number from 1 to {opened.pages}.")
    return opened


def parse_metric(params: Mapping[str, str], basis: str) -> str:
    """Return the metric asked for. Raises ValidationError naming `metric`, or `basis` where it is not known on it."""
    metric = params.get("metric", "")
    if metric not in EXPLAINED:
        raise invalid("metric", f"must be one of {', '.join(EXPLAINED)}")
    if basis not in EXPLAINED[metric].bases:
        raise invalid("basis", f"{metric} is a standing, known on one basis: use basis=placed")
    return metric


def parse_number(params: Mapping[str, str], name: str, default: int, highest: int) -> int:
    """Return a whole number from 1. Raises ValidationError naming it."""
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= highest):
        raise invalid(name, f"must be a number from 1 to {highest}")
    return int(text)


def parse_moment(params: Mapping[str, str], name: str) -> datetime:
    """Return a moment in ISO 8601 with offset. Raises ValidationError naming it."""
    try:
        moment = parse_datetime(params.get(name, ""))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year <= 2199:
        raise invalid(name, "must be a moment as 2026-11-20T09:30:00Z")
    # PostgreSQL knows fewer offsets than ISO 8601
    return moment.astimezone(UTC)


class ExplainView(APIView):
    """`GET /api/v1/dashboard/explain`."""

    @EXPLAIN
    def get(self, request: Request) -> Response:
        """Answer with the definition of a figure and, paged, the orders, payments and refunds that add up to it."""
        params = single_values(request.query_params, "store", "metric", "page", "limit", *VIEW_PARAMETERS)
        store = requested_store(request.user, params)
        period = parse_period(params, timezone.now().astimezone(store.zone).date())
        basis = parse_basis(params)
        opened = open_figure(
            store,
            parse_metric(params, basis),
            period,
            basis,
            page=parse_number(params, "page", 1, MAX_PAGE),
            limit=parse_number(params, "limit", LIMIT, MAX_LIMIT),
        )
        return Response(_explanation(store, period, basis, opened), headers=PRIVATE)


def _explanation(store: Store, period: Period, basis: str, opened: Opened) -> dict[str, Any]:
    is_money = opened.definition.is_money
    return {
        "metric": opened.metric,
        "label": opened.definition.label,
        "definition": opened.definition.meaning,
        "basis": str(basis),
        "basisDefinition": BASIS[Basis(basis)],
        "period": period.describe(),
        "store": store.slug,
        "currency": store.currency,
        "timezone": store.timezone,
        "value": opened.value if is_money else int(opened.value),
        "entriesTotal": opened.explanation.total if is_money else int(opened.explanation.total),
        "entries": [
            {
                "kind": entry.kind,
                "at": entry.at.astimezone(store.zone).isoformat(),
                "orderId": entry.order_id,
                "orderNumber": entry.order_number or None,
                "customerId": entry.customer_id,
                "amount": entry.amount if is_money else int(entry.amount),
            }
            for entry in opened.explanation.entries
        ],
        "pagination": _pagination(opened.page, opened.limit, opened.explanation.count),
        "asOf": opened.as_of.astimezone(store.zone).isoformat(),
    }


def _pagination(page: int, limit: int, count: int) -> dict[str, int]:
    return {"page": page, "limit": limit, "total": count, "totalPages": max(-(-count // limit), 1)}


class ChangedPastView(APIView):
    """`GET /api/v1/dashboard/changed-past`."""

    @CHANGED_PAST
    def get(self, request: Request) -> Response:
        """Answer with what moved figures of months already over since a moment: which order, which event, how much."""
        params = single_values(request.query_params, "store", "since", "page", "limit")
        store = requested_store(request.user, params)
        since = parse_moment(params, "since")
        page = parse_number(params, "page", 1, MAX_PAGE)
        limit = parse_number(params, "limit", LIMIT, MAX_LIMIT)
        with figures.consistent_read() as as_of:
            found = figures.changed_past(store, since, offset=(page - 1) * limit, limit=limit)
        content = {
            "store": store.slug,
            "currency": store.currency,
            "timezone": store.timezone,
            "basis": str(Basis.PLACED),
            "since": since.astimezone(store.zone).isoformat(),
            "changes": [_change(store, change) for change in found.changes],
            "pagination": _pagination(page, limit, found.count),
            "asOf": as_of.astimezone(store.zone).isoformat(),
        }
        return Response(content, headers=PRIVATE)


def _change(store: Store, change: figures.PastChange) -> dict[str, Any]:
    return {
        "at": change.at.astimezone(store.zone).isoformat(),
        "month": f"{change.month:%Y-%m}",
        "orderId": change.order_id,
        "orderNumber": change.order_number,
        "event": change.event,
        "actor": change.actor,
        "totalSales": change.sales,
        "totalCompletedOrders": change.completed,
        "totalExpiredOrders": change.expired,
        "totalRefundedOrders": change.refunded,
    }


class MonthAsOfView(APIView):
    """`GET /api/v1/dashboard/month-as-of`."""

    @MONTH_AS_OF
    def get(self, request: Request) -> Response:
        """Answer with a month's figures (placed basis) as they stood at a past moment, from the order history."""
        params = single_values(request.query_params, "store", "year", "month", "asOf")
        store = requested_store(request.user, params)
        for name in ("year", "month"):
            if name not in params:
                raise invalid(name, "is needed")
        asked = parse_period({"year": params["year"], "month": params["month"]}, timezone.now().date())
        month, moment = month_period(asked.first.year, asked.first.month), parse_moment(params, "asOf")
        with figures.consistent_read():
            found = figures.month_as_of(store, month, moment)
        content = {
            "store": store.slug,
            "currency": store.currency,
            "timezone": store.timezone,
            "basis": str(Basis.PLACED),
            "period": month.describe(),
            "summary": {FIGURES[key].name: value for key, value in asdict(found).items()},
            "asOf": moment.astimezone(store.zone).isoformat(),
        }
        return Response(content, headers=PRIVATE)
