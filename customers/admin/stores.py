"""Stores."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext

from customers.actions import create_store, rotate_webhook_secret, update_store
from customers.admin.base import StoreOwnedAdmin, user_of
from customers.models import Store
from dealport.kit.admin.display import moment
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues

OVERLAP = timedelta(hours=24)
WEBHOOK = "/api/v1/payments/webhook/{slug}"


@admin.register(Store)
class StoreAdmin(StoreOwnedAdmin):
    """Stores. They are closed, not deleted: everything belongs to them."""

    store_path = "pk"
    fixed_fields = ()
    readonly_fields = ["webhook", "created"]
    actions = ["rotate_secret"]
    list_display = ["name", "slug", "currency", "timezone", "is_active", "created"]
    list_filter = ["is_active", "currency"]
    search_fields = ["^slug", "name"]
    ordering = ["slug"]
    sortable_by = ["name", "slug", "created"]

    def get_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        """Return what is asked for a new store; the webhook secret is shown once, when it is made."""
        fields = ["slug", "name", "currency", "timezone"]
        return fields if obj is None else [*fields, "is_active", "webhook", "created"]

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, store: Store) -> str:
        """Return when it was made, in its zone."""
        return moment(store.created_at, store.zone)

    @admin.display(description=_("payment webhook"))
    def webhook(self, store: Store) -> str:
        """Return where the payment provider reports to, and how its secret is made anew."""
        text = gettext("{path}, signed with a secret. A super admin makes a new one in the list of stores.")
        return text.format(path=WEBHOOK.format(slug=store.slug))

    def has_delete_permission(self, request: HttpRequest, obj: Store | None = None) -> bool:
        """Refuse: close the store instead."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters that would let the webhook secret be guessed letter by letter."""
        return "webhook_secret" not in lookup and super().lookup_allowed(lookup, value, request)

    def create(self, request: HttpRequest, values: FieldValues) -> Store:
        """Create the store with its payment methods. Raises ValidationError by field, Conflict for a known slug."""
        fields = {name: values[name] for name in ("slug", "name", "currency", "timezone")}
        return create_store(**fields, actor=user_of(request))

    def update(self, request: HttpRequest, row: Store, changes: FieldValues) -> Store:
        """Change a store; currency and time zone only before its first order."""
        return update_store(store=row, changes=changes, actor=user_of(request))

    @admin.action(description=_("Make a new webhook secret"), permissions=["change"])
    def rotate_secret(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        """Make a new webhook secret of each ticked store and show it, this once; the former works for a day."""
        if not user_of(request).is_superuser:
            messages.error(request, gettext("Only super admins make webhook secrets."))
            return
        for store in queryset:
            made = rotate_webhook_secret(store=store, overlap=OVERLAP, actor=user_of(request))
            text = gettext(
                "{}: the secret {} signs reports to {}. It is not shown again; the former one works for 24 hours."
            )
            address = request.build_absolute_uri(WEBHOOK.format(slug=store.slug))
            messages.success(request, format_html(text, store, made.webhook_secret, address))
