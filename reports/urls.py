"""Pages of the reports house."""

from django.urls import path

from reports.pages import files, series

urlpatterns = [
    path("reports/series/", series.series, name="reports-series"),
    path("reports/exports/<uuid:pk>/download", files.download, name="export-download"),
    path("reports/exports/file/<str:token>", files.export_file, name="export-file"),
]
