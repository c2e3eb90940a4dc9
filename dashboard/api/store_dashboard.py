"""The dashboard as JSON."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from dashboard.answers.store_dashboard import cached_dashboard
from dashboard.api.inputs import VIEW_PARAMETERS, parse_basis, requested_store, single_values
from dashboard.api.schema import EXAMPLE, PARAMETERS, StoreDashboardSerializer
from dashboard.caching.fast_path import answered
from dashboard.figures.periods import parse_period
from dashboard.metrics import activity
from dealport.kit.rest.docs import operation


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
