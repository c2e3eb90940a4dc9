"""Pages of the dashboard app, and the store dashboard as bare JSON."""

from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path

from dashboard.api.store_dashboard import StoreDashboardView
from dashboard.caching.fast_path import express
from dashboard.pages import connections as connection_pages
from dashboard.pages import explain as explain_pages
from dashboard.pages import live as live_pages
from dashboard.pages import search as search_pages
from dashboard.pages import snapshot as snapshot_pages
from dashboard.pages import store as views
from dashboard.pages import uploads as upload_pages

urlpatterns = [
    path("dashboard/", views.overview, name="overview"),
    path("dashboard/<slug:slug>/", views.store, name="store-dashboard"),
    path("dashboard/<slug:slug>/csv/<str:name>/", views.table, name="store-table"),
    path("live/", live_pages.live, name="live"),
    path("search/", search_pages.search, name="search"),
    path("company/", snapshot_pages.company, name="company"),
    path("explain/", explain_pages.explain_stores, name="explain-stores"),
    path("company/explain/", snapshot_pages.company_explain, name="company-explain"),
    path("dashboard/<slug:slug>/snapshot/", snapshot_pages.store_snapshot, name="store-snapshot"),
    path("dashboard/<slug:slug>/explain/", explain_pages.explain, name="explain"),
    path("dashboard/<slug:slug>/bridge/", explain_pages.bridge, name="bridge"),
    path("dashboard/<slug:slug>/changed/", explain_pages.changed_past, name="changed-past"),
    path("connections/", connection_pages.connections, name="connections"),
    path("connections/new/<str:kind>/", connection_pages.connect, name="connection-new"),
    path("connections/<str:pk>/", connection_pages.connection, name="connection"),
    path("connections/<str:pk>/privacy/<str:request_id>/", connection_pages.privacy_report, name="connection-privacy"),
    path("uploads/", upload_pages.uploads_list, name="uploads"),
    path("uploads/new/", upload_pages.new, name="upload-new"),
    path("uploads/begin/", upload_pages.begin, name="upload-begin"),
    path("uploads/<str:pk>/", upload_pages.upload, name="upload"),
    path("uploads/<str:pk>/parts/<int:number>/", upload_pages.part, name="upload-part"),
    path("uploads/<str:pk>/refused/", upload_pages.refused_rows, name="upload-refused"),
    path("favicon.ico", lambda request: redirect(static("dashboard/mark.svg"), permanent=True)),
    path("store/dashboard", express(StoreDashboardView.as_view()), name="store-dashboard-json"),
]
