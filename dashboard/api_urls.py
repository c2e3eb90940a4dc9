"""Endpoints of the dashboard house, below /api/v1/."""

from django.urls import path

from dashboard.api import StoreDashboardView
from dashboard.explaining import ChangedPastView, ExplainView, MonthAsOfView

urlpatterns = [
    path("dashboard/explain", ExplainView.as_view(), name="api-explain"),
    path("dashboard/changed-past", ChangedPastView.as_view(), name="api-changed-past"),
    path("dashboard/month-as-of", MonthAsOfView.as_view(), name="api-month-as-of"),
    path("store/dashboard", StoreDashboardView.as_view(), name="api-store-dashboard"),
]
