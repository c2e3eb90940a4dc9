"""Pages of the reports app: for staff or for admins, in the shell of the dashboard pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from customers.access import sees_all_stores
from customers.models import User

Page = Callable[..., HttpResponse]


def page_for_admins(view: Page) -> Page:
    """Lead strangers to the login, hide the page from everybody but admins (404), keep it out of shared caches."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not sees_all_stores(request.user):
            raise Http404("for admins")
        return view(request, *args, **kwargs)

    return login_required(cache_control(private=True, no_store=True)(guarded))


def page_for_staff(view: Page) -> Page:
    """Lead strangers to the login, hide the page from plain users (404), keep it out of shared caches."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not cast(User, request.user).is_staff:
            raise Http404("for staff")
        return view(request, *args, **kwargs)

    return login_required(cache_control(private=True, no_store=True)(guarded))
