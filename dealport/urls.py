"""Addresses. Each app brings `urls.py` (pages, at the root) and `api/urls.py` (below /api/v1/)."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from dealport import health, media, metrics
from dealport.api.docs import DocumentationView

APPS = ("customers", "orders", "dashboard", "reports")

handler400 = "dealport.error_pages.bad_request"
handler403 = "dealport.error_pages.permission_denied"
handler404 = "dealport.error_pages.page_not_found"
handler500 = "dealport.error_pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    # Tried in this order: what is asked for most comes first, dashboards from their cache before all.
    *(path("api/v1/", include(f"{app}.api.urls")) for app in ("dashboard", "orders", "customers", "reports")),
    path("", RedirectView.as_view(url=settings.LOGIN_REDIRECT_URL)),
    path("health", health.alive, name="health"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", DocumentationView.as_view(), name="api-docs"),
    path("api/docs/<slug:tag>", DocumentationView.as_view(), name="api-docs-part"),
    *(path("", include(f"{app}.urls")) for app in APPS),
    path("admin/", admin.site.urls),  # last: the houses may answer a page of it themselves
]
if settings.DEALPORT_DEMO:
    urlpatterns.append(re_path(r"^media/(?P<path>.*)$", media.serve_media))
