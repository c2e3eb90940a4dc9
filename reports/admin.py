"""What the reports are made of: to be read alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dashboard.figures import Document, Figure, shown_in
from dealport.kit.admin.display import money
from dealport.kit.texts import lazy_text as _
from reports.models import (
    DailyMetrics,
    ExportJob,
    MetricsComparison,
    NotificationChoice,
    QueryRun,
    Recalculation,
    SavedQuery,
    SavedView,
    ScheduledExport,
    ScheduleMail,
    Trouble,
)

_FIGURES = [figure for figure in shown_in(Document.DAILY).values() if not figure.is_of_now]


def _column(figure: Figure) -> str | Callable[[DailyMetrics], str]:
    """Return a figure's column; an amount is shown in the row's currency."""
    if not figure.is_money:
        return figure.column

    @admin.display(description=figure.column.replace("_", " "))
    def amount(row: DailyMetrics) -> str:
        return money(getattr(row, figure.column), row.currency)

    return amount


@admin.register(DailyMetrics)
class DailyMetricsAdmin(ReadOnlyAdmin):
    """Figures of days that are over; those of all stores together are the admins' alone."""

    list_display = ["day", "shown_store", *(_column(figure) for figure in _FIGURES), "computed_at"]
    list_filter = [store_filter(), "currency", ("day", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["=day"]
    search_help_text = _("A day (2026-11-20)")
    ordering = ["-id"]

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Return the rows of one day (`2026-03-31`); none for anything else."""
        try:
            return queryset.filter(day=date.fromisoformat(term))
        except ValueError:
            return queryset.none()

    @admin.display(description=_("store"))
    def shown_store(self, row: DailyMetrics) -> str:
        """Return the store's name, or that the row is of all stores."""
        return row.store.name if row.store else gettext("All stores")


class SuperAdminsAlone(ReadOnlyAdmin):
    """What may hold raw personal data, or the query that read it."""

    store_path = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Answer whether the account is a super admin."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Answer whether the account is a super admin."""
        return bool(getattr(request.user, "is_superuser", False))


@admin.register(ExportJob)
class ExportJobAdmin(SuperAdminsAlone):
    """Exports of everybody, for support: who asked for what, how far it is, and why it failed."""

    list_display = ["title", "owner", "format", "status", "requested_at", "rows_done", "is_masked", "error"]
    list_filter = ["status", "dataset", "format", "is_masked"]
    list_select_related = ["owner"]
    ordering = ["-requested_at", "-id"]


@admin.register(ScheduledExport)
class ScheduledExportAdmin(SuperAdminsAlone):
    """Every export that is repeated."""

    list_display = ["name", "owner", "dataset", "cron", "timezone", "is_active", "next_run_at", "failures"]
    list_filter = ["is_active", "dataset"]
    list_select_related = ["owner"]
    ordering = ["-id"]


@admin.register(ScheduleMail)
class ScheduleMailAdmin(SuperAdminsAlone):
    """Every mail about a scheduled export or trouble."""

    list_display = ["schedule", "trouble", "recipient", "state", "attempts", "created_at", "sent_at", "error"]
    list_filter = ["state"]
    list_select_related = ["schedule", "trouble"]
    ordering = ["-id"]


@admin.register(Trouble)
class TroubleAdmin(SuperAdminsAlone):
    """What went wrong, how long, and when people were told."""

    list_display = ["label", "kind", "store", "began_at", "ended_at", "told_at"]
    list_filter = ["kind", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["store"]
    ordering = ["-id"]


@admin.register(NotificationChoice)
class NotificationChoiceAdmin(SuperAdminsAlone):
    """Who wants to be told of what."""

    list_display = ["user", "kind"]
    list_filter = ["kind"]
    list_select_related = ["user"]
    ordering = ["-id"]


@admin.register(SavedQuery)
class SavedQueryAdmin(SuperAdminsAlone):
    """Every statement that was kept."""

    list_display = ["name", "owner", "updated_at"]
    list_filter = [("updated_at", admin.DateFieldListFilter)]
    list_select_related = ["owner"]
    ordering = ["-id"]


@admin.register(SavedView)
class SavedViewAdmin(SuperAdminsAlone):
    """Every saved view of analytics."""

    list_display = ["name", "owner", "store", "is_shared", "updated_at"]
    list_filter = ["is_shared", ("updated_at", admin.DateFieldListFilter)]
    list_select_related = ["owner", "store"]
    ordering = ["-id"]


@admin.register(QueryRun)
class QueryRunAdmin(SuperAdminsAlone):
    """Every try to run a statement."""

    list_display = ["started_at", "user_email", "via", "outcome", "row_count", "elapsed_ms", "reason"]
    list_filter = ["outcome", "via"]
    ordering = ["-started_at", "-id"]


@admin.register(Recalculation)
class RecalculationAdmin(SuperAdminsAlone):
    """Every request to recalculate daily metrics."""

    list_display = [
        "first_day",
        "last_day",
        "store",
        "requested_by",
        "requested_at",
        "finished_at",
        "rows_written",
        "attempts",
        "error",
    ]
    list_filter = [("finished_at", admin.EmptyFieldListFilter)]
    list_select_related = ["store", "requested_by"]
    ordering = ["-id"]


@admin.register(MetricsComparison)
class MetricsComparisonAdmin(SuperAdminsAlone):
    """Every comparison of daily metrics with the figures."""

    list_display = ["checked_at", "first_day", "last_day", "rows_compared", "rows_moved", "differences"]
    list_filter = [("checked_at", admin.DateFieldListFilter)]
    ordering = ["-checked_at", "-id"]
