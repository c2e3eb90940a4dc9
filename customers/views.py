"""Pages of the customers app."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView as DjangoLoginView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import HttpRequest, HttpResponse

from customers.forms import LOCKED, LoginForm

ADMIN = "/admin/"


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send who wants into the admin to the one login page; who is logged in already may not enter (403)."""
    if request.user.is_authenticated:
        raise PermissionDenied("This account may not open the admin.")
    asked = request.GET.get("next", ADMIN)
    return redirect_to_login(asked if asked.startswith(ADMIN) else ADMIN)


class LoginView(DjangoLoginView):
    """The login page."""

    form_class = LoginForm
    template_name = "customers/login.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again: 429 with Retry-After beyond a limit."""
        response = super().form_invalid(form)
        locked = [error for error in form.errors.as_data().get(NON_FIELD_ERRORS, []) if error.code == LOCKED]
        if locked:
            response.status_code = 429
            response.headers["Retry-After"] = str(max(locked[0].params["seconds"], 1))
        return response
