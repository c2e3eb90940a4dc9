"""`GET /api/v1/analytics/query`: figures of the registry by time, by a dimension or by two."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request as HttpRequest

from customers.access import Viewer, named_store, store_or_404, stores_for
from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.answers.analytics import Request, analytics_data
from dashboard.api import analytics_schema
from dashboard.api.figures import FiguresView
from dashboard.api.inputs import (
    AnalyticsQuery,
    check_demand,
    check_dimension,
    check_dimensions,
    check_range,
    parse_filter,
)
from dashboard.caching import cache
from dashboard.caching.http import is_known, respond
from dashboard.figures.analytics import DIMENSIONS, HOURLY, QUERYABLE, Question
from dashboard.figures.comparisons import NONE
from dashboard.figures.figure import Figure
from dashboard.figures.one_cell import counts_orders_twice
from dashboard.figures.periods import parse_period
from dashboard.figures.windows import Window
from dashboard.metrics import activity
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.local_days import day_start
from dealport.kit.values import FieldValues

TIME = "time"
DAYS_BACK = 29
MOST_FIGURES = 12
MOST_HOURLY_DAYS = 31


class AnalyticsQueryView(FiguresView):
    """`GET /api/v1/analytics/query`: any figure by time, by a dimension, by both, or by two dimensions."""

    @analytics_schema.QUERY
    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer with figures by time and by dimensions, of one store, or of all the caller has by currency.

        400 names a parameter that is wrong and what it can be, 404 is a foreign store.
        """
        now = timezone.now()
        asked = analytics_request(request.user, AnalyticsQuery.read(request.query_params), now)
        activity.seen(request, _scope(asked))
        return _respond(request, analytics_answer(asked, now))


def analytics_request(user: Viewer, values: FieldValues, now: datetime) -> Request:
    """Return the request that parameters mean to somebody, checked. Raises ValidationError, Http404."""
    return _request(values, _stores(user, values.get("store")), now)


def analytics_answer(asked: Request, now: datetime) -> cache.Answer:
    """Return the answer, from the cache while no figure of its stores has moved."""

    def compute() -> cache.Entry:
        with figures.consistent_read() as as_of:
            data = analytics_data(asked, now)
        return cache.entry_of(data, as_of=as_of, computed_at=now, expires_at=_expiry(asked, now))

    return cache.read(_name(asked), _scope(asked), compute)


def _scope(asked: Request) -> StoreScope:
    return StoreScope(asked.windows[0].store) if len(asked.windows) == 1 else ALL_STORES


def _stores(user: Viewer, key: str | None) -> list[Store]:
    """Return the named store, or all of the user's. Raises Http404, or ValidationError where there is none."""
    if key is not None:
        return [store_or_404(user, key)]
    stores = list(stores_for(user).order_by("pk"))
    return stores if stores else [named_store(user, None)]


def _request(values: FieldValues, stores: list[Store], now: datetime) -> Request:
    """Return what is asked. Raises ValidationError naming a parameter that does not fit the others."""
    names = _list("figures", values["figures"], QUERYABLE)
    if len(names) > MOST_FIGURES:
        raise invalid("figures", f"Enter at most {MOST_FIGURES} figures.")
    by = _list("by", values["by"], (TIME, *DIMENSIONS)) if "by" in values else []
    dimensions = [name for name in by if name != TIME]
    check_dimensions(dimensions, has_time=TIME in by, has_filter="filter" in values)
    granularity = _granularity(values, TIME in by, bool(dimensions))
    asked = [QUERYABLE[name] for name in names]
    filtered_by, only = parse_filter(values["filter"]) if "filter" in values else ("", "")
    read_by = {*dimensions, filtered_by, "hour" if granularity == HOURLY else ""} - {""}
    for figure in asked:
        for dimension in sorted(read_by):
            check_dimension(figure, dimension)
        if values["basis"] not in figure.bases:
            raise invalid("basis", f"{figure.analytics_name} is only available with basis={figure.bases[0]}.")
    order_by, is_descending = _ordering(values.get("ordering"), asked, dimensions, bool(granularity))
    windows = tuple(Window(store, days_of(values, store, now)) for store in stores)
    for window in windows:
        check_range(window.days)
        if granularity == HOURLY and window.days.count > MOST_HOURLY_DAYS:
            raise invalid("granularity", f"Enter at most {MOST_HOURLY_DAYS} days with granularity=hourly.")
    asked_for = Request(
        Question(
            figures=tuple(asked),
            dimension=DIMENSIONS[dimensions[0]] if dimensions else None,
            granularity=granularity,
            basis=values["basis"],
            order_by=order_by,
            is_descending=is_descending,
            filtered_by=DIMENSIONS[filtered_by] if filtered_by else None,
            only=only,
            second=DIMENSIONS[dimensions[1]] if dimensions[1:] else None,
        ),
        windows,
        "" if values["compare"] == NONE else values["compare"],
        values["page"],
        values["limit"],
    )
    if asked_for.question.is_on_demand:
        _check_demand(asked_for, now)
    return asked_for


