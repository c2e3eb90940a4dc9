"""Pages of the reports app."""

from django.urls import path, re_path

from reports.pages import explore, exports, files, home, notifications, ready, ready_row, schedules, series, sql, views

urlpatterns = [
    path("home/", home.home, name="home"),
    path("settings/notifications/", notifications.notifications, name="notifications"),
    path("analytics/", views.analytics, name="analytics"),
    path("analytics/reports/<slug:name>/", ready.ready, name="ready"),
    path("analytics/reports/<slug:name>/row/", ready_row.ready_row, name="ready-row"),
    re_path("^analytics/reports/(?P<name>[a-z-]+)/file[.](?P<format>csv|xlsx)$", ready.ready_file, name="ready-file"),
    path("analytics/views/save", views.save, name="view-save"),
    path("analytics/views/<int:pk>/", views.view, name="view"),
    path("analytics/views/<int:pk>/delete", views.delete, name="view-delete"),
    path("analytics/explore/", explore.explore, name="explore"),
    re_path("^analytics/explore/file[.](?P<format>csv|xlsx)$", explore.explore_file, name="explore-file"),
    path("reports/series/", series.series, name="reports-series"),
    path("reports/sql/", sql.console, name="reports-sql"),
    path("reports/exports/", exports.exports, name="reports-exports"),
    path("reports/exports/<uuid:pk>/", exports.export, name="export"),
    path("reports/exports/<uuid:pk>/state", exports.state, name="export-state"),
    path("reports/exports/<uuid:pk>/cancel", exports.cancel, name="export-cancel"),
    path("reports/exports/<uuid:pk>/retry", exports.retry, name="export-retry"),
    path("reports/exports/<uuid:pk>/download", files.download, name="export-download"),
    path("reports/schedules/", schedules.schedules, name="reports-schedules"),
    path("reports/schedules/new/", schedules.new, name="schedule-new"),
    path("reports/schedules/<int:pk>/", schedules.schedule, name="schedule"),
    path("reports/schedules/<int:pk>/pause", schedules.switch, {"is_active": False}, name="schedule-pause"),
    path("reports/schedules/<int:pk>/start", schedules.switch, {"is_active": True}, name="schedule-start"),
    path("reports/schedules/<int:pk>/delete", schedules.delete, name="schedule-delete"),
    path("reports/exports/file/<str:token>", files.export_file, name="export-file"),
]
