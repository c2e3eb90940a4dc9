"""Uploads as pages: a file is sent, looked at and applied; uploads.js sends large ones in parts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import APIException

from customers.access import get_or_404, stores_for, visible
from customers.models import Store, User
from dashboard.pages.connections import page_for_stores, texts_of, user_of
from dealport.kit.storage import MissingFile, StorageAway, StorageRefused
from dealport.kit.storage import store as file_store
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders import uploads
from orders.importing.refused import refused_suffix
from orders.models import Upload
from orders.uploads.orders import REFUSED_SUFFIX

PER_PAGE = 25
PART_BYTES = 2_000_000
"""Of a file that comes in parts; below DATA_UPLOAD_MAX_MEMORY_SIZE."""
ENDS = (
    ("new", _("New")),
    ("updated", _("Updated")),
    ("unchanged", _("Unchanged")),
    ("older", _("Older than what is here")),
    ("changedHere", _("Changed here, left alone")),
    ("notApplied", _("Not applied")),
    ("refused", _("Refused")),
)


class UploadForm(forms.Form):
    """What a file is of, for which store, and how its columns, times and dates are meant. The file is read apart."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), to_field_name="slug", empty_label=None)
    kind = forms.ChoiceField(
        label=_("What it holds"), choices=[(value, _(label)) for value, label in reversed(Upload.Kind.choices)]
    )
    times = forms.ChoiceField(
        label=_("Times without an offset"),
        required=False,
        choices=[("", _("Refuse them")), ("store", _("Are in the store's time zone"))],
    )
    dates = forms.ChoiceField(
        label=_("Dates such as 01/02/2026"),
        required=False,
        choices=[("", _("Refuse them")), ("day-first", _("Day first")), ("month-first", _("Month first"))],
    )
    map = forms.CharField(
        label=_("Columns, if the file is a table of your own"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea({"rows": 3, "placeholder": "name=Order No"}),
        help_text=_("One a line: name, date, total, item, quantity, price, sku, email, status … = your column."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user).filter(is_active=True).order_by("name")  # type: ignore[attr-defined]

    def values(self) -> FieldValues:
        """Return what the actions take."""
        data = self.cleaned_data
        lines = [line.strip() for line in data["map"].splitlines() if line.strip()]
        options = {"map": lines, "times": data["times"], "dates": data["dates"]}
        return {
            "store": data["store"],
            "kind": data["kind"],
            "options": {name: value for name, value in options.items() if value},
        }


@page_for_stores
@require_safe
def uploads_list(request: HttpRequest) -> HttpResponse:
    """List the uploads to the viewer's stores, newest first."""
    rows = visible(Upload.objects.select_related("store", "created_by"), user_of(request)).order_by(
        "-created_at", "-id"
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/uploads.html", {"page": page})


@page_for_stores
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the form; POST takes a file as it is, up to DEALPORT_UPLOAD_BYTES."""
    user, is_sent = user_of(request), request.method == "POST"
    form = UploadForm(user, request.POST if is_sent else None, initial={"store": request.GET.get("store")})
    if is_sent and form.is_valid():
        file = request.FILES.get("file")
        if file is None:
            form.add_error(None, gettext("Choose a file."))
        else:
            try:
                made = uploads.receive_upload(**form.values(), file=file, actor=user)
                return redirect("upload", made.pk)
            except (APIException, StorageAway, StorageRefused) as error:
                form.add_error(None, " ".join(texts_of(error)))
    context = {
        "form": form,
        "part_bytes": PART_BYTES,
        "most_bytes": settings.DEALPORT_IMPORT_BYTES,
        "most_at_once": settings.DEALPORT_UPLOAD_BYTES,
    }
    return render(request, "dashboard/upload_new.html", context, status=400 if form.errors else 200)


@page_for_stores
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Announce a file that comes in parts; answer where they go."""
    form = UploadForm(user_of(request), request.POST)
    name, size = request.POST.get("fileName", "").replace("\0", ""), request.POST.get("size", "")
    if not form.is_valid():
        return _refused(" ".join(str(text) for texts in form.errors.values() for text in texts))
    if not (size.isascii() and size.isdecimal() and len(size) < 19):
        return _refused(gettext("Choose a file that is not empty."))
    try:
        made = uploads.begin_upload(**form.values(), file_name=name, size=int(size), actor=user_of(request))
    except APIException as error:
        return _refused(" ".join(texts_of(error)), error.status_code)
    return JsonResponse({"id": made.pk, "parts": f"/uploads/{made.pk}/parts/", "page": f"/uploads/{made.pk}/"})


@page_for_stores
@require_POST
def part(request: HttpRequest, pk: str, number: int) -> HttpResponse:
    """Keep a part of a file, its bytes as the body."""
    found = _upload(request, pk)
    try:
        found = uploads.add_part(upload=found, number=number, content=request.body)
    except APIException as error:
        return _refused(" ".join(texts_of(error)), error.status_code)
    except StorageAway as error:
        return _refused(str(error), 503)
    except StorageRefused as error:
        return _refused(str(error), 500)
    return JsonResponse({"parts": found.parts, "received": found.received})


@page_for_stores
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what applying a file would do, or what it did; POST applies it or gives it up."""
    found = _upload(request, pk)
    if request.method == "POST":
        act = uploads.cancel_upload if request.POST.get("action") == "cancel" else uploads.confirm_upload
        try:
            act(upload=found, actor=user_of(request))
        except APIException as error:
            messages.error(request, " ".join(texts_of(error)))
        return redirect("upload", found.pk)
    report = found.receipt or found.preview
    is_orders = found.kind == Upload.Kind.ORDERS
    ends = [
        (label, report[name]["orders"], Decimal(report[name]["amount"]))
        for name, label in ENDS
        if is_orders and report.get(name, {}).get("orders")
    ]
    context = {
        "upload": found,
        "error": gettext(found.error) if found.error else "",
        "store": found.store,
        "zone": found.store.zone,
        "report": report,
        "problems": [problem for problem in report.get("problems", []) if str(problem) not in found.error],
        "sales": Decimal(report.get("sales", 0)),
        "ends": ends,
        "is_orders": is_orders,
        "waits": found.is_working or found.status == Upload.Status.SENDING,
        "has_refused_file": found.receipt.get("hasRefusedFile") and found.file_key,
    }
    return render(request, "dashboard/upload.html", context)


@page_for_stores
@require_safe
def refused_rows(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Send the rows that were left out, with the reasons, as a file that can be corrected and uploaded again."""
    found = _upload(request, pk)
    if not (found.receipt.get("hasRefusedFile") and found.file_key):
        raise Http404("no such file")
    try:
        content = file_store().open(found.file_key + REFUSED_SUFFIX)
    except MissingFile:
        raise Http404("no such file") from None
    suffix = refused_suffix(found.file_name)
    kind = "text/csv; charset=utf-8" if suffix == REFUSED_SUFFIX else "application/json"
    return FileResponse(content, as_attachment=True, filename=found.file_name + suffix, content_type=kind)


def _upload(request: HttpRequest, pk: str) -> Upload:
    return get_or_404(Upload.objects.select_related("store"), user_of(request), pk)


def _refused(text: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": text}, status=status)
