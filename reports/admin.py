"""What the reports are made of: to be read alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from customers.admin.base import ReadOnlyAdmin
from customers.admin.display import money
from customers.admin.filters import store_filter
from reports.models import DailyMetrics


@admin.register(DailyMetrics)
class DailyMetricsAdmin(ReadOnlyAdmin):
    """Figures of days that are over; those of all stores together are the admins' alone."""

    list_display = [
        "day", "shown_store", "shown_sales", "shown_revenue", "orders", "completed", "refunded", "expired",
        "total_customers", "computed_at",
    ]  # fmt: skip
    list_filter = [store_filter(), "currency", ("day", admin.DateFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["=day"]
    search_help_text = "A day (2026-11-20)"
    ordering = ["-id"]

    def search(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by day."""
        try:
            return queryset.filter(day=date.fromisoformat(term))
        except ValueError:
            return queryset.none()

    @admin.display(description="store")
    def shown_store(self, row: DailyMetrics) -> str:
        """Return the store's name."""
        return row.store.name if row.store else "All stores"

    @admin.display(description="sales")
    def shown_sales(self, row: DailyMetrics) -> str:
        """Return the sales in their currency."""
        return money(row.sales, row.currency)

    @admin.display(description="revenue")
    def shown_revenue(self, row: DailyMetrics) -> str:
        """Return the revenue in its currency."""
        return money(row.revenue, row.currency)
