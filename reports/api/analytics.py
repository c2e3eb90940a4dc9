"""`/admin/analytics`: figures along time, of staff those of their stores; daily metrics aggregated on demand, for
admins."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.access import store_or_404
from customers.models import User
from customers.rest.views import IsAdmin, WorksInStores
from customers.scopes import ALL_STORES, StoreScope
from dashboard.api.inputs import check_range
from dashboard.caching.http import respond
from dashboard.metrics import activity
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.rest.queries import read_single
from reports.api import analytics_schema
from reports.api.analytics_schema import RecalculationState
from reports.api.inputs import RecalculationInput
from reports.daily.recalculation import request_recalculation
from reports.models import Recalculation
from reports.timeseries import series
from reports.timeseries.queries import RevenueQuery, SeriesQuery
from reports.timeseries.series import SeriesRequest, read_request, todays


class AnalyticsView(APIView):
    """What the time series share."""

    permission_classes: tuple[type[BasePermission], ...] = (IsAuthenticated, WorksInStores)

    def series_request(self, request: Request, query: type[SeriesQuery] = SeriesQuery) -> SeriesRequest:
        """Read the parameters that `query` declares. Raises ValidationError, Http404."""
        wanted = read_request(request.user, query.read(request.query_params))
        activity.seen(request, wanted.scope)
        return wanted


class OverviewView(AnalyticsView):
    """`GET /api/v1/admin/analytics/overview`: every count and the sales by bucket."""

    @analytics_schema.OVERVIEW
    def get(self, request: Request) -> HttpResponse:
        """Answer with every count and the sales by bucket. 400 names a parameter, 404 is a store that is not there."""
        return respond(request, series.read_overview(self.series_request(request)))


class RequestsView(AnalyticsView):
    """`GET /api/v1/admin/analytics/requests`: orders, page views and active accounts by bucket."""

    @analytics_schema.REQUESTS
    def get(self, request: Request) -> HttpResponse:
        """Answer with orders, page views and active accounts by bucket."""
        return respond(request, series.read_requests(self.series_request(request)))


class RevenueView(AnalyticsView):
    """`GET /api/v1/admin/analytics/revenue`: sales by bucket beside those they are compared with."""

    @analytics_schema.REVENUE
    def get(self, request: Request) -> HttpResponse:
        """Answer with the sales by bucket, and those they are compared with."""
        return respond(request, series.read_revenue(self.series_request(request, RevenueQuery)))


class RecalculateView(AnalyticsView):
    """`POST /api/v1/admin/analytics/daily-metrics/recalculate`. For admins."""

    permission_classes = (IsAuthenticated, IsAdmin)

    @analytics_schema.RECALCULATE
    def post(self, request: Request) -> Response:
        """Queue the recalculation of some days. 400 names a field, 404 is an unknown store."""
        body = RecalculationInput(data=request.data)
        body.is_valid(raise_exception=True)
        days = DayRange(body.validated_data["from"], body.validated_data["to"])
        key = body.validated_data.get("store")
        scope = ALL_STORES if key is None else StoreScope(store_or_404(request.user, key))
        check_range(days)
        if days.last >= max(todays(scope, timezone.now())):
            raise invalid("to", "Enter a day that is over.")
        row = request_recalculation(scope=scope, days=days, actor=cast(User, request.user))
        return Response(_recalculation(row), status=202)


class RecalculationView(AnalyticsView):
    """`GET /api/v1/admin/analytics/daily-metrics/recalculate/{id}`. For admins."""

    permission_classes = (IsAuthenticated, IsAdmin)

    @analytics_schema.RECALCULATION
    def get(self, request: Request, pk: str) -> Response:
        """Answer with what became of a recalculation; 404 for one that is not there, or not any more."""
        read_single(request.query_params, set())
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            raise Http404
        return Response(_recalculation(get_object_or_404(Recalculation.objects.select_related("store"), pk=pk)))


def _recalculation(row: Recalculation) -> dict[str, object]:
    return RecalculationState(
        id=row.pk,
        from_=row.first_day,
        to=row.last_day,
        store=row.store.slug if row.store else None,
        status=row.state,
        requested_at=row.requested_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        rows_written=row.rows_written,
        error=row.error,
    ).to_json()
