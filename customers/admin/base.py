"""Admin pages of store-owned rows: each person sees, and is offered, rows of their own stores alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import DateTimeField, ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from customers.access import listed, stores_for
from customers.auditing import history_of
from customers.models import AuditEntry, Store, User
from dealport.kit.admin import base
from dealport.kit.admin.display import moment
from dealport.kit.admin.paging import SCOPE
from dealport.kit.admin.theme import SearchSelect

HISTORY_ROWS = 100


def user_of(request: HttpRequest) -> User:
    """Return who is logged in. Raises PermissionDenied for nobody."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


def set_store(request: HttpRequest, store: Store) -> None:
    """Make a page be about a store: its frame names it, its clocks are the store's."""
    request.store = store  # type: ignore[attr-defined]
    timezone.activate(store.zone)


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
    """Base of every ModelAdmin: rows of the viewer's stores alone, writes through actions, our own audit trail.

    Moments are those of the clocks of the row's store; of a row of no store, UTC.
    """

    object_history_template = "admin/history.html"

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Leave the store out of a list of one store, whose name stands above it."""
        columns = [self._in_zone(name) for name in super().get_list_display(request)]
        return [name for name in columns if name != "store"] if request.GET.get(SCOPE) else columns

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row of a page, which from then on is about its store: in the frame, and by its clocks."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and (store := self.store_of(row)):
            set_store(request, store)
        return row

    def store_of(self, row: Any) -> Store | None:
        """Return the store of a row; None for a row of no store."""
        names = [] if self.store_path in (None, "pk") else str(self.store_path).split("__")
        for name in names:
            row = getattr(row, name, None)
        return row if isinstance(row, Store) else None

    def zone_of(self, row: Any) -> tzinfo:
        """Return the time zone of a row's store; UTC for a row of no store."""
        store = self.store_of(row)
        return store.zone if store else UTC

    def _in_zone(self, name: str) -> Any:
        """Return a column of moments as each row's store has them; any other as it is."""
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return name
        return self._moment_column(field) if isinstance(field, DateTimeField) else name

    def _moment_column(self, field: DateTimeField) -> Callable[[Any], str]:
        def column(row: Any) -> str:
            return moment(getattr(row, field.name), self.zone_of(row))

        column.__name__ = field.name  # by which headers sort
        column.short_description = field.verbose_name  # type: ignore[attr-defined]
        column.admin_order_field = field.name  # type: ignore[attr-defined]
        return column

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
            "zone": self.zone_of(row),
            **(extra_context or {}),
        }
        return super().history_view(request, object_id, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        """Choose the store for a person who has one only."""
        initial: dict[str, object] = super().get_changeform_initial_data(request)
        own = list(stores_for(user_of(request)).values_list("pk", flat=True)[:2])
        return {"store": own[0], **initial} if len(own) == 1 else initial


class ZonedFormAdmin(StoreOwnedAdmin):
    """Rows with moments to be typed in: they are read and shown in the store's time zone, which the page names."""

    change_form_template = "admin/zoned_form.html"

    def chosen_store(self, request: HttpRequest) -> Store | None:
        """Return the store of a new row: the one its form names, else the person's only one."""
        chosen, stores = request.POST.get("store", ""), stores_for(request.user)
        if not chosen:
            known = list(stores[:2])
            return known[0] if len(known) == 1 else None
        is_id = chosen.isascii() and chosen.isdigit() and len(chosen) < 19
        return stores.filter(pk=int(chosen)).first() if is_id else None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Set the clocks before the form is read, and name their zone."""
        row = self.get_object(request, unquote(object_id)) if object_id else self.chosen_store(request)
        zone = row.zone if isinstance(row, Store) else UTC if row is None else self.zone_of(row)
        timezone.activate(zone)
        context = {"zone_note": gettext("Times are those of {key}.").format(key=zone), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


class ReadOnlyAdmin(base.ReadOnlyAdmin, StoreOwnedAdmin):
    """Shows rows that only actions write."""


class SoftDeleteAdmin(base.SoftDeleteAdmin, StoreOwnedAdmin):
    """Deletes by setting `deleted_at`, offers the deleted rows as a filter and an action to restore them."""


class Inline(OwnRows, base.Inline):
    """Rows of another model on a row's page."""


class ReadOnlyInline(base.ReadOnlyInline, Inline):
    """Rows that only actions write, on another row's page."""
