"""Endpoints of the dashboard app, below /api/v1/."""

from django.urls import path

from dashboard.api.analytics import AnalyticsQueryView
from dashboard.api.bridge import BridgeView
from dashboard.api.explain import ChangedPastView, ExplainView, MonthAsOfView
from dashboard.api.explain_stores import ExplainStoresView
from dashboard.api.figures import (
    MetricsView,
    ProductSalesView,
    SalesByCategoryView,
    SalesByCountryView,
    TopProductsView,
    WeeklyReportView,
)
from dashboard.api.store_dashboard import StoreDashboardView
from dashboard.caching.fast_path import express

urlpatterns = [
    path("dashboard/metrics", express(MetricsView.as_view()), name="api-dashboard-metrics"),
    path("dashboard/weekly-report", express(WeeklyReportView.as_view()), name="api-weekly-report"),
    path("dashboard/top-products", express(TopProductsView.as_view()), name="api-top-products"),
    path("dashboard/sales-by-country", express(SalesByCountryView.as_view()), name="api-sales-by-country"),
    path("dashboard/sales-by-category", express(SalesByCategoryView.as_view()), name="api-sales-by-category"),
    path("analytics/query", AnalyticsQueryView.as_view(), name="api-analytics-query"),
    path("products/<str:pk>/sales", ProductSalesView.as_view(), name="api-product-sales"),
    path("dashboard/explain", ExplainView.as_view(), name="api-explain"),
    path("dashboard/explain/stores", ExplainStoresView.as_view(), name="api-explain-stores"),
    path("dashboard/bridge", BridgeView.as_view(), name="api-bridge"),
    path("dashboard/changed-past", ChangedPastView.as_view(), name="api-changed-past"),
    path("dashboard/month-as-of", MonthAsOfView.as_view(), name="api-month-as-of"),
    path("store/dashboard", express(StoreDashboardView.as_view()), name="api-store-dashboard"),
]
