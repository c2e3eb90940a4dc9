"""The audit trail as a list: who changed what."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from customers.models import AuditEntry
from dealport.kit.texts import lazy_text as _


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Changes of the person's own stores; those of no store are for who sees all."""

    fields = ["at", "store", "object_type", "object_id", "object_label", "action", "shown", "actor_label", "surface"]
    readonly_fields = ["shown"]
    list_display = ["at", "object_label", "object_type", "action", "actor_label", "surface", "store"]
    list_filter = [store_filter(), "surface"]
    list_select_related = ["store"]
    search_fields = ["=object_label", "=actor_label"]
    search_help_text = _("The object's whole name, or the whole email of who changed it")
    ordering = ["-id"]

    @admin.display(description=_("changes"))
    def shown(self, entry: AuditEntry) -> SafeString:
        """Return one line per changed field."""
        lines = ((field, before, after) for field, (before, after) in entry.changed)
        return format_html_join("", "<div>{}: {} → {}</div>", lines)
