"""Exports as pages: request a file with a preview, follow it, read its receipt, download it, retry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ValidationError

from customers.models import User
from dealport.kit.errors import Conflict
from reports import exporting
from reports.datasets import DATASETS
from reports.exporting.access import failed_exports
from reports.exporting.requests import QUERY
from reports.models import ExportFormat, ExportJob, SavedQuery
from reports.pages import export_form, export_words, page_for_staff
from reports.pages.action_form import ActionForm, Errors, by_field

JOBS_PER_PAGE = 20
QUERIES_OFFERED = 200


@page_for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """Offer what can be exported and list the files so far; `type` opens the form of one dataset, POST exports it.

    GET with `preview` answers with the preview of the form alone; POST with it leads to the form, filled in.
    """
    data = request.POST if request.method == "POST" else request.GET
    if "type" not in data and request.method != "POST":
        return _choices(request)
    if request.method == "POST" and "preview" in data:
        return _filled_in(data)
    if data.get("type") == QUERY and _may_query(_user(request)):
        return _query_form(request, data)
    if data.get("type") not in DATASETS:
        return _choices(request, error=gettext("Choose what to export: there is nothing of the name you gave."))
    return _dataset_form(request, data)


@page_for_staff
@require_safe
def export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one export: its request, progress, receipt and file."""
    user = _user(request)
    job = exporting.job_or_404(user, pk)
    totals, stores = list(export_words.total_lines(job.receipt)), export_words.stores_of([job], user)
    context = {
        "section": "exports",
        "job": job,
        "asked": export_words.asked(job, stores),
        "progress": export_words.progress(job) if job.is_unfinished else None,
        "snapshot_at": parse_datetime(job.receipt.get("snapshotAt", "")),
        "totals": totals,
        "verdict": export_words.verdict(job, totals),
        "may_download": exporting.may_download(user, job),
        "may_change": exporting.may_change(user, job),
        "repeat_query": export_words.repeat_query(job),
        "zone": export_words.zone_of(job, stores),
    }
    return render(request, "reports/export.html", context)


