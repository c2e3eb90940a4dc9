"""The orders or refunds behind a row of a ready report."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from customers.models import User
from dashboard import figures
from dashboard.api.explain import span_of
from dashboard.api.inputs import StorePeriodQuery
from dashboard.pages import period_picker
from dealport.kit.errors import invalid
from dealport.kit.rest.fields import MomentField
from dealport.kit.rest.queries import ChoiceParameter
from dealport.kit.values import FieldValues
from reports.explore.ready import GROUPS
from reports.pages import page_for_staff
from reports.pages.ready import scope_of
from reports.ready import OPENED, Opened, Scope, open_row
from reports.ready.money import ALL
from reports.ready.opened import MOST_CHARACTERS, PARTS

TITLES = {report.page: report.title for group in GROUPS for report in group.reports if report.page}


class RowQuery(StorePeriodQuery):
    """Which row of a report, of which days, up to which moment of the last one."""

    row = serializers.CharField(required=False, max_length=MOST_CHARACTERS)
    part = ChoiceParameter(PARTS, default=ALL)
    until = MomentField(required=False)


@page_for_staff
@require_safe
def ready_row(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a row of a report counts, with its sum; 400 (404 for a report or a store) says what is wrong."""
    if name not in OPENED:
        raise Http404("no such report")
    try:
        values = RowQuery.read(request.GET)
        scope = scope_of(cast(User, request.user), values)
        opened, scope = _open(name, scope, values)
    except ValidationError as error:
        back = {"back": reverse("ready", args=[name]), "back_name": TITLES[name]}
        return render(request, "dashboard/bad_request.html", {"errors": error.detail, **back}, status=400)
    request.store = scope.store  # type: ignore[attr-defined]
    days = "" if name == "unpaid-orders" else period_picker.days(scope.days)
    query = "" if not days else f"&from={scope.days.first}&to={scope.days.last}"
    context = {
        "store": scope.store,
        "title": TITLES[name],
        "opened": opened,
        "are_refunds": name == "refund-reasons",
        "days": days,
        "until": scope.until,
        "back": f"{reverse('ready', args=[name])}?store={scope.store.slug}{query}",
        "as_of": scope.now,
        "page": scope.page,
        "pages": opened.pages,
    }
    return render(request, "reports/ready_row.html", context)


def _open(name: str, scope: Scope, values: FieldValues) -> tuple[Opened, Scope]:
    """Return what the row counts, and of what. Raises ValidationError."""
    if "until" in values:
        scope = replace(scope, until=span_of(scope.store, scope.days, values["until"]).until)
    with figures.consistent_read():
        opened = open_row(name, values.get("row", ""), scope, values["part"])
    if values["page"] > 1 and not opened.entries:
        raise invalid("page", gettext("There is no such page. Leave it out for the first."))
    return opened, scope
