"""Fetching files: by a signed link that checks rights on each click, or from the page, which makes such a link."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dealport.kit.storage import MissingFile, StorageAway, StorageRefused, store
from reports import exporting
from reports.exporting.running import CONTENT_TYPES
from reports.models import ExportFormat
from reports.pages import page_for_staff


@page_for_staff
@require_safe
def download(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lead to the file of an export with a fresh link."""
    job = exporting.job_or_404(request.user, pk)  # type: ignore[arg-type]
    try:
        return HttpResponseRedirect(exporting.download_link(request.user, job))  # type: ignore[arg-type]
    except (StorageAway, StorageRefused):
        return _away(request)


@require_safe
@cache_control(private=True, no_store=True)
def export_file(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """Send the file that a signed link names. The link says who got it; what they may do is asked now."""
    try:
        job = exporting.read_link(token)
        file = store().open(job.file_key)
    except exporting.LinkExpired:
        return _sorry(
            request,
            403,
            gettext("This link has expired"),
            gettext("Links to files work for a few minutes: open the export again."),
        )
    except MissingFile:
        raise Http404("no such file") from None
    except (StorageAway, StorageRefused):
        return _away(request)
    content_type = CONTENT_TYPES[ExportFormat(job.format)]
    return FileResponse(file, as_attachment=True, filename=job.file_name, content_type=content_type)


def _away(request: HttpRequest) -> HttpResponse:
    return _sorry(
        request, 503, gettext("The file cannot be fetched now"), gettext("The storage does not answer; try again soon.")
    )


def _sorry(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "error.html", {"status": status, "title": title, "text": text}, status=status)
