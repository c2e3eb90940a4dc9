"""Schedules as pages: what runs when and how it went, a form to make and change them, pause, start, delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ValidationError

from customers.models import Store, User
from dealport.kit.errors import Conflict
from reports import scheduling
from reports.datasets import DATASETS, Dataset
from reports.exporting.requests import QUERY
from reports.models import ExportJob, SavedQuery, ScheduledExport, ScheduleMail
from reports.pages import export_form, export_words, page_for_staff, schedule_form
from reports.pages.action_form import Errors, by_field
from reports.pages.schedule_form import ScheduleForm
from reports.pages.schedule_when import in_words
from reports.scheduling.access import failing_schedules
from reports.scheduling.checking import PERIOD
from reports.scheduling.outcomes import FAILURES
from reports.scheduling.periods import PERIODS

PER_PAGE = 20
RUNS = 20
"""How many of its exports the page of a schedule shows."""


@page_for_staff
@require_safe
def schedules(request: HttpRequest) -> HttpResponse:
    """List the schedules a person may see: when they run next, how the last run went, who gets them."""
    user = _user(request)
    failed = "failed" in request.GET
    found = failing_schedules(user) if failed else scheduling.visible_schedules(user)
    page = Paginator(found.order_by("-is_active", "next_run_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "schedules", "page": page, "rows": _rows(list(page), user), "most_failures": FAILURES}
    context["failed"] = failed
    return render(request, "reports/schedules.html", context)


@page_for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Offer what can be exported; with `type` show the form, POST creates the schedule."""
    user, data = _user(request), request.POST if request.method == "POST" else request.GET
    kind = data.get("type", "")
    dataset = DATASETS.get(kind)
    query = _query(data.get("query", ""), user) if kind == QUERY else None
    if dataset is None and query is None:
        return _chooser(request, is_wrong=bool(kind) or request.method == "POST")
    if request.method != "POST":
        return _form(request, schedule_form.new_form(dataset, query, user, request.GET))
    return _saved(request, ScheduleForm(dataset, query, user, request.POST), None)


@page_for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a schedule with its runs and its form; POST changes it."""
    found = scheduling.schedule_or_404(request.user, pk)
    user = _user(request)
    if request.method != "POST":
        return _form(request, schedule_form.form_of(found, user), found)
    return _saved(request, ScheduleForm(DATASETS.get(found.dataset), found.query, user, request.POST), found)


@page_for_staff
@require_POST
def switch(request: HttpRequest, pk: int, is_active: bool) -> HttpResponse:
    """Pause a schedule, or start it (again)."""
    found = scheduling.schedule_or_404(request.user, pk)
    try:
        scheduling.change_schedule(schedule=found, values={"is_active": is_active}, actor=_user(request))
    except (ValidationError, Http404) as refusal:
        form = schedule_form.form_of(found, _user(request))
        form.refuse(_errors(refusal))
        lines = "; ".join(text for _, text in form.error_lines)
        messages.error(
            request, gettext("It was not started, because it could not run. {lines}").format(lines=lines)[:1000]
        )
        return redirect("schedule", found.pk)
    messages.info(
        request,
        (gettext("“{name}” runs again.") if is_active else gettext("“{name}” is paused.")).format(name=found.name),
    )
    return redirect("reports-schedules")


@page_for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a schedule is to be deleted; POST deletes it."""
    found = scheduling.schedule_or_404(request.user, pk)
    if request.method != "POST":
        return render(request, "reports/schedules_delete.html", {"section": "schedules", "schedule": found})
    scheduling.delete_schedule(schedule=found, actor=_user(request))
    messages.info(request, gettext("“{name}” is deleted; its files stay.").format(name=found.name))
    return redirect("reports-schedules")


@dataclass(frozen=True)
class Row:
    """A schedule of the list: what, when, and its last export."""

    schedule: ScheduledExport
    what: str
    when: str
    zone: ZoneInfo
    job: ExportJob | None


@dataclass(frozen=True)
class Run:
    """An export of a schedule, and what became of its mails."""

    job: ExportJob
    sent: int
    waiting: int
    problems: list[ScheduleMail] = field(default_factory=list)


def _rows(found: list[ScheduledExport], user: User) -> list[Row]:
    latest = ExportJob.objects.filter(schedule__in=found).order_by("schedule", "-requested_at", "-pk")
    jobs = {job.schedule_id: job for job in latest.distinct("schedule").defer("receipt", "sql")}
    stores = export_words.stores_of(found, user)
    return [Row(row, _what(row, stores), in_words(row.cron), _zone(row), jobs.get(row.pk)) for row in found]


