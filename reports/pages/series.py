"""The time series as a page: sales by currency beside what they are compared with, and the use of the back office."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import stores_for
from dashboard import figures
from dashboard.caching.cache import Answer
from dashboard.figures import BASIS
from dashboard.figures.comparisons import compared_with, minute_text
from dashboard.figures.periods import Period
from dashboard.models import Basis
from dashboard.pages import period_picker
from dashboard.templatetags.dashboard_formats import change as percent_change
from dashboard.templatetags.dashboard_formats import count, money
from dealport.kit import formats
from dealport.kit.day_range import DayRange
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import Json
from reports.pages import page_for_staff
from reports.pages.explore_form import COMPARISONS
from reports.timeseries.queries import RevenueQuery
from reports.timeseries.series import SeriesRequest, read_request, read_requests, read_revenue

PARAMETERS = ("store", "from", "to", "granularity", "basis", "compare")
GRANULARITIES = {"daily": _("Days"), "weekly": _("Weeks"), "monthly": _("Months")}
BASES = {Basis.PLACED: _("Order date"), Basis.BOOKED: _("Transaction date")}
UNITS = {"daily": _("day"), "weekly": _("week"), "monthly": _("month")}
MANY_ROWS = 62
"""From here on a table scrolls within its panel, and wider buckets are offered."""

Data = Json


@page_for_staff
@require_safe
def series(request: HttpRequest) -> HttpResponse:
    """Show the requested series; 400 (404 for a store) explains in the page which parameter is wrong."""
    query = _filled_in(request.GET)
    form = _form(request, query)
    try:
        asked = read_request(request.user, RevenueQuery.read(query))
    except ValidationError as error:
        return _refused(request, form, error.detail, 400)
    except Http404:
        return _refused(request, form, {"store": [gettext("There is no such store.")]}, 404)
    revenue, requests = read_revenue(asked), read_requests(asked)
    return render(request, "reports/series.html", {**form, **_content(asked, revenue, requests)})


def _filled_in(given: QueryDict) -> QueryDict:
    """Return the parameters without those a form leaves empty."""
    query = given.copy()
    for name in PARAMETERS:
        if not any(query.getlist(name)):
            query.pop(name, None)
    return query


def _refused(request: HttpRequest, form: Data, errors: object, status: int) -> HttpResponse:
    return render(request, "reports/series.html", {**form, "errors": errors}, status=status)


def _form(request: HttpRequest, query: QueryDict) -> Data:
    """Return what the form needs; what was filled in stays, also where it is wrong."""
    return {
        "section": "series",
        "stores": list(stores_for(request.user).order_by("name", "pk").values_list("slug", "name", "currency")),
        "given": {name: query.get(name, "") for name in PARAMETERS},
        "granularities": GRANULARITIES,
        "bases": BASES,
        "comparisons": [choice for choice in COMPARISONS if choice[0]],
    }


def _content(asked: SeriesRequest, revenue: Answer, requests: Answer) -> Data:
    """Return what the page shows below the form, which repeats the request with its defaults."""
    sales, use = revenue.data(), requests.data()
    buckets = len(use["buckets"])
    return {
        "asked": asked,
        "given": {
            "store": asked.scope.slug or "",
            "from": asked.days.first.isoformat(),
            "to": asked.days.last.isoformat(),
            "granularity": asked.granularity,
            "basis": asked.basis,
            "compare": asked.compare or "",
        },
        "answer": revenue,
        "use_answer": requests,
        "zone": asked.scope.store.zone if asked.scope.store else UTC,
        "title": period_picker.days(asked.days),
        "unit": UNITS[asked.granularity],
        "basis_text": gettext(BASIS[Basis(asked.basis)]),
        "compared_with": dict(COMPARISONS)[asked.compare] if asked.compare else None,
        "series": [_currency(asked, series, revenue.entry.computed_at) for series in sales["series"]],
        "use": [_titled(bucket, asked.granularity) for bucket in use["buckets"]],
        "use_chart": _use_chart(use["buckets"], asked.granularity),
        "use_is_drawn": any(
            bucket["orders"] or bucket["pageViews"] or bucket["activeUsers"] for bucket in use["buckets"]
        ),
        "bridge": _bridge(asked, sales["series"][0]["total"]["sales"]) if asked.scope.store else None,
        "buckets": buckets,
        "is_long": buckets > MANY_ROWS,
        "wider": "weekly" if asked.granularity == "daily" and buckets > MANY_ROWS else "",
    }


def _bridge(asked: SeriesRequest, sales: Decimal) -> Data:
    """Return the total on the other basis, by how much it differs, and the query of the page that says why."""
    assert asked.scope.store
    other = Basis.BOOKED if asked.basis == Basis.PLACED else Basis.PLACED
    period = Period(asked.days.first, asked.days.last)
    total = Decimal(figures.figure_value(asked.scope.store, figures.FIGURES["total_sales"], period, other))
    query = period_picker.query(period, asked.basis)
    return {"is_booked": other == Basis.BOOKED, "total": total, "difference": total - sales, "query": query}


def _currency(asked: SeriesRequest, series: Data, moment: datetime) -> Data:
    """Return one currency's table and chart; what was before opens as it was compared at a moment."""
    code = series["currency"]

    def compared(found: Data, *, is_total: bool = False) -> Data:
        then = found["previous"]
        opens = _opens_before(asked, code, None if is_total else _days(then), moment) if then else ""
        return {**_compared(found), "opens_before": opens}

    buckets = [compared(_titled(bucket, asked.granularity)) for bucket in series["buckets"]]
    return {
        "currency": series["currency"],
        "total": compared(series["total"], is_total=True),
        "buckets": buckets,
        "chart_id": f"sales-{series['currency']}",
        "data_id": f"data-sales-{series['currency']}",
        "chart": _chart(series["currency"], buckets),
        "is_empty": not any(bucket["sales"] or bucket["orders"] for bucket in buckets),
        "chart_is_drawn": any(bucket["sales"] for bucket in buckets),
    }