def _check_demand(asked: Request, now: datetime) -> None:
    """Raise ValidationError where orders are to be read, of several stores or of more orders than are read at once."""
    question = asked.question
    field = "by" if question.second else "filter"
    if len(asked.windows) > 1:
        raise invalid("store", "Enter a store: two dimensions at once are read from the orders of one store.")
    (window,) = asked.windows
    check_demand(window.store, window.days, question.basis, field)
    for compared in asked.compared(now).values():
        check_demand(window.store, compared.days, question.basis, "compare")
    part = question.filtered_by
    if part and any(counts_orders_twice(figure, part, question.only) for figure in question.figures):
        raise invalid("filter", "Enter a variant: an order can contain several variants of this product.")


def _list(field: str, text: str, known: Any) -> list[str]:
    """Return the names of a list with commas, each once. Raises ValidationError naming those that are possible."""
    names = list(dict.fromkeys(text.split(",")))
    if unknown := [name for name in names if name not in known]:
        raise invalid(field, f"There is no {unknown[0]}. Enter some of {', '.join(known)}.")
    return names


def _granularity(values: FieldValues, by_time: bool, by_dimension: bool) -> str:
    granularity: str = values.get("granularity", "")
    if granularity and not by_time:
        raise invalid("granularity", "Leave it out, or enter by=time.")
    if granularity == HOURLY and by_dimension:
        raise invalid("granularity", "Enter daily, weekly or monthly with a second dimension.")
    return (granularity or "daily") if by_time else ""


def _ordering(
    text: str | None, asked: list[Figure], dimensions: list[str], by_time: bool
) -> tuple[Figure | None, bool]:
    """Return the figure to order by (None: the key) and whether the largest comes first."""
    possible = ["key", *(figure.analytics_name for figure in asked)]
    if text is None:
        return (asked[0], True) if dimensions else (None, False)
    name = text.removeprefix("-")
    if name not in possible:
        raise invalid("ordering", f"Enter one of {', '.join(possible)}, with - in front for the largest first.")
    return (None if name == "key" else QUERYABLE[name]), text.startswith("-")


def days_of(values: FieldValues, store: Store, now: datetime) -> DayRange:
    """Return the local days: of `period`, from `from` to `to`, or the last 30. Raises ValidationError."""
    today = now.astimezone(store.zone).date()
    if "period" in values:
        for name in ("from", "to"):
            if name in values:
                raise invalid(name, "Leave it out: it does not apply with period.")
        return parse_period(values, today)
    for name in ("year", "month", "startDate", "endDate"):
        if name in values:
            raise invalid(name, "Leave it out, or enter a period.")
    last = values.get("to", today)
    return DayRange(values.get("from", last - timedelta(days=DAYS_BACK)), last)


def _name(asked: Request) -> str:
    """Return the name of the answer in the cache: everything that it depends on."""
    windows = ",".join(f"{window.store.pk}:{window.days.first}:{window.days.last}" for window in asked.windows)
    question = asked.question
    named = (*question.figures, question.dimension, question.second, question.filtered_by, question.order_by)
    text = repr(
        (
            [one and one.name for one in named],
            question.granularity,
            str(question.basis),
            question.is_descending,
            question.only,
            asked.comparison,
            asked.page,
            asked.limit,
            windows,
        )
    )
    return f"analytics:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def _expiry(asked: Request, now: datetime) -> datetime:
    """Return when the answer ends: at a midnight, and where a running period is compared, with the minute."""
    midnights = []
    for window in asked.windows:
        today = now.astimezone(window.store.zone).date()
        midnights.append(day_start(today + timedelta(days=1), window.store.zone))
        if window.days.first <= today <= window.days.last and (
            asked.comparison or asked.question.granularity == HOURLY
        ):
            midnights.append(now.replace(second=0, microsecond=0) + timedelta(minutes=1))
    return cache.expiry(now, cache.TTL, *set(midnights))


def _respond(request: HttpRequest, answer: cache.Answer) -> HttpResponse:
    """Respond with the data and, beside it, the `meta` of the page."""
    response = respond(request, answer)
    if not is_known(request, answer.entry):
        data = answer.data()
        meta = data.pop("meta")
        response.content = b'{"status":"success","data":%s,"meta":%s}' % (cache.dumps(data), cache.dumps(meta))
    return response
