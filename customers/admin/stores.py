"""Stores."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from customers.actions import create_store, update_store
from customers.admin.base import StoreOwnedAdmin, user_of
from customers.models import Store
from dealport.kit.values import FieldValues


@admin.register(Store)
class StoreAdmin(StoreOwnedAdmin):
    """Stores. They are closed, not deleted: everything belongs to them."""

    store_path = "pk"
    fixed_fields = ()
    readonly_fields = ["created_at", "webhook_secret"]
    list_display = ["name", "slug", "currency", "timezone", "is_active", "created_at"]
    list_filter = ["is_active", "currency"]
    search_fields = ["^slug", "name"]
    ordering = ["slug"]
    sortable_by = ["name", "slug", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        """Return what is asked for a new store; the webhook secret is for super admins' eyes."""
        fields = ["slug", "name", "currency", "timezone"]
        if obj is None:
            return fields
        return [*fields, "is_active", "created_at", *(["webhook_secret"] if user_of(request).is_superuser else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Store | None = None) -> bool:
        """Refuse: close the store instead."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters that would let the webhook secret be guessed letter by letter."""
        return not lookup.startswith("webhook_secret") and super().lookup_allowed(lookup, value, request)

    def create(self, request: HttpRequest, values: FieldValues) -> Store:
        """Create a store."""
        fields = {name: values[name] for name in ("slug", "name", "currency", "timezone")}
        return create_store(**fields, actor=user_of(request))

    def update(self, request: HttpRequest, row: Store, changes: FieldValues) -> Store:
        """Change a store; currency and time zone only before its first order."""
        return update_store(store=row, changes=changes, actor=user_of(request))
