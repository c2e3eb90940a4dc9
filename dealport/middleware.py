"""Middleware of every response: a request id, and the headers that tell browsers what is allowed."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
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
        # Bound until the thread's next request: Django logs refusals only after the last middleware has returned.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


class SecurityHeadersMiddleware:
    """Send the content security policy and, below /api/, a Cache-Control that keeps answers private.

    SECURE_CSP applies everywhere but under /admin/, which has SECURE_CSP_ADMIN. A view may set its own.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = _policy(settings.SECURE_CSP)
        self.admin_policy = _policy(settings.SECURE_CSP_ADMIN)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        in_admin = request.path.startswith("/admin/")
        response.headers.setdefault("Content-Security-Policy", self.admin_policy if in_admin else self.policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.path.startswith("/api/"):
            cached = "private, no-cache" if response.has_header("ETag") else "private, no-store"
            response.headers.setdefault("Cache-Control", cached)
        return response


def _policy(directives: dict[str, list[str]]) -> str:
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
