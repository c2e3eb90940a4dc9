"""The page of Analytics: ready reports and saved views; saving, renaming, sharing, pinning and deleting a view."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ValidationError

from customers.models import User
from dealport.kit.errors import Conflict
from reports.explore import saved
from reports.explore.ready import GROUPS, Ready
from reports.models import SavedView
from reports.pages import page_for_staff


class ViewForm(forms.Form):
    """What a view is called and who sees it."""

    name = forms.CharField(max_length=120)
    shared = forms.BooleanField(required=False)
    pinned = forms.BooleanField(required=False)


@page_for_staff
@require_safe
def analytics(request: HttpRequest) -> HttpResponse:
    """Show the ready reports, and the views that the person saved or that are shared with them."""
    user = cast(User, request.user)
    store = request.GET.get("store", "")
    views = list(saved.visible_views(user))
    pinned = set(SavedView.objects.filter(pinned_by=user).values_list("pk", flat=True))
    context = {
        "groups": [(group.title, [(report, _address(report, store)) for report in group.reports]) for group in GROUPS],
        "views": [(view, saved.address_of(view), view.pk in pinned) for view in views],
        "most_pinned": saved.MAX_PINNED,
    }
    return render(request, "reports/analytics.html", context)


def _address(report: Ready, store: str) -> str:
    if report.page:
        return reverse("ready", args=[report.page]) + (f"?{urlencode({'store': store})}" if store else "")
    named = f"{urlencode({'store': store})}&" if store else ""
    return f"{reverse('explore')}?{named}{report.query}"


@page_for_staff
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the query of a page under a name; one of the person's own views with that name is replaced."""
    user, form, query = cast(User, request.user), ViewForm(request.POST), request.POST.get("query", "")
    back = f"{reverse('explore')}?{query}"
    if not form.is_valid():
        messages.error(request, gettext("Give the view a name of at most 120 characters."))
        return redirect(back)
    values = form.cleaned_data
    try:
        own = SavedView.objects.filter(owner=user, name=values["name"]).first()
        if own:
            changes = {"query": query, "is_shared": values["shared"]}
            saved.pin_view(view=own, is_pinned=values["pinned"], actor=user)
            saved.change_view(view=own, changes=changes, actor=user)
        else:
            saved.save_view(
                name=values["name"], query=query, is_shared=values["shared"], is_pinned=values["pinned"], actor=user
            )
    except (Conflict, ValidationError, Http404) as refusal:
        messages.error(request, _words(refusal))
        return redirect(back)
    messages.info(request, gettext("“{name}” is saved.").format(name=values["name"]))
    return redirect("analytics")


@page_for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the settings of a view; POST changes them: the owner all of them, others whether it is on their Home."""
    user = cast(User, request.user)
    found = saved.view_or_404(user, pk)
    is_own = saved.may_change(user, found)
    if request.method == "POST":
        form = ViewForm(request.POST)
        try:
            if is_own and not form.is_valid():
                raise ValidationError({"name": [gettext("Enter a name of at most 120 characters.")]})
            if is_own:
                values = form.cleaned_data
                changes = {"name": values["name"], "is_shared": values["shared"]}
                saved.change_view(view=found, changes=changes, actor=user)
            saved.pin_view(view=found, is_pinned="pinned" in request.POST, actor=user)
        except (Conflict, ValidationError) as refusal:
            messages.error(request, _words(refusal))
            return redirect("view", found.pk)
        messages.info(request, gettext("“{name}” is changed.").format(name=found.name))
        return redirect("analytics")
    context = {
        "view": found,
        "is_own": is_own,
        "is_pinned": found.pinned_by.filter(pk=user.pk).exists(),
        "address": saved.address_of(found),
    }
    return render(request, "reports/view.html", context)


@page_for_staff
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a view of the person's own."""
    user = cast(User, request.user)
    found = saved.view_or_404(user, pk)
    if not saved.may_change(user, found):
        raise PermissionDenied
    saved.delete_view(view=found, actor=user)
    messages.info(request, gettext("“{name}” is deleted.").format(name=found.name))
    return redirect("analytics")


def _words(refusal: Exception) -> str:
    """Return what is wrong as a sentence or some."""
    if isinstance(refusal, Http404):
        return gettext("There is no such store.")
    detail = getattr(refusal, "detail", "")
    if isinstance(detail, dict):
        return " ".join(str(text) for texts in detail.values() for text in texts)
    return str(detail)
