"""The dashboard as JSON."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.rest.docs import operation
from dashboard.docs import EXAMPLE, PARAMETERS, StoreDashboardSerializer
from dashboard.figures import store_dashboard
from dashboard.parameters import VIEW_PARAMETERS, parse_basis, requested_store, single_values
from dashboard.periods import parse_period
from dashboard.serializers import store_dashboard_data


class StoreDashboardView(APIView):
    """`GET /store/dashboard` (bare body) and `/api/v1/store/dashboard` (in the envelope)."""

    @operation(
        "readStoreDashboard",
        "Read the figures of one store and period",
        answer=StoreDashboardSerializer,
        example=EXAMPLE,
        parameters=PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Answer with the figures of one store and period.

        400 names a parameter that is unknown or wrong; 404 is a store that is missing or not the caller's.
        """
        params = single_values(request.query_params, "store", *VIEW_PARAMETERS)
        store = requested_store(request.user, params)
        period = parse_period(params, timezone.now().astimezone(store.zone).date())
        figures = store_dashboard(store, period, parse_basis(params))
        return Response(store_dashboard_data(figures), headers={"Cache-Control": "private, no-store"})
