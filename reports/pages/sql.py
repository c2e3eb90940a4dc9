"""The SQL page: an editor, the answer below it, what was kept and what was tried. For super admins."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from customers.access import zone_for
from customers.models import User
from dealport.kit.errors import Conflict
from reports import sql
from reports.models import QueryRun, SavedQuery
from reports.pages import page_for_admins
from reports.sql import limits, saved_queries
from reports.sql.errors import line_and_column
from reports.sql.views import ALL

RECENT = 15
_NUMBERS = (int, float)
_AROUND = 60
_SHORT = 40
_ID = re.compile("[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a statement: the line at fault with a caret below it, where there is one."""

    message: str
    line: int | None = None
    column: int | None = None
    text: str = ""
    caret: str = ""

    @classmethod
    def of(cls, error: sql.QueryError, statement: str) -> Fault:
        """Cut out what stands around the position."""
        if error.position is None:
            return cls(error.message)
        line, column = line_and_column(statement, error.position)
        whole = [*statement.split("\n"), ""][line - 1]
        start = max(0, column - 1 - _AROUND)
        shown = whole[start : column - 1 + _AROUND]
        pad = "".join("\t" if letter == "\t" else " " for letter in whole[start : column - 1])
        return cls(error.message, line, column, shown, f"{pad}^")


class KeepForm(forms.Form):
    """A name for the statement in the editor."""

    name = forms.CharField(max_length=120, strip=True)


@page_for_admins
@require_http_methods(["GET", "HEAD", "POST"])
def console(request: HttpRequest) -> HttpResponse:
    """Show the console; run, keep or delete what was posted."""
    account = request.user
    assert isinstance(account, User)
    try:
        sql.require_console(account)
    except sql.SwitchedOff as off:
        words = {"status": 404, "title": "There is no SQL console here", "text": off.message}
        return render(request, "error.html", words, status=404)
    if request.method == "POST":
        action = ACTIONS.get(request.POST.get("action", "run"))
        if action is None:
            raise Http404("no such action")
        return action(request, account)
    query = _chosen(request.GET.get("query"))
    return _page(request, statement=query.sql if query else "", query=query)


def _run(request: HttpRequest, account: User) -> HttpResponse:
    statement = _statement(request)
    try:
        answer = sql.run(statement, user=account, via="page")
    except sql.QueryError as error:
        status = 503 if isinstance(error, sql.Away) else 400
        return _page(request, statement=statement, fault=Fault.of(error, statement), status=status)
    return _page(request, statement=statement, answer=answer, rows=_shown(answer.rows))


def _keep(request: HttpRequest, account: User) -> HttpResponse:
    """Keep the statement under a new name, or under that of the query that was loaded."""
    statement, form = _statement(request), KeepForm(request.POST)
    query = _chosen(request.POST.get("query"))
    if not form.is_valid():
        return _page(
            request, statement=statement, name_error=gettext("Give it a name of at most 120 characters."), status=400
        )
    name = form.cleaned_data["name"]
    try:
        if query is not None and query.name == name:
            saved_queries.change_query(query=query, changes={"sql": statement}, actor=account)
        else:
            query = saved_queries.save_query(name=name, sql=statement, actor=account)
    except sql.QueryError as error:
        return _page(request, statement=statement, fault=Fault.of(error, statement), name=name, status=400)
    except Conflict as taken:
        return _page(request, statement=statement, name=name, name_error=str(taken.detail), status=409)
    return redirect(f"{reverse('reports-sql')}?query={query.pk}")


def _delete(request: HttpRequest, account: User) -> HttpResponse:
    query = _chosen(request.POST.get("query"))
    if query is None:
        raise Http404("no such query")
    try:
        saved_queries.delete_query(query=query, actor=account)
    except Conflict as error:
        return _page(request, statement=query.sql, query=query, name_error=str(error.detail), status=409)
    return redirect("reports-sql")


ACTIONS: dict[str, Callable[[HttpRequest, User], HttpResponse]] = {"run": _run, "keep": _keep, "delete": _delete}


def _page(request: HttpRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    if "query" not in shown:
        shown["query"] = _chosen(request.POST.get("query"))
    query = shown["query"]
    context = {
        "section": "sql",
        "views": ALL,
        "saved_queries": SavedQuery.objects.select_related("owner"),
        "zone": zone_for(request.user),
        "runs": QueryRun.objects.order_by("-started_at", "-id")[:RECENT],
        "most_rows": limits.PAGE_ROWS,
        "most_seconds": limits.SECONDS,
        "name": query.name if query else "",
        **shown,
    }
    return render(request, "reports/sql.html", context, status=status)


def _statement(request: HttpRequest) -> str:
    """Return what is in the editor; a form sends its lines with CR LF."""
    return request.POST.get("sql", "").replace("\r\n", "\n")


def _chosen(key: str | None) -> SavedQuery | None:
    """Return the saved query that is named. Raises Http404 for one that is not there."""
    if not key:
        return None
    query = SavedQuery.objects.filter(pk=key).first() if _ID.fullmatch(key) else None
    if query is None:
        raise Http404("no such query")
    return query


def _shown(rows: list[tuple[object, ...]]) -> list[list[tuple[str, str]]]:
    """Return each cell as (its text, its class): numbers to the right, long texts on several lines."""
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(cell: object) -> tuple[str, str]:
    if cell is None:
        return "null", "null"
    if isinstance(cell, bool):
        return ("true" if cell else "false"), ""
    if hasattr(cell, "isoformat"):
        return cell.isoformat(" ", "seconds") if hasattr(cell, "hour") else cell.isoformat(), ""
    is_number = isinstance(cell, _NUMBERS) or hasattr(cell, "as_tuple")
    text = str(cell)
    return text, "number" if is_number else "long" if len(text) > _SHORT else ""