@page_for_staff
@require_safe
def state(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Answer the page's script with the progress of an export."""
    job = exporting.job_or_404(_user(request), pk)
    found = export_words.progress(job)
    return JsonResponse(
        {
            "isOver": not job.is_unfinished,
            "status": job.get_status_display(),
            "line": found.line,
            "done": found.done,
            "total": found.total,
            "aloud": found.aloud,
        }
    )


@page_for_staff
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel an unfinished export; a message says why where it is over."""
    job = _changeable(request, pk)
    try:
        exporting.cancel_export(job=job)
    except Conflict as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("export", job.pk)


@page_for_staff
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Request an export again that failed, was canceled or has expired."""
    job = _changeable(request, pk)
    answer = _asked(request, lambda: exporting.retry_export(job=job))
    if isinstance(answer, HttpResponse):
        return answer
    gone = gettext("Request then is not there any more, a store or a filter: ask anew.")
    messages.error(request, answer.conflict or gone)
    return redirect("export", job.pk)


def _choices(request: HttpRequest, error: str = "") -> HttpResponse:
    """Show what can be exported, and the exports so far."""
    user = _user(request)
    failed = "failed" in request.GET
    found = failed_exports(user, timezone.now()) if failed else exporting.visible_jobs(user)
    jobs = found.select_related("owner").defer("sql", "receipt")
    page = Paginator(jobs.order_by("-requested_at", "-id"), JOBS_PER_PAGE).get_page(request.GET.get("page"))
    stores = export_words.stores_of(page, user)
    context = {
        "section": "exports",
        "error": error,
        "failed": failed,
        "datasets": DATASETS.values(),
        "queries": SavedQuery.objects.values("pk", "name")[:QUERIES_OFFERED] if _may_query(user) else [],
        "page": page,
        "rows": [(job, export_words.summary(job, stores), export_words.zone_of(job, stores)) for job in page],
        "keep_days": settings.EXPORT_KEEP_DAYS,
    }
    return render(request, "reports/exports.html", context, status=400 if error else 200)


def _dataset_form(request: HttpRequest, data: QueryDict) -> HttpResponse:
    """Show the form of a dataset with its preview, or export it."""
    user, is_post = _user(request), request.method == "POST"
    dataset = DATASETS[str(data["type"])]
    form = export_form.DatasetForm(dataset, user, data, is_filled=is_post or "format" in data)
    refusal = Refusal()
    if is_post:
        answer = _asked(request, lambda: export_form.request_file(form, user))
        if isinstance(answer, HttpResponse):
            return answer
        refusal = answer
    preview, errors = export_form.preview(form, user)
    form.refuse({**refusal.errors, **errors})
    if "preview" in data:
        return render(request, "reports/_export_preview.html", {"preview": preview, "form": form})
    context = {
        "section": "exports",
        "dataset": dataset,
        "form": form,
        "fields": form.group(form.filter_fields),
        "conflict": refusal.conflict,
        "preview": preview,
    }
    return render(request, "reports/exports_form.html", context, status=refusal.status)


def _query_form(request: HttpRequest, data: QueryDict) -> HttpResponse:
    """Show the form of a saved query, or export it."""
    key, given = data.get("query", ""), data.get("format", "")
    is_number = key.isascii() and key.isdigit() and len(key) < 19
    query = SavedQuery.objects.filter(pk=int(key)).first() if is_number else None
    if query is None:
        return _choices(request, error=gettext("Choose a saved query: there is none of that number."))
    started = given or str(ExportFormat.CSV)
    form = ActionForm(MultiValueDict({"format": [started]}), {"format": export_form.format_field()})
    refusal = Refusal()
    if request.method == "POST":
        answer = _asked(
            request,
            lambda: exporting.request_export(
                owner=_user(request), dataset=QUERY, filters={}, format=given, query=query
            ),
        )
        if isinstance(answer, HttpResponse):
            return answer
        refusal = answer
    form.refuse(refusal.errors)
    context = {
        "section": "exports",
        "query": query,
        "form": form,
        "conflict": refusal.conflict,
    }
    return render(request, "reports/exports_query.html", context, status=refusal.status)


@dataclass(frozen=True)
class Refusal:
    """Why nothing was exported: errors by field, or a conflict; status 200 where the form was only opened."""

    errors: Errors = field(default_factory=dict)
    conflict: str = ""
    status: int = 200


def _asked(request: HttpRequest, ask: Callable[[], ExportJob]) -> HttpResponse | Refusal:
    """Request an export and redirect to its page, or return why not."""
    started = timezone.now()
    try:
        job = ask()
    except Conflict as refusal:
        return Refusal(conflict=str(refusal.detail), status=409)
    except ValidationError as refusal:
        return Refusal(by_field(refusal), status=400)
    except Http404:
        return Refusal({"store": [export_form.NO_STORE]}, status=400)
    if job.requested_at < started:
        messages.info(request, gettext("The same was asked for before and is not finished yet: this is it."))
    return redirect("export", job.pk)


def _filled_in(data: QueryDict) -> HttpResponseRedirect:
    """Lead to the form with what was filled in, so that it can be reloaded and the token stays out of the address."""
    kept = data.copy()
    for name in ("csrfmiddlewaretoken", "preview"):
        kept.pop(name, None)
    return HttpResponseRedirect(f"{reverse('reports-exports')}?{kept.urlencode()}")


def _changeable(request: HttpRequest, pk: UUID) -> ExportJob:
    """Return the job. Raises Http404 if the person may not see it, PermissionDenied if they only got it mailed."""
    job = exporting.job_or_404(_user(request), pk)
    if not exporting.may_change(_user(request), job):
        raise PermissionDenied
    return job


def _may_query(user: User) -> bool:
    return bool(user.is_superuser and settings.DEALPORT_SQL_CONSOLE)


def _user(request: HttpRequest) -> User:
    """Return who is logged in; `page_for_staff` lets nobody else in."""
    return cast(User, request.user)
