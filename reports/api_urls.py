"""Endpoints of the reports house, below /api/v1/."""

from django.urls import path

from reports.api.analytics import OverviewView, RecalculateView, RequestsView, RevenueView

urlpatterns = [
    path("admin/analytics/overview", OverviewView.as_view(), name="api-analytics-overview"),
    path("admin/analytics/requests", RequestsView.as_view(), name="api-analytics-requests"),
    path("admin/analytics/revenue", RevenueView.as_view(), name="api-analytics-revenue"),
    path("admin/analytics/daily-metrics/recalculate", RecalculateView.as_view(), name="api-daily-metrics-recalculate"),
]
