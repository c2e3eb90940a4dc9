"""Endpoints of the reports app, below /api/v1/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from reports.api.analytics import OverviewView, RecalculateView, RecalculationView, RequestsView, RevenueView
from reports.api.exports import DatasetsView, ExportViewSet
from reports.api.queries import QueryView, SavedQueryViewSet
from reports.api.schedules import ScheduleViewSet
from reports.api.views import SavedViewViewSet

router = SimpleRouter(trailing_slash=False)
router.register("admin/reports/export", ExportViewSet, basename="api-exports")
router.register("admin/reports/schedules", ScheduleViewSet, basename="api-schedules")
router.register("analytics/views", SavedViewViewSet, basename="api-views")
router.register("admin/reports/queries", SavedQueryViewSet, basename="api-queries")

urlpatterns = [
    path("admin/analytics/overview", OverviewView.as_view(), name="api-analytics-overview"),
    path("admin/analytics/requests", RequestsView.as_view(), name="api-analytics-requests"),
    path("admin/analytics/revenue", RevenueView.as_view(), name="api-analytics-revenue"),
    path("admin/analytics/daily-metrics/recalculate", RecalculateView.as_view(), name="api-daily-metrics-recalculate"),
    path("admin/analytics/daily-metrics/recalculate/<str:pk>", RecalculationView.as_view(), name="api-recalculation"),
    path("admin/reports/datasets", DatasetsView.as_view(), name="api-datasets"),
    path("admin/reports/query", QueryView.as_view(), name="api-query"),
    path("", include(router.urls)),
]