def _what(row: ScheduledExport, stores: Mapping[str, Store]) -> str:
    """Return what is exported in one line."""
    if row.dataset == QUERY:
        return gettext("Saved query {query}").format(query=row.query)
    known = DATASETS.get(row.dataset)
    key, period = str(row.filters.get("store", "")), row.filters.get(PERIOD)
    store = str(stores.get(key, key)) or gettext("all stores")
    parts = [
        gettext(known.title) if known else row.dataset,
        store,
        gettext(PERIODS[period][0]) if period in PERIODS else "",
    ]
    parts += [
        f"{export_words.words(key)}: {export_words.value_words(key, value)}"
        for key, value in row.filters.items()
        if key not in ("store", PERIOD)
    ]
    return " · ".join(str(part) for part in parts if part)


def _zone(row: ScheduledExport) -> ZoneInfo:
    """Return the schedule's zone; UTC where there is none of its name any more."""
    try:
        return ZoneInfo(row.timezone)
    except (LookupError, ValueError):
        return ZoneInfo("UTC")


def _runs(found: ScheduledExport) -> list[Run]:
    jobs = found.jobs.select_related("owner").prefetch_related("mails").defer("receipt", "sql")
    return [_run(job, list(job.mails.all())) for job in jobs.order_by("-requested_at", "-pk")[:RUNS]]


def _run(job: ExportJob, mails: Iterable[ScheduleMail]) -> Run:
    state = ScheduleMail.State
    states = [mail.state for mail in mails]
    problems = [mail for mail in mails if mail.state not in (state.SENT, state.WAITING) or mail.error]
    return Run(job, states.count(state.SENT), states.count(state.WAITING), problems)


@dataclass(frozen=True)
class Refusal:
    """Why nothing was saved: errors by field, or what contradicts it; 200 where nobody tried to."""

    errors: Errors = field(default_factory=dict)
    conflict: str = ""
    status: int = 200


def _saved(request: HttpRequest, form: ScheduleForm, found: ScheduledExport | None) -> HttpResponse:
    """Save what is filled in and lead to the schedule, or show the form again with what is wrong."""
    try:
        kept = schedule_form.save(form, found, _user(request))
    except Conflict as refusal:
        return _form(request, form, found, Refusal(conflict=str(refusal.detail), status=409))
    except (ValidationError, Http404) as refusal:
        return _form(request, form, found, Refusal(_errors(refusal), status=400))
    messages.info(request, gettext("“{name}” is saved.").format(name=kept.name))
    return redirect("schedule", kept.pk)


def _errors(refusal: ValidationError | Http404) -> Errors:
    if isinstance(refusal, Http404):
        return {"store": [export_form.NO_STORE]}
    return by_field(refusal)


def _form(
    request: HttpRequest, form: ScheduleForm, found: ScheduledExport | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    refusal = refusal or Refusal()
    form.refuse(refusal.errors)
    context = {
        "section": "schedules",
        "schedule": found,
        "zone": _zone(found) if found else None,
        "runs": _runs(found) if found else [],
        "form": form,
        "fields": form.group(form.filter_fields),
        "errors": form.errors,
        "error_lines": form.error_lines,
        "conflict": refusal.conflict,
    }
    return render(request, "reports/schedules_form.html", context, status=refusal.status)


def _chooser(request: HttpRequest, *, is_wrong: bool) -> HttpResponse:
    datasets: Iterable[Dataset] = DATASETS.values()
    context = {
        "section": "schedules",
        "datasets": datasets,
        "queries": SavedQuery.objects.values("pk", "name")[:200] if _may_query(_user(request)) else [],
        "error": gettext("Choose what to export: there is nothing of the name you gave.") if is_wrong else "",
    }
    return render(request, "reports/schedules_new.html", context, status=400 if is_wrong else 200)


def _query(key: str, user: User) -> SavedQuery | None:
    """Return the saved query of a number, for super admins while there is a console."""
    is_number = key.isascii() and key.isdigit() and len(key) < 19
    return SavedQuery.objects.filter(pk=int(key)).first() if is_number and _may_query(user) else None


def _may_query(user: User) -> bool:
    return bool(user.is_superuser and settings.DEALPORT_SQL_CONSOLE)


def _user(request: HttpRequest) -> User:
    """Return who is logged in; the pages let nobody else in."""
    return cast(User, request.user)
