"""Pages of the customers house."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

ADMIN = "/admin/"


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send who wants into the admin to the one login page; who is logged in already may not enter (403)."""
    if request.user.is_authenticated:
        raise PermissionDenied("This account may not open the admin.")
    asked = request.GET.get("next", ADMIN)
    return redirect_to_login(asked if asked.startswith(ADMIN) else ADMIN)
