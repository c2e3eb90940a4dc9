"""Forms of the customers app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled

from dealport.kit.rest.throttling import RequestLimit

LOCKED = "locked"


@contextmanager
def said_in_form() -> Iterator[None]:
    """Turn what `customers.lockout` raises into a ValidationError; beyond a limit its code is LOCKED."""
    try:
        yield
    except Throttled as locked:
        seconds = int(getattr(locked, "wait", None) or 0)
        raise ValidationError(
            "%(reason)s Try again in %(minutes)s min.",
            code=LOCKED,
            params={
                "reason": str(locked.detail).partition(".")[0] + ".",
                "minutes": -(-seconds // 60),
                "seconds": seconds,
            },
        ) from locked
    except RedisError as away:
        raise ValidationError("Logging in is not possible right now. Try again in a moment.") from away


class LoginForm(AuthenticationForm):
    """Email address and password."""

    username = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {
        "invalid_login": "No active account has this email address and password.",
        "inactive": "No active account has this email address and password.",
    }

    def clean(self) -> dict[str, Any]:
        """Check the credentials. Raises ValidationError, also beyond the limits and while Redis is away.

        The request counts against its address's limit, as one to the API does.
        """
        limit = RequestLimit()
        with said_in_form():
            if self.request is not None and not limit.allow_stranger(self.request):
                raise Throttled(wait=limit.wait(), detail="Too many requests.")
            return super().clean()
