"""Pages of the dashboard house, and the store dashboard as bare JSON."""

from django.urls import path

from dashboard.api import StoreDashboardView

urlpatterns = [
    path("store/dashboard", StoreDashboardView.as_view(), name="store-dashboard-json"),
]
