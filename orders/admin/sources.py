"""Where orders came from."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dealport.kit.admin.display import moment
from dealport.kit.texts import lazy_text as _
from orders.admin.records import OfOrder
from orders.models import SourceRecord


@admin.register(SourceRecord)
class SourceRecordAdmin(OfOrder, ReadOnlyAdmin):
    """The order of a source that each imported order is."""

    list_display = ["external_id", "order_link", "source", "updated", "store"]
    list_filter = [store_filter(), "source"]
    list_select_related = ["order", "store"]
    search_fields = ["=external_id"]
    ordering = ["-order_id"]

    @admin.display(description=_("state of"))
    def updated(self, record: SourceRecord) -> str:
        """Return which state of the source was applied last, in the store's zone; "-" for a file."""
        return moment(record.updated_at, record.store.zone)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by the id that the source gave."""
        return queryset.filter(external_id=term)
