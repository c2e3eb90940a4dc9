"""Merges of customers, to be looked at."""

from __future__ import annotations

from django.contrib import admin

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from customers.models import CustomerMerge


@admin.register(CustomerMerge)
class CustomerMergeAdmin(ReadOnlyAdmin):
    """Which customer became part of which."""

    fields = ["customer", "merged", "merged_at", "undone_at"]
    list_display = ["merged_at", "customer", "merged", "undone_at", "store"]
    list_filter = [store_filter(), ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["customer", "merged", "store"]
    search_fields = ["^merged__email"]
    ordering = ["-id"]
