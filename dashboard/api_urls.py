"""Endpoints of the dashboard house, below /api/v1/."""

from django.urls import path

from dashboard.api import StoreDashboardView

urlpatterns = [
    path("store/dashboard", StoreDashboardView.as_view(), name="api-store-dashboard"),
]
