"""Connections and what their sources reported, to be read; the page of each connection changes it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dealport.kit.admin.display import moment, money
from dealport.kit.texts import lazy_text as _
from orders.connections.sentences import translated
from orders.models import Connection, PrivacyRequest, SourceDifference, SourceEvent


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Sources that stores are connected to. Credentials are never shown."""

    list_display = ["address", "kind", "state", "problem_text", "last_event", "last_poll", "store"]
    list_filter = ["kind", "state", store_filter()]
    list_select_related = ["store"]
    search_fields = ["=address"]
    ordering = ["-id"]
    exclude = ["credentials", "token", "problem"]
    readonly_fields = ["problem_text"]

    @admin.display(description=_("problem"), ordering="problem")
    def problem_text(self, row: Connection) -> str:
        """Return what is wrong in the language of the page."""
        return translated(row.problem)

    @admin.display(description=_("last webhook"))
    def last_event(self, row: Connection) -> str:
        """Return when the source last reported something, in the store's zone."""
        return moment(row.last_event_at, row.store.zone)

    @admin.display(description=_("last asked"))
    def last_poll(self, row: Connection) -> str:
        """Return when the source was last asked for changes, in the store's zone."""
        return moment(row.last_poll_at, row.store.zone)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by the address of the source."""
        return queryset.filter(address=term)


class OfConnection:
    """Columns and scope of rows that belong to a connection."""

    store_path: str | None = "connection__store"

    @admin.display(description=_("store"))
    def store(self, row: Any) -> str:
        """Return the store that is connected."""
        return str(row.connection.store)


@admin.register(SourceEvent)
class SourceEventAdmin(OfConnection, ReadOnlyAdmin):
    """Webhooks of sources. Bodies hold personal data and are not shown."""

    list_display = ["received", "topic", "subject", "state", "tries", "reason_text", "connection", "store"]
    list_filter = ["state", store_filter("connection__store"), ("received_at", admin.DateFieldListFilter)]
    list_select_related = ["connection__store"]
    search_fields = ["=delivery_id"]
    ordering = ["-id"]
    exclude = ["body", "reason"]
    readonly_fields = ["reason_text"]

    @admin.display(description=_("reason"), ordering="reason")
    def reason_text(self, event: SourceEvent) -> str:
        """Return what became of it in the language of the page."""
        return translated(event.reason)

    @admin.display(description=_("received"))
    def received(self, event: SourceEvent) -> str:
        """Return when it arrived, in the store's zone."""
        return moment(event.received_at, event.connection.store.zone)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by the id of the delivery."""
        return queryset.filter(delivery_id=term)


@admin.register(SourceDifference)
class SourceDifferenceAdmin(OfConnection, ReadOnlyAdmin):
    """Days on which a source and the orders here differed."""

    list_display = ["day", "found", "source_orders", "at_source", "orders", "here", "is_repaired", "store"]
    list_filter = ["is_repaired", store_filter("connection__store"), ("day", admin.DateFieldListFilter)]
    list_select_related = ["connection__store"]
    ordering = ["-id"]

    @admin.display(description=_("found"))
    def found(self, row: SourceDifference) -> str:
        """Return when they were compared, in the store's zone."""
        return moment(row.found_at, row.connection.store.zone)

    @admin.display(description=_("sales at the source"))
    def at_source(self, row: SourceDifference) -> str:
        """Return the day's sales at the source."""
        return money(row.source_amount, row.connection.store.currency)

    @admin.display(description=_("sales here"))
    def here(self, row: SourceDifference) -> str:
        """Return the day's sales here, before the repair."""
        return money(row.amount, row.connection.store.currency)


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(OfConnection, ReadOnlyAdmin):
    """What sources asked for on behalf of persons."""

    list_display = ["requested", "kind", "erased", "done", "connection", "store"]
    list_filter = ["kind", store_filter("connection__store")]
    list_select_related = ["connection__store"]
    ordering = ["-id"]

    @admin.display(description=_("requested"))
    def requested(self, row: PrivacyRequest) -> str:
        """Return when it was asked for, in the store's zone."""
        return moment(row.requested_at, row.connection.store.zone)

    @admin.display(description=_("done"))
    def done(self, row: PrivacyRequest) -> str:
        """Return when it was carried out or handed on, in the store's zone; "-" for not yet."""
        return moment(row.done_at, row.connection.store.zone)
