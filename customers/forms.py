"""Forms of the customers app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled

from customers.lockout import OtpInvalid, OtpRequired, OtpSetupRequired
from customers.models import User
from dealport.kit.rest.throttling import RequestLimit
from dealport.kit.texts import lazy_text as _

LOCKED, AWAY = "locked", "away"


@contextmanager
def said_in_form() -> Iterator[None]:
    """Turn what `customers.lockout` raises into a ValidationError: LOCKED beyond a limit, AWAY without Redis."""
    try:
        yield
    except Throttled as locked:
        seconds = int(getattr(locked, "wait", None) or 0)
        raise ValidationError(
            gettext("%(reason)s Try again in %(minutes)s min."),
            code=LOCKED,
            params={
                "reason": str(locked.detail).partition(".")[0] + ".",
                "minutes": -(-seconds // 60),
                "seconds": seconds,
            },
        ) from locked
    except RedisError as away:
        raise ValidationError(
            gettext("Logging in is not possible right now. Try again in a moment."), code=AWAY
        ) from away


def with_refusal_status(response: HttpResponse, form: forms.BaseForm) -> HttpResponse:
    """Return the page that shows the form again with the status of its refusal: 429 with Retry-After, 503, or as is."""
    for error in form.non_field_errors().as_data():
        if error.code == LOCKED:
            response.status_code = 429
            response.headers["Retry-After"] = str(max((error.params or {})["seconds"], 1))
        elif error.code == AWAY:
            response.status_code = 503
    return response


class LoginForm(AuthenticationForm):
    """Email address and password; the code is shown and asked for where the account has a second factor."""

    username = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    otp = forms.CharField(
        label=_("Code of your authenticator app, or a recovery code"),
        max_length=40,
        required=False,
        widget=forms.HiddenInput,
    )
    setup_user: User | None = None
    """Whose password was right, but who must set up a second factor first."""
    error_messages = {
        "invalid_login": _("No active account has this email address and password."),
        "inactive": _("No active account has this email address and password."),
    }

    def clean(self) -> dict[str, object]:
        """Check the credentials. Raises ValidationError, also beyond the limits and while Redis is away.

        The request counts against its address's limit, as one to the API does.
        """
        values: dict[str, object] = self.cleaned_data
        with said_in_form():
            count_stranger(self.request)
            if "username" in values and "password" in values:
                self.user_cache = self._authenticated(values)
        return values

    def _authenticated(self, values: dict[str, object]) -> User:
        """Return the account. Raises ValidationError; where it asks for a code, the form then does."""
        names = {"username": values["username"], "password": values["password"], "otp": values.get("otp")}
        try:
            user = authenticate(self.request, **names)
        except OtpSetupRequired as refusal:
            self.setup_user = refusal.user
            raise ValidationError(str(refusal.detail)) from refusal
        except (OtpRequired, OtpInvalid) as refusal:
            self.fields["otp"].widget = forms.TextInput(
                attrs={"autocomplete": "one-time-code", "autofocus": True, "value": ""}
            )
            self.fields["password"].widget.render_value = True
            raise ValidationError(str(refusal.detail)) from refusal
        if not isinstance(user, User):
            raise self.get_invalid_login_error()
        return user


class SecondFactorForm(forms.Form):
    """A first code of the authenticator app; `asks_password` of people who have been logged in for a while."""

    password = forms.CharField(
        label=_("Your password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("Code of your authenticator app"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, asks_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_password:
            del self.fields["password"]


class LanguageForm(forms.ModelForm):
    """In which language a person reads pages and mails; empty: the browser's."""

    class Meta:
        model = User
        fields = ("language",)
        labels = {"language": _("Language of pages and emails")}
        help_texts = {"language": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language: Any = self.fields["language"]
        language.choices = [("", _("As the browser asks for")), *User.Language.choices]


class StrangersForm(forms.Form):
    """A form for people who are not logged in: a request counts against its address's limit."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, object]:
        """Count the request. Raises ValidationError beyond the limit."""
        with said_in_form():
            count_stranger(self.request)
        return super().clean() or self.cleaned_data


class ForgottenPasswordForm(StrangersForm):
    """The address of an account whose password is forgotten."""

    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class LinkedPasswordForm(StrangersForm):
    """A new password, typed twice, by the link of a mail."""

    password = forms.CharField(
        label=_("New password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not a common password."),
    )
    again = forms.CharField(
        label=_("New password again"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, object]:
        """Return the values; two passwords that differ are an error of the second."""
        values = super().clean()
        if "again" in values and values.get("password") != values["again"]:
            self.add_error("again", gettext("The two passwords differ. Enter the same password twice."))
        return values


class RegistrationForm(LinkedPasswordForm):
    """A new account with email address, name and a password, typed twice."""

    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    name = forms.CharField(
        label=_("Name"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("email", "name", "password", "again")


def count_stranger(request: HttpRequest | None) -> None:
    """Count a request against its address's limit. Raises Throttled beyond it."""
    limit = RequestLimit()
    if request is not None and not limit.allow_stranger(request):
        raise Throttled(wait=limit.wait(), detail=gettext("Too many requests."))
