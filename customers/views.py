"""Pages of the customers app."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import FormView

from customers import second_factor
from customers.access import zone_for
from customers.actions import create_user, set_password_by_link, update_user
from customers.forms import (
    ForgottenPasswordForm,
    LanguageForm,
    LinkedPasswordForm,
    LoginForm,
    RegistrationForm,
    with_refusal_status,
)
from customers.languages import language_of_person
from customers.models import User
from customers.password_links import request_reset, usable_link
from customers.second_factor_pages import remember_setup
from customers.sessions import end_login, logins_of
from dealport.kit.admin.refusals import REFUSALS, by_field
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues

ADMIN = "/admin/"


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send who wants into the admin to the one login page; who is logged in already may not enter (403)."""
    if request.user.is_authenticated:
        raise PermissionDenied(gettext("This account may not open the admin."))
    asked = request.GET.get("next", ADMIN)
    return redirect_to_login(asked if asked.startswith(ADMIN) else ADMIN)


class LimitedForm:
    """A page whose form is refused with Retry-After: 429 beyond a limit, 503 where failures cannot be counted."""

    def form_invalid(self, form: forms.BaseForm) -> HttpResponse:
        """Show the form again with its errors: 429 with Retry-After when locked out, 503 when that cannot be told."""
        return with_refusal_status(super().form_invalid(form), form)  # type: ignore[misc]


class LoginView(LimitedForm, DjangoLoginView):
    """The login page; who must set up a second factor first is led to it."""

    form_class = LoginForm
    template_name = "customers/login.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again; lead who must set up a second factor first to the page for it."""
        if form.setup_user is not None:
            remember_setup(self.request, form.setup_user)
            return redirect("second-factor")
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Offer to register where that is open."""
        return super().get_context_data(is_open=settings.DEALPORT_OPEN_REGISTRATION, **kwargs)


@method_decorator(never_cache, name="dispatch")
class StrangersView(LimitedForm, FormView):
    """A page with one form for people who are not logged in."""

    template_name = "customers/form.html"
    title, lead, button = "", "", ""
    success_url = reverse_lazy("login")

    def get_form_kwargs(self) -> dict[str, object]:
        """Return what the form is made with."""
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Return the texts of the page with the form."""
        return {"title": self.title, "lead": self.lead, "button": self.button, **super().get_context_data(**kwargs)}

    def form_valid(self, form: forms.BaseForm) -> HttpResponse:
        """Do what the form is for; what the action refuses appears on it."""
        try:
            messages.success(self.request, self.act(form.cleaned_data))
        except REFUSALS as refusal:
            for name, texts in by_field(refusal).items():
                form.add_error(name if name in form.fields else None, texts)
            return self.form_invalid(form)
        return super().form_valid(form)

    def act(self, values: dict[str, object]) -> str:
        """Do it and return what to say then."""
        raise NotImplementedError


class ForgottenPasswordView(StrangersView):
    """Requests the mail that sets a new password; says the same for every address."""

    form_class = ForgottenPasswordForm
    title = _("Forgot your password?")
    lead = _("Enter your email address. You get a mail with a link that sets a new password.")
    button = _("Send the link")

    def act(self, values: FieldValues) -> str:
        """Queue the mail; return the same words for every address."""
        request_reset(values["email"])
        return gettext("If an account has this email address, a mail with a link is on its way.")


class LinkedPasswordView(StrangersView):
    """Sets a password with the link of a mail; opening the page uses nothing up."""

    form_class = LinkedPasswordForm
    title = _("Set your password")
    lead = _("Then log in with your email address and this password.")
    button = _("Set the password")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Say so at once if the link does not work."""
        works = usable_link(self.request.GET.get("token", "")) is not None
        return super().get_context_data(is_over=not works, **kwargs)

    def act(self, values: FieldValues) -> str:
        """Set the password by the link's token. Raises ValidationError for one that is used or too old."""
        set_password_by_link(token=self.request.GET.get("token", ""), password=values["password"])
        return gettext("Your password is set. Log in with it.")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """Show one's own account and where it is logged in; end one of these logins, or choose the language."""
    user = request.user
    assert isinstance(user, User)
    language = LanguageForm(request.POST if "language" in request.POST else None, instance=user)
    if request.method == "POST":
        if language.is_bound:
            return _choose_language(request, language)
        if end_login(user=user, pk=request.POST.get("session", ""), actor=user):
            messages.success(request, gettext("That session has ended."))
        return redirect("account")
    context = {
        "logins": logins_of(user, session_key=request.session.session_key),
        "has_second_factor": second_factor.is_on(user),
        "language_form": language,
        "zone": zone_for(user),
    }
    return render(request, "customers/account.html", context)


def _choose_language(request: HttpRequest, form: LanguageForm) -> HttpResponse:
    """Save the language, say so in it, and lead back; a value that is none of the choices changes nothing."""
    if form.is_valid():
        user = update_user(user=form.instance, changes=form.cleaned_data, actor=form.instance)
        with translation.override(language_of_person(user, request)):
            messages.success(request, gettext("Your language is saved."))
    return redirect(_own_address(request) or "account")


class RegistrationView(StrangersView):
    """Creates an account, where registration is open."""

    form_class = RegistrationForm
    title = _("Create an account")
    lead = _("An administrator then gives you access to a store.")
    button = _("Create the account")

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Answer where registration is open. Raises Http404."""
        if not settings.DEALPORT_OPEN_REGISTRATION:
            raise Http404("registration is not open")
        return super().dispatch(request, *args, **kwargs)

    def act(self, values: FieldValues) -> str:
        """Create the account, role USER, without a store."""
        create_user(email=values["email"], password=values["password"], name=values["name"], actor=None)
        return gettext("Your account is ready. Log in with it.")


THEME_COOKIE_SECONDS = 365 * 24 * 3600


@login_required
@require_POST
def choose_appearance(request: HttpRequest) -> HttpResponse:
    """Remember in this browser whether pages are light or dark; anything else is as the system has it."""
    response = redirect(_own_address(request) or "home")
    theme = request.POST.get("theme", "")
    if theme in ("light", "dark"):
        response.set_cookie(
            "theme",
            theme,
            max_age=THEME_COOKIE_SECONDS,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


def _own_address(request: HttpRequest) -> str:
    """Return the page of ours that a form of the frame was sent from; empty for none."""
    address = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_own else ""
