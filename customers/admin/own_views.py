"""Views of a list that a person saved: filters, search and order under a name of their own, as tabs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from customers.admin.base import StoreOwnedAdmin, user_of
from customers.models import User
from dealport.kit.values import Json

MOST = 20
MOST_PARAMETERS = 50


class ViewForm(forms.Form):
    """A name, and what the list was narrowed to; `delete` takes the view of this name away."""

    name = forms.CharField(max_length=40)
    query = forms.CharField(max_length=1_000, required=False)
    delete = forms.BooleanField(required=False)

    def clean_query(self) -> str:
        """Return the parameters in the order in which lists write them. Raises ValidationError for too many."""
        try:
            pairs = parse_qsl(self.cleaned_data["query"], max_num_fields=MOST_PARAMETERS)
        except ValueError as error:
            raise forms.ValidationError(gettext("Use fewer filters.")) from error
        return urlencode(sorted(pairs))


class OwnViews(StoreOwnedAdmin):
    """A list whose filters a person can save under a name. The views are the person's alone."""

    @property
    def own_views_name(self) -> str:
        """The name of the address that saves and deletes views of this list."""
        return f"{self.opts.app_label}_{self.opts.model_name}_views"

    def get_urls(self) -> list[URLPattern]:
        """Add the address that saves and deletes views."""
        view = self.admin_site.admin_view(self.own_views_view)
        return [path("views/", view, name=self.own_views_name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Show the person's views as tabs, and offer to save what is shown as one."""
        page = super().changelist_view(request, extra_context)
        if isinstance(page, TemplateResponse) and page.context_data and (cl := page.context_data.get("cl")):
            query = cl.get_query_string().removeprefix("?")
            views = views_of(user_of(request), self.opts.label_lower)
            page.context_data |= {
                "own_views": [{**view, "selected": view["query"] == query} for view in views],
                "own_view": next((view["name"] for view in views if view["query"] == query), ""),
                "query": query,
                "views_address": reverse(f"admin:{self.own_views_name}"),
            }
        return page

    def own_views_view(self, request: HttpRequest) -> HttpResponse:
        """Save or delete a view, and go back to the list."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            return HttpResponseRedirect("../")
        form = ViewForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
            return HttpResponseRedirect("../")
        name, query = form.cleaned_data["name"], form.cleaned_data["query"]
        if form.cleaned_data["delete"]:
            change_views(user_of(request), self.opts.label_lower, name, None)
            return HttpResponseRedirect("../")
        if not change_views(user_of(request), self.opts.label_lower, name, query):
            messages.error(request, gettext("You have {most} views of this list. Delete one first.").format(most=MOST))
        return HttpResponseRedirect(f"../?{query}")


def views_of(user: User, listed: str) -> list[Json]:
    """Return a person's views of a list, as {name, query}, by name."""
    views: Any = user.list_views.get(listed, {})
    return [{"name": name, "query": query} for name, query in sorted(views.items())]


@transaction.atomic
def change_views(user: User, listed: str, name: str, query: str | None) -> bool:
    """Save a person's view of a list under a name, or delete it (None); answer False where there are MOST already."""
    known = User.objects.select_for_update().values_list("list_views", flat=True).get(pk=user.pk)
    views = {one: text for one, text in known.get(listed, {}).items() if one != name}
    if query is not None:
        if len(views) >= MOST:
            return False
        views[name] = query
    User.objects.filter(pk=user.pk).update(list_views={**known, listed: views})
    return True
