"""The dashboard as JSON."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.access import named_store
from customers.scopes import StoreScope
from dashboard.answers.store_dashboard import cached_dashboard
from dashboard.api.inputs import StoreDashboardQuery
from dashboard.api.schema import ANSWER, EXAMPLE
from dashboard.caching.fast_path import answered
from dashboard.figures.periods import parse_period
from dashboard.metrics import activity
from dealport.kit.rest.docs import operation


class StoreDashboardView(APIView):
    """`GET /store/dashboard` (bare body) and `/api/v1/store/dashboard` (in the envelope)."""

    @operation(
        "readStoreDashboard",
        "Read the figures of one store and period",
        answer=ANSWER,
        example=EXAMPLE,
        query=StoreDashboardQuery,
        cached=True,
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with the figures of one store and period.

        400 names a parameter that is unknown or wrong; 404 is a store that is missing or not the caller's.
        """
        values = StoreDashboardQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))
        period = parse_period(values, timezone.now().astimezone(store.zone).date())
        activity.seen(request, StoreScope(store))
        return answered(request, cached_dashboard(store, period, values["basis"], values["compare"]), with_state=False)
