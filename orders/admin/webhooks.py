"""What payment providers have told us."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dealport.kit.admin.display import moment
from orders.admin.records import OfOrder
from orders.models import WebhookEvent


@admin.register(WebhookEvent)
class WebhookEventAdmin(OfOrder, ReadOnlyAdmin):
    """Reports that were carried out."""

    list_display = ["received", "order_link", "type", "event_id", "gateway_transaction_id", "store"]
    list_filter = [store_filter(), ("received_at", admin.DateFieldListFilter)]
    list_select_related = ["order", "store"]
    search_fields = ["=event_id"]
    ordering = ["-id"]

    @admin.display(description="received")
    def received(self, event: WebhookEvent) -> str:
        """Return when it arrived, in the store's zone."""
        return moment(event.received_at, event.store.zone)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by the provider's id of the report."""
        return queryset.filter(event_id=term)
