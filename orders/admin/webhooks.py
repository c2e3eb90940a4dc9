"""What payment providers have told us."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dealport.kit.admin.display import link_to, moment
from dealport.kit.texts import lazy_text as _
from orders.admin.records import OfOrder
from orders.models import WebhookEvent


@admin.register(WebhookEvent)
class WebhookEventAdmin(OfOrder, ReadOnlyAdmin):
    """Reports that were carried out, and those of orders that were not here."""

    list_display = ["received", "order_shown", "type", "event_id", "gateway_transaction_id", "store"]
    list_filter = [store_filter(), ("order", admin.EmptyFieldListFilter), ("received_at", admin.DateFieldListFilter)]
    list_select_related = ["order", "store"]
    search_fields = ["=event_id"]
    ordering = ["-id"]

    @admin.display(description=_("received"))
    def received(self, event: WebhookEvent) -> str:
        """Return when it arrived, in the store's zone."""
        return moment(event.received_at, event.store.zone)

    @admin.display(description=_("order"))
    def order_shown(self, event: WebhookEvent) -> str:
        """Return the order, or the number that no order here had."""
        return (
            link_to(event.order)
            if event.order
            else gettext("{order_number}, unknown").format(order_number=event.order_number)
        )

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by the provider's id of the report."""
        return queryset.filter(event_id=term)
