"""Forms of the customers house."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled


class GuardedLogin:
    """Says in a login form what the guard of `customers.lockout` answers, instead of failing."""

    def clean(self) -> dict[str, Any]:
        """Check the credentials. Raises ValidationError, also while the account is locked or Redis is away."""
        try:
            return super().clean()  # type: ignore[misc]
        except Throttled as locked:
            minutes = -(-int(getattr(locked, "wait", None) or 0) // 60)
            raise ValidationError(f"Too many failed logins. Try again in {minutes} min.", code="locked") from locked
        except RedisError as away:
            raise ValidationError("Logging in is not possible right now. Try again in a moment.") from away


class LoginForm(GuardedLogin, AuthenticationForm):
    """E-mail address and password."""

    username = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {
        "invalid_login": "No active account has this e-mail address and password.",
        "inactive": "No active account has this e-mail address and password.",
    }
