"""Filters that every app's lists share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest


class DeletedFilter(admin.SimpleListFilter):
    """Leaves out deleted rows unless the filter says otherwise."""

    title = "deletion"
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the choices besides the default."""
        return [("yes", "Deleted"), ("all", "Both")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Name the default for what it is."""
        default, *others = super().choices(changelist)
        yield {**default, "display": "Present"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return present rows, deleted ones, or both."""
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")
