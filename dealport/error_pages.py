"""Answers to requests that no view answered: JSON below /api/, a page elsewhere. Never internals."""

import contextlib
import sys

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from dealport.kit.rest.errors import RETRY_SECONDS, body, refusal_of
from dealport.kit.rest.renderers import dumps
from dealport.kit.texts import lazy_text as _

TEXTS = {
    400: ("MALFORMED_REQUEST", _("Bad request"), _("The request could not be understood.")),
    403: ("PERMISSION_DENIED", _("Not allowed"), _("You don't have access to this page.")),
    404: ("RESOURCE_NOT_FOUND", _("Not found"), _("There is nothing at this address.")),
    409: ("BUSY", _("Somebody else is at it"), _("Somebody else is changing this. Try again in a few seconds.")),
    413: ("PAYLOAD_TOO_LARGE", _("Too large"), _("The request body is too large.")),
    500: ("INTERNAL_ERROR", _("Something broke"), _("The error has been recorded. Please try again.")),
    503: (
        "SERVICE_UNAVAILABLE",
        _("Not available"),
        _("A service this page needs is away. Try again in a few seconds."),
    ),
}

EXPIRED = ("PERMISSION_DENIED", _("Page expired"), _("This page has expired. Reload and try again."))


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """Answer a request that goes no further: 400 or 413."""
    return _answer(request, status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400 as the caller expects it: a page with the navigation, or the API's JSON."""
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 as the caller expects it: a page with the navigation, or the API's JSON."""
    return _answer(request, 403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404 as the caller expects it: a page with the navigation, or the API's JSON."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; 409 or 503 with Retry-After to an error of the database or Redis that passes by itself."""
    refusal = refusal_of(sys.exception(), request.method or "")
    if refusal is None:
        return _answer(request, 500)
    response = _answer(request, refusal.status_code)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form whose token is missing or no longer valid: mostly a page that was open for long."""
    return _answer(request, 403, EXPIRED)


def _answer(request: HttpRequest, status: int, texts: tuple[str, str, str] | None = None) -> HttpResponse:
    code, title, text = texts or TEXTS[status]
    if request.path.startswith("/api/"):
        content = dumps(body(message=str(text), code=code, request=request))
        return HttpResponse(content, content_type="application/json", status=status)
    context: dict[str, object] = {
        "status": status,
        "title": title,
        "text": text,
        "request_id": getattr(request, "request_id", ""),
    }
    return HttpResponse(_page(request, status, context), status=status)


def _page(request: HttpRequest, status: int, context: dict[str, object]) -> str:
    """Return the page in the frame of the person; without one for strangers, who cost no statement, where the
    database may be what is broken, and where the frame cannot read the query string either (too many parameters).
    """
    known = hasattr(request, "user") and settings.SESSION_COOKIE_NAME in request.COOKIES
    if known and status < 500 and status != 409:
        with contextlib.suppress(DatabaseError, RedisError, SuspiciousOperation), transaction.atomic():
            return render_to_string("error.html", context, request)
    return render_to_string("error.html", context)
