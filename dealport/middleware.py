"""Middleware of every response: a request id, and the headers that tell browsers what is allowed."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dealport.error_pages import refused
from dealport.kit.rest.errors import RETRY_SECONDS
from dealport.kit.surface import surface, surface_of_path

log = structlog.get_logger(__name__)
NO_VALUE = (ValueError, TypeError, AttributeError, OverflowError, DataError)
Handler = Callable[[HttpRequest], HttpResponse]
PROBES = {"/health", "/health/ready", "/metrics"}
SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


class RequestIdMiddleware:
    """Give each request an id: the caller's X-Request-ID if it is sane, else a new one.

    It is in `request.request_id`, in every log line of the request and in the answer's X-Request-ID.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if SANE_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        request.received_at = timezone.now()  # type: ignore[attr-defined]
        # Bound until the thread's next request: Django logs refusals only after the last middleware has returned.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


class RetryAfterMiddleware:
    """Say in every answer that invites to come back (429, 503) after how many seconds, where its view did not."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in (429, 503):
            response.headers.setdefault("Retry-After", RETRY_SECONDS)
        return response


class SurfaceMiddleware:
    """Say of everything a request does, in the audit trail, whether it came through API, admin, webhook or page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with surface(surface_of_path(request.path_info)):
            return self.get_response(request)


class RequestBoundsMiddleware:
    """Take from a request what no honest client sends, before anything parses it.

    A header of more than DEALPORT_HEADER_BYTES is not read: the request goes on as if it had not been sent. 413 for a
    body, files of forms included, of more than DATA_UPLOAD_MAX_MEMORY_SIZE (BODY_LIMITS where a path has its own); 400
    for a NUL in an address of the admin, which PostgreSQL has no text for (API and pages name the parameter).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        headers = request.META
        for name in [name for name in headers if name.startswith("HTTP_")]:
            if len(headers[name]) > settings.DEALPORT_HEADER_BYTES:
                del headers[name]
        if "\\" in headers.get("HTTP_COOKIE", ""):
            # RFC 6265 has none in a cookie; Python before 3.11.10 unquotes them in quadratic time (CVE-2024-7592)
            headers["HTTP_COOKIE"] = headers["HTTP_COOKIE"].replace("\\", "")
        status = _refusal(request)
        return self.get_response(request) if status is None else refused(request, status)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 400 where a page of the admin, ours or a library's, cannot make a value of a parameter.

        The traceback is logged: it may be a defect all the same.
        """
        has_parameters = bool(request.GET) or "_selected_action" in request.POST
        if not (_in_admin(request) and has_parameters and isinstance(exception, NO_VALUE)):
            return None
        log.warning("a parameter of an admin page has no meaning", exc_info=exception)
        return refused(request, 400)


class ProbeMiddleware:
    """Answer probes and scrapes under any Host: balancers and Prometheus ask each machine by its address."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            # No answer of a probe contains the host, so that nothing can be gained by forging it.
            request.get_host = lambda: "localhost"  # type: ignore[method-assign]
        return self.get_response(request)


class SecurityHeadersMiddleware:
    """Send the content security policy and, below /api/, a Cache-Control that keeps answers private.

    SECURE_CSP applies everywhere, the admin included. A view may set its own.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = _policy(settings.SECURE_CSP)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.path.startswith("/api/"):
            cached = "private, no-cache" if response.has_header("ETag") else "private, no-store"
            response.headers.setdefault("Cache-Control", cached)
        return response


def _refusal(request: HttpRequest) -> int | None:
    """Return the status of a refusal, None for a request to go on with."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if len(length) > 15 or not length.isdecimal() or int(length) > _body_limit(request.path_info):
        return 413
    return (
        400
        if _in_admin(request) and ("%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info)
        else None
    )


def _body_limit(path: str) -> int:
    for pattern, limit in settings.BODY_LIMITS.items():
        if re.fullmatch(pattern, path):
            return int(limit)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _in_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")


def _policy(directives: dict[str, list[str]]) -> str:
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
