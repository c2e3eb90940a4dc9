"""One log line for each request: what was answered, how fast, to whom; no address of a page, query string or header.

Written as JSON here, past the processors that all other lines go through: they would cost four times as much, and no
field of this line can contain a text that a stranger chose.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dealport.logs import REQUESTS

logger = logging.getLogger(REQUESTS)


def log_request(
    request: HttpRequest, *, route: str, method: str, status: int, seconds: float, statements: list[float]
) -> None:
    """Log a request that was answered, with the number of its database statements and the time they took.

    Of a stream, such as a file, `seconds` ends where the answer begins.
    """
    if logger.isEnabledFor(logging.INFO):
        write(
            route=route,
            method=method,
            status=status,
            ms=round(seconds * 1000, 1),
            statements=len(statements),
            statements_ms=round(sum(statements) * 1000, 1),
            account=_account(request),
            address=request.META.get("REMOTE_ADDR", ""),
            request_id=getattr(request, "request_id", ""),
        )


def write(**fields: str | float | None) -> None:
    """Write the line of a request, in the form of dealport/logs.py."""
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    logger.info(json.dumps({"event": "request", **fields, "logger": REQUESTS, "level": "info", "timestamp": moment}))


def _account(request: HttpRequest) -> int | None:
    """Return the key of the account the request was made by, where something has asked for it; None for strangers."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):  # to ask it would read the session
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)
