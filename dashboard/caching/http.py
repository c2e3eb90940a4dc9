"""Cached figures over HTTP: ETag and 304, and headers with their cache status."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from dashboard.caching.cache import Answer, Entry

ENVELOPED = "/api/v1/"


def is_known(request: HttpRequest, entry: Entry) -> bool:
    """Answer whether the caller says to have these figures already."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return f'W/"{entry.etag}"' in known or f'"{entry.etag}"' in known or "*" in known


def respond(request: HttpRequest, answer: Answer, *, with_state: bool = True) -> HttpResponse:
    """Return the answer, or 304 to who has these figures already.

    The ETag is weak: it names the figures, not the moments beside them, so that it stays while the figures do.
    """
    entry = answer.entry
    if is_known(request, entry):
        response: HttpResponse = HttpResponseNotModified()
    else:
        body = answer.body(with_state=with_state)
        if request.path.startswith(ENVELOPED):
            body = b'{"status":"success","data":' + body + b"}"
        response = HttpResponse(body, content_type="application/json")
    response.headers["ETag"] = f'W/"{entry.etag}"'
    response.headers["X-Cache"] = str(answer.state)
    response.headers["X-As-Of"] = entry.as_of.isoformat()
    response.headers["Cache-Control"] = "private, no-cache"
    return response
