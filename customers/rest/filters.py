"""Filters shared by lists of store-owned rows."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from customers.access import store_or_404


class StoreFilterSet(django_filters.FilterSet):
    """Takes `?store=` (id or slug). A store that is missing or not the caller's is 404, as everywhere."""

    store = django_filters.CharFilter(method="in_store")

    def in_store(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrow to one of the caller's stores. Raises Http404."""
        return queryset.filter(store=store_or_404(self.request.user, value))
