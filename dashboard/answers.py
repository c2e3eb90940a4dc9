"""Cached figures over HTTP: ETag and 304, and headers that say how they were come by."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from dashboard.cache import Answer

ENVELOPED = "/api/v1/"


def respond(request: HttpRequest, answer: Answer, *, with_state: bool = True) -> HttpResponse:
    """Return the answer, or 304 to who has these figures already.

    The ETag is weak: it names the figures, not the moments beside them, so that it stays while the figures do.
    """
    entry = answer.entry
    etag = f'W/"{entry.etag}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in known or f'"{entry.etag}"' in known or "*" in known:
        response: HttpResponse = HttpResponseNotModified()
    else:
        body = answer.body(with_state=with_state)
        if request.path.startswith(ENVELOPED):
            body = b'{"status":"success","data":' + body + b"}"
        response = HttpResponse(body, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["X-Cache"] = str(answer.state)
    response.headers["X-As-Of"] = entry.as_of.isoformat()
    response.headers["Cache-Control"] = "private, no-cache"
    return response
