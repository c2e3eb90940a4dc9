"""Uploaded tables: sent on a page, looked at, applied or given up."""

from __future__ import annotations

import json
from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from customers.admin.base import StoreOwnedAdmin, user_of
from customers.admin.filters import store_filter
from dealport.kit.admin.base import ActionForm
from dealport.kit.admin.display import badge, moment
from dealport.kit.admin.refusals import REFUSALS, text_of
from dealport.kit.errors import Conflict
from dealport.kit.storage import StorageAway, StorageRefused
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues, Json
from orders import uploads
from orders.models import Upload

TONES = {
    Upload.Status.SENDING: "warning",
    Upload.Status.CHECKING: "warning",
    Upload.Status.READY: "info",
    Upload.Status.APPLYING: "warning",
    Upload.Status.APPLIED: "success",
    Upload.Status.FAILED: "danger",
    Upload.Status.CANCELED: "neutral",
}
COUNTS = ("rows", "updated", "unchanged", "refused")


class UploadForm(ActionForm):
    """A file for a store."""

    file = forms.FileField(
        help_text=_("CSV or XLSX, with a column SKU and at least one of price, cost, compare-at price and stock.")
    )

    class Meta:
        model = Upload
        fields = ["store", "kind"]


@admin.register(Upload)
class UploadAdmin(StoreOwnedAdmin):
    """Files of prices and stock, and of orders. What one does is shown first; "Apply" then does it, once."""

    form = UploadForm
    list_display = ["file_name", "kind", "status_badge", "created", "counts", "created_by", "store"]
    list_filter = [store_filter(), "kind", "status"]
    list_select_related = ["store", "created_by"]
    search_fields = ["file_name"]
    ordering = ["-created_at", "-id"]
    actions = ["apply", "cancel"]
    sent = ["store", "kind", "file_name", "status_badge", "created", "created_by", "error", "counts", "details"]
    readonly_fields = ["status_badge", "created", "counts", "details"]

    def get_fields(self, request: HttpRequest, obj: Upload | None = None) -> object:
        """Ask for a file; of one that was sent, show what became of it."""
        return self.sent if obj else ["store", "kind", "file"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: a file stays as it was sent."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: what a file did stays written."""
        return False

    def create(self, request: HttpRequest, values: FieldValues) -> Upload:
        """Keep the file and let a worker check it."""
        try:
            return uploads.receive_upload(**values, actor=user_of(request))
        except (StorageAway, StorageRefused) as error:
            raise Conflict(gettext("{error} The file was not kept. Try again later.").format(error=error)) from error

    @admin.display(description=_("status"))
    def status_badge(self, upload: Upload) -> str:
        """Return where it stands as a label."""
        return badge(upload.get_status_display(), TONES[Upload.Status(upload.status)])

    @admin.display(description=_("uploaded"))
    def created(self, upload: Upload) -> str:
        """Return when it was uploaded, in the store's zone."""
        return moment(upload.created_at, upload.store.zone)

    @admin.display(description=_("rows"))
    def counts(self, upload: Upload) -> str:
        """Return how many rows change, or changed, something."""
        report = upload.receipt or upload.preview
        # of orders, each number stands beside their money
        found = {name: report[name] for name in (*COUNTS, "new") if name in report}
        numbers = {name: one["orders"] if isinstance(one, dict) else one for name, one in found.items()}
        return ", ".join(f"{number} {name}" for name, number in numbers.items()) or "-"

    @admin.display(description=_("changes and problems"))
    def details(self, upload: Upload) -> SafeString | str:
        """Return the first changes and problems, line by line."""
        report = upload.receipt or upload.preview
        lines = [*map(_change, report.get("changes", [])), *map(_problem, report.get("problems", []))]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line,) for line in lines)) or "-")

    @admin.action(description=_("Apply"), permissions=["view"])
    def apply(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        """Let a worker apply each ticked file that is ready."""
        self._each(request, queryset, uploads.confirm_upload, gettext("is being applied"))

    @admin.action(description=_("Cancel"), permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        """Give up each ticked file that is ready."""
        self._each(request, queryset, uploads.cancel_upload, gettext("is canceled; nothing of it was applied"))

    def _each(self, request: HttpRequest, queryset: QuerySet[Upload], do: Callable[..., Upload], outcome: str) -> None:
        for upload in queryset:
            try:
                do(upload=upload, actor=user_of(request))
                messages.success(request, f"{upload} {outcome}.")
            except REFUSALS as refusal:
                messages.error(request, text_of(refusal))


def _change(row: Json) -> str:
    changes = ", ".join(
        f"{name} {_shown(before)} → {_shown(after)}" for name, (before, after) in row["changes"].items()
    )
    named = {name: row[name] for name in ("line", "sku", "name")}
    return gettext("Line {line}, {sku} ({name}): {changes}").format(**named, changes=changes)


def _problem(row: object) -> str:
    if not isinstance(row, dict):
        return str(row)
    sku = row["sku"] or gettext("no SKU")
    return gettext("Line {line}, {sku}: {problem}").format(line=row["line"], sku=sku, problem=row["problem"])


def _shown(value: object) -> str:
    return gettext("not set") if value is None else value if isinstance(value, str) else json.dumps(value)
