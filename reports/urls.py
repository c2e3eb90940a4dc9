"""Pages of the reports house."""

from django.urls import path

from reports.pages import files

urlpatterns = [
    path("reports/exports/<uuid:pk>/download", files.download, name="export-download"),
    path("reports/exports/file/<str:token>", files.export_file, name="export-file"),
]
