"""Pictures, to be looked at: which are ready, and why others are not."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from customers.models import Picture


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """Pictures of products, categories, customers and accounts."""

    fields = ["subject", "subject_id", "source_url", "status", "error", "width", "height", "created_at"]
    list_display = ["shown", "subject", "subject_id", "status", "error", "source_url", "store"]
    list_display_links = ["subject"]
    list_filter = [store_filter(), "status"]
    list_select_related = ["store"]
    search_fields = ["source_url"]
    ordering = ["-id"]

    @admin.display(description="picture")
    def shown(self, picture: Picture) -> str:
        """Return the thumbnail from our own address; nothing until a worker has made it."""
        if picture.status != Picture.Status.READY:
            return ""
        return format_html('<img class="dp-picture" src="{}" alt="" loading="lazy">', picture.thumbnail_address)
