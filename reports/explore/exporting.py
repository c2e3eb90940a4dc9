"""Where the query of a page can be exported by a worker, and scheduled: the dataset of analytics with its filters."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from dealport.kit.day_range import DayRange

SCHEDULED = {
    "today": "today",
    "yesterday": "yesterday",
    "last7": "last_7_days",
    "last30": "last_30_days",
    "monthly": "this_month",
    "yearly": "this_year",
}
"""Period of a query → relative period of schedules."""
KEPT = ("store", "by", "granularity", "filter", "basis", "ordering")


def export_links(query: QueryDict, days: DayRange) -> tuple[str, str]:
    """Return the addresses of the form that exports a query, and of the one that schedules it."""
    named = {name: query[name] for name in KEPT if name in query and query[name] != "hourly"}
    first, _, second = query.get("by", "").partition(",")
    if second and first != "time":
        named |= {"by": first, "thenBy": second}
    keys = ("key", "label", *(("secondKey", "secondLabel") if "thenBy" in named else ()))
    columns = [("column", name) for name in ("currency", "time", *keys, *query.get("figures", "").split(","))]
    dated = {**named, "from": days.first.isoformat(), "to": days.last.isoformat()}
    relative = {**named, "period": SCHEDULED.get(query.get("period", ""), "last_month")}
    export = urlencode([("type", "analytics"), *dated.items(), *columns], safe=":,")
    schedule = urlencode([("type", "analytics"), *relative.items(), *columns], safe=":,")
    return f"{reverse('reports-exports')}?{export}", f"{reverse('schedule-new')}?{schedule}"
