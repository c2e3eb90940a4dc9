"""The state of a page of Explore: a query string of analytics, spelled as the API does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext

from customers.access import Viewer
from dashboard.answers.analytics import Request
from dashboard.api.analytics import analytics_answer, analytics_request
from dashboard.api.inputs import AnalyticsQuery
from dashboard.caching.cache import Answer
from dealport.kit.errors import invalid
from dealport.kit.values import Json

STARTED = {
    "figures": "totalSales,orders,averageTicket",
    "by": "time",
    "period": "last30",
    "compare": "previous_period",
}
"""What an address without a query shows."""
PER_PAGE = 50
MOST_AT_ONCE = 1200
"""Buckets of time (days of three years) and hours are read together: the chart shows them all."""
READ_WHOLE = ("hour", "weekdayHour")


def canonical(given: QueryDict) -> QueryDict:
    """Return what a form or a link says as the API spells it: without what is empty, each figure named once.

    A period that is named goes before days that the form has besides it. `thenBy`, the form's second
    dimension, is a part of `by`.
    """
    query = given.copy()
    if then := query.pop("thenBy", [""])[-1]:
        query["by"] = f"{query.get('by', '')},{then}".removeprefix(",")
    for name in set(query):
        values = [value for value in query.getlist(name) if value]
        if name == "figures" and values:
            values = [",".join(dict.fromkeys(",".join(values).split(",")))]
        if values:
            query.setlist(name, values)
        else:
            del query[name]
    if "period" in query:
        query.pop("from", None)
        query.pop("to", None)
    query.pop("limit", None)
    if not set(query) - {"store"}:
        query.update(STARTED)
    return query


def without(query: QueryDict, *names: str, **changes: str) -> str:
    """Return a query string without some parameters and the page, and with others."""
    changed = query.copy()
    for name in ("page", *names):
        changed.pop(name, None)
    for name, value in changes.items():
        changed[name] = value
    return changed.urlencode(safe=":,")


@dataclass(frozen=True)
class Found:
    """What a query asks for, and the answer: a page of the rows, or all that there are."""

    request: Request
    answer: Answer
    data: Json
    page: int
    pages: int
    total: int
    is_whole: bool
    """Whether the answer holds all rows and not those of the page alone."""


def read(user: Viewer, query: QueryDict, now: datetime, *, per_page: int = PER_PAGE) -> Found:
    """Return the answer to a canonical query. Raises ValidationError naming a parameter, Http404 for a store."""
    asked = analytics_request(user, AnalyticsQuery.read(query), now)
    page, dimension = asked.page, asked.question.dimension
    is_alone = not asked.question.granularity and not asked.question.second
    is_whole = dimension is None or (is_alone and dimension.name in READ_WHOLE)
    asked = replace(asked, page=1, limit=MOST_AT_ONCE) if is_whole else replace(asked, limit=per_page)
    answer = analytics_answer(asked, now)
    data = answer.data()
    total: int = data["meta"]["total"]
    pages = max(-(-total // per_page), 1)
    if page > pages:
        raise invalid("page", gettext("There is no such page. Leave it out for the first."))
    return Found(asked, answer, data, page, pages, total, is_whole)


def blocks(data: Json) -> list[Json]:
    """Return an answer's parts by currency."""
    found: list[Json] = data["currencies"] if data["currencies"] is not None else [data]
    return found
