"""What open pages ask for again and again: whether anything changed, and how many orders are new."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError

from customers.access import listed
from customers.scopes import ALL_STORES, StoreScope
from dashboard.api.inputs import LiveQuery
from dashboard.caching.cache import Answer, version_of
from dashboard.pages.shell import open_store
from orders.models import Order

MOST_COUNTED = 100


def version_text(answer: Answer) -> str:
    """Return the ETag that `live` answers with while the figures are these; empty where they are of no generation."""
    return quote_etag(answer.entry.generation) if answer.entry.generation else ""


@login_required
@require_safe
@cache_control(private=True, no_cache=True)
def live(request: HttpRequest) -> HttpResponse:
    """Answer 304 while nothing changed; else how many orders came after the one with the id `after`.

    The ETag is the version of the store's figures (of all stores, where none is named), which Redis holds: no figure is
    read. While a change is being committed nothing is new yet. Without `after` the answer is where to count from.
    """
    try:
        values = LiveQuery.read(request.GET)
    except ValidationError as error:
        return JsonResponse({"errors": error.detail}, status=400)
    store = open_store(request, values["store"]) if "store" in values else None
    version, after = version_of(StoreScope(store) if store else ALL_STORES), values.get("after")
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if after is not None and known and (not version or quote_etag(version) in known):
        return HttpResponseNotModified(headers={"ETag": known[0]})
    if after is None:
        data = {"after": Order.objects.aggregate(newest=Max("pk"))["newest"] or 0, "orders": 0}
    else:
        rows = Order.objects.filter(store=store) if store else listed(Order.objects.all(), request.user)
        count = len(rows.filter(pk__gt=after).order_by().values_list("pk")[:MOST_COUNTED])
        data = {"after": after, "orders": count}
    return JsonResponse(data, headers={"ETag": quote_etag(version)} if version else {})