def _opens_before(asked: SeriesRequest, currency: str, days: DayRange | None, moment: datetime) -> str:
    """Return where the sales of some of the days compared with (None: all) open; of several stores to each's part."""
    query = {"metric": "totalSales", **({} if asked.basis == Basis.PLACED else {"basis": str(asked.basis)})}
    compare, store = asked.compare or "", asked.scope.store
    if store:
        whole = compared_with(asked.days, compare, moment.astimezone(store.zone))
        query |= (whole.of(days) if days else whole).parameters()
        return f"{reverse('explain', args=[store.slug])}?{urlencode(query)}"
    query |= {"currency": currency, "from": asked.days.first.isoformat(), "to": asked.days.last.isoformat()}
    query |= {"compare": compare, "asOf": minute_text(moment)}
    query |= {"first": days.first.isoformat(), "last": days.last.isoformat()} if days else {}
    return f"{reverse('explain-stores')}?{urlencode(query)}"


def _days(found: Data) -> DayRange:
    return DayRange(*(date.fromisoformat(found[name]) for name in ("startDate", "endDate")))


def _titled(bucket: Data, granularity: str) -> Data:
    days = _days(bucket)
    return {**bucket, "first": days.first, "title": bucket_title(days, granularity)}


def _compared(figures: Data) -> Data:
    return {**figures, "change_text": change_text(figures["change"]["sales"])}


def bucket_title(days: DayRange, granularity: str) -> str:
    """Return a bucket in words: `Mon, Mar 30, 2026`, `Mar 30 – Apr 5, 2026`, `March 2026` if the month is whole."""
    first = days.first
    if granularity == "daily":
        return formats.weekday_text(first)
    is_whole = first.day == 1 and (days.last + timedelta(days=1)).day == 1
    return formats.month_text(first) if granularity == "monthly" and is_whole else period_picker.days(days)


def _chart(currency: str, buckets: list[Data]) -> Data:
    """Return a currency's chart: lengths as numbers in text, and the words as the page writes them."""
    before = [bucket["previous"] for bucket in buckets]
    return {
        "currency": currency,
        "titles": [_marked(bucket) for bucket in buckets],
        "unfinished": [bucket["isUnfinished"] for bucket in buckets],
        "series": [
            {
                "label": gettext("Sales"),
                "values": [str(bucket["sales"]) for bucket in buckets],
                "texts": [money(bucket["sales"], currency) for bucket in buckets],
            },
            {
                "label": gettext("Previous period"),
                "values": [None if then is None else str(then["sales"]) for then in before],
                "texts": ["–" if then is None else money(then["sales"], currency) for then in before],
            },
        ][: 2 if any(before) else 1],
    }


def _use_chart(buckets: list[Data], granularity: str) -> Data:
    titled = [_titled(bucket, granularity) for bucket in buckets]
    return {
        "currency": None,
        "titles": [_marked(bucket) for bucket in titled],
        "unfinished": [bucket["isUnfinished"] for bucket in titled],
        "series": [
            {
                "label": label,
                "axis": "right" if name == "pageViews" else "left",
                "values": [str(bucket[name]) for bucket in titled],
                "texts": [count(bucket[name]) for bucket in titled],
            }
            for label, name in (
                (gettext("Orders"), "orders"),
                (gettext("Page views"), "pageViews"),
                (gettext("Active users"), "activeUsers"),
            )
        ],
    }


def _marked(bucket: Data) -> str:
    return gettext("{title}, so far").format(title=bucket["title"]) if bucket["isUnfinished"] else str(bucket["title"])


def change_text(change: Decimal | None) -> str:
    """Return a change in percent with its sign, a dash where there is none to tell."""
    return "–" if change is None else percent_change(change)
