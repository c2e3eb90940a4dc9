"""Admin pages of store-owned rows: each person sees, and is offered, rows of their own stores alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse

from customers.access import listed, stores_for
from customers.auditing import history_of
from customers.models import AuditEntry, User
from dealport.kit.admin import base
from dealport.kit.admin.theme import SearchSelect

HISTORY_ROWS = 100


def user_of(request: HttpRequest) -> User:
    """Return who is logged in. Raises PermissionDenied for nobody."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


class OwnRows:
    """Shows and offers rows of the person's stores alone: in lists, by address, in choices.

    `store_path` is the lookup that leads from a row to its store; None for what no store owns.
    """

    store_path: str | None = "store"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Return the rows the person may see."""
        queryset = super().get_queryset(request)  # type: ignore[misc]
        if self.store_path is None:
            return queryset
        return listed(queryset, user_of(request), path=self.store_path)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: object) -> object:
        """Offer and accept what the related model's own admin would show as a choice."""
        related = self.admin_site.get_model_admin(db_field.related_model)  # type: ignore[attr-defined]
        kwargs.setdefault("queryset", related.choices(request))
        if db_field.name in self.autocomplete_fields:  # type: ignore[attr-defined]
            kwargs.setdefault("widget", SearchSelect(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class StoreOwnedAdmin(OwnRows, base.ActionAdmin):
    """Base of every ModelAdmin: rows of the viewer's stores alone, writes through actions, our own audit trail."""

    object_history_template = "admin/history.html"

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Leave the store out of a list of one store, whose name stands above it."""
        columns: Sequence[str] = super().get_list_display(request)
        return [name for name in columns if name != "store"] if request.GET.get("in_store") else columns

    def history_of(self, row: Any) -> Sequence[AuditEntry] | QuerySet[AuditEntry]:
        """Return what happened to a row, newest first."""
        return history_of(row)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the audit trail of a row, whichever way the changes came in."""
        row = self.get_object(request, unquote(object_id))
        page = Paginator(self.history_of(row) if row else [], HISTORY_ROWS).get_page(request.GET.get(PAGE_VAR, 1))
        context = {
            "action_list": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "pagination_required": page.paginator.num_pages > 1,
            **(extra_context or {}),
        }
        return super().history_view(request, object_id, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        """Choose the store for a person who has one only."""
        initial: dict[str, object] = super().get_changeform_initial_data(request)
        own = list(stores_for(user_of(request)).values_list("pk", flat=True)[:2])
        return {"store": own[0], **initial} if len(own) == 1 else initial


class ReadOnlyAdmin(base.ReadOnlyAdmin, StoreOwnedAdmin):
    """Shows rows that only actions write."""


class SoftDeleteAdmin(base.SoftDeleteAdmin, StoreOwnedAdmin):
    """Deletes by setting `deleted_at`, offers the deleted rows as a filter and an action to restore them."""


class Inline(OwnRows, base.Inline):
    """Rows of another model on a row's page."""


class ReadOnlyInline(base.ReadOnlyInline, Inline):
    """Rows that only actions write, on another row's page."""
