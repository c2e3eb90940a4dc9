"""What an action raises when it must refuse.

The classes carry their HTTP status, so that the API answers with them as they are and the admin shows their text.
"""

from __future__ import annotations

from rest_framework.exceptions import APIException, ValidationError

from dealport.kit.texts import lazy_text as _


class Conflict(APIException):
    """The request is well formed but contradicts the present state (409). Nothing was changed."""

    status_code = 409
    default_code = "CONFLICT"
    default_detail = _("This contradicts the present state.")


class Busy(Conflict):
    """Somebody else is at the same thing for longer than a request may wait; nothing was changed.

    The answer carries Retry-After: the same request can succeed in a few seconds.
    """

    default_code = "BUSY"
    default_detail = _("Somebody else is changing this at the moment. Try again in a few seconds.")


def invalid(field: str, message: str) -> ValidationError:
    """Return the 400 that names `field` (camelCase, as the caller sent it)."""
    return ValidationError({field: [message]})
