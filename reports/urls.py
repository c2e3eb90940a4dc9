"""Pages of the reports house."""

from django.urls import path

from reports.pages import exports, files, series, sql

urlpatterns = [
    path("reports/series/", series.series, name="reports-series"),
    path("reports/sql/", sql.console, name="reports-sql"),
    path("reports/exports/", exports.exports, name="reports-exports"),
    path("reports/exports/<uuid:pk>/", exports.export, name="export"),
    path("reports/exports/<uuid:pk>/state", exports.state, name="export-state"),
    path("reports/exports/<uuid:pk>/cancel", exports.cancel, name="export-cancel"),
    path("reports/exports/<uuid:pk>/retry", exports.retry, name="export-retry"),
    path("reports/exports/<uuid:pk>/download", files.download, name="export-download"),
    path("reports/exports/file/<str:token>", files.export_file, name="export-file"),
]
