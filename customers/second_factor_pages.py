"""The page that sets up one's second factor, or takes it away."""

from __future__ import annotations

import io
import time

import segno
from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import APIException

from customers import second_factor
from customers.actions import remove_second_factor
from customers.forms import SecondFactorForm, said_in_form, with_refusal_status
from customers.models import User
from dealport.kit.admin.refusals import by_field
from dealport.kit.errors import invalid

PENDING = "second_factor_setup"
PENDING_SECONDS = 600
BACKEND = "customers.lockout.GuardedBackend"
PAGE = "customers/second_factor.html"


def remember_setup(request: HttpRequest, user: User) -> None:
    """Let somebody whose password was right set up a second factor, for ten minutes and nothing else."""
    until = time.time() + PENDING_SECONDS
    request.session[PENDING] = {"user": user.pk, "version": user.auth_version, "until": until}


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Show the QR code and take the first code, or take the second factor away."""
    user = request.user if isinstance(request.user, User) else _pending(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    is_on = second_factor.is_on(user)
    if is_on and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())  # set up meanwhile: it is asked for
    form = SecondFactorForm(request.POST or None, asks_password=request.user.is_authenticated)
    if request.method == "POST" and form.is_valid():
        try:
            with said_in_form():
                return _remove(request, user, form) if is_on else _confirm(request, user, form)
        except ValidationError as limited:
            form.add_error(None, limited)
        except APIException as refusal:
            for name, texts in by_field(refusal).items():
                form.add_error(name if name in form.fields else None, texts)
    return with_refusal_status(render(request, PAGE, {"form": form, "is_on": is_on, **_state(user, is_on)}), form)


def _state(user: User, is_on: bool) -> dict[str, object]:
    if is_on:
        left = second_factor.recovery_codes_left(user)
        return {"codes_left": left, "is_required": second_factor.is_required(user)}
    setup = second_factor.begin_setup(user=user, renew=False)
    return {"qr_code": qr_code(setup.address), "secret": setup.secret}


def _confirm(request: HttpRequest, user: User, form: SecondFactorForm) -> HttpResponse:
    """Put the second factor in force and show the recovery codes, this once."""
    if request.user.is_authenticated:
        _check(request, user, form.cleaned_data["password"], password_only=True)
    codes = second_factor.confirm_setup(user=user, code=form.cleaned_data["code"])
    if not request.user.is_authenticated:
        login(request, user, BACKEND)
        request.session.pop(PENDING, None)
    return render(request, PAGE, {"recovery_codes": codes})


def _remove(request: HttpRequest, user: User, form: SecondFactorForm) -> HttpResponse:
    _check(request, user, form.cleaned_data["password"], otp=form.cleaned_data["code"])
    remove_second_factor(user=user, actor=user)
    messages.success(request, gettext("Your second factor is removed."))
    return redirect("second-factor")


def _check(request: HttpRequest, user: User, password: str, **extra: object) -> None:
    """Check the password as a login does, wrong ones counted. Raises ValidationError, Throttled."""
    if authenticate(request, username=user.email, password=password, **extra) is None:
        raise invalid("password", gettext("This is not your password."))


def _pending(request: HttpRequest) -> User | None:
    """Return who logged in with the right password but must set up a second factor first."""
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return None
    return User.objects.filter(pk=pending["user"], auth_version=pending["version"], is_active=True).first()


def qr_code(text: str) -> SafeString:
    """Return a QR code as SVG for the page itself: nobody else is asked for it."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, scale=4, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
    return mark_safe(out.getvalue().decode())
