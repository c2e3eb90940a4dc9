"""Pages of the dashboard house, and the store dashboard as bare JSON."""

from django.urls import path

from dashboard import views
from dashboard.api import StoreDashboardView

urlpatterns = [
    path("dashboard/", views.overview, name="overview"),
    path("dashboard/<slug:slug>/", views.store, name="store-dashboard"),
    path("store/dashboard", StoreDashboardView.as_view(), name="store-dashboard-json"),
]
