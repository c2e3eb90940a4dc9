"""The dashboard as JSON."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.models import Store
from customers.rest.docs import operation
from dashboard import activity, cache
from dashboard.docs import EXAMPLE, PARAMETERS, StoreDashboardSerializer
from dashboard.express import answered
from dashboard.figures import store_dashboard
from dashboard.parameters import VIEW_PARAMETERS, parse_basis, requested_store, single_values
from dashboard.periods import Period, day_start, parse_period
from dashboard.serializers import countries_data, store_dashboard_data


class StoreDashboardView(APIView):
    """`GET /store/dashboard` (bare body) and `/api/v1/store/dashboard` (in the envelope)."""

    @operation(
        "readStoreDashboard",
        "Read the figures of one store and period",
        answer=StoreDashboardSerializer,
        example=EXAMPLE,
        parameters=PARAMETERS,
        cached=True,
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with the figures of one store and period.

        400 names a parameter that is unknown or wrong; 404 is a store that is missing or not the caller's.
        """
        params = single_values(request.query_params, "store", *VIEW_PARAMETERS)
        store = requested_store(request.user, params)
        period = parse_period(params, timezone.now().astimezone(store.zone).date())
        basis = parse_basis(params)
        activity.seen(request, store)
        return answered(request, cached_dashboard(store, period, basis), with_state=False)


def cached_dashboard(store: Store, period: Period, basis: str, *, with_countries: bool = False) -> cache.Answer:
    """Return the dashboard of a store, from the cache where it is current; its trend ends with the local day.

    With countries it is what the page shows.
    """
    now = timezone.now()
    today = now.astimezone(store.zone).date()

    def compute() -> cache.Entry:
        figures = store_dashboard(store, period, basis)
        data = store_dashboard_data(figures)
        del data["asOf"]
        if with_countries:
            data["salesByCountry"] = countries_data(figures.sales_by_country)
        return cache.entry_of(
            data,
            as_of=figures.as_of.astimezone(store.zone),
            computed_at=now,
            expires_at=cache.expiry(now, cache.TTL, day_start(today + timedelta(days=1), store.zone)),
            shown=("asOf",),
        )

    kind = "page" if with_countries else "dashboard"
    name = f"store:{store.pk}:{kind}:{basis}:{period.kind}:{period.first}:{period.last}:{today}"
    return cache.read(name, store, compute)
