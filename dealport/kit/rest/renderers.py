"""JSON with exact decimals, in the envelope of the versioned API."""

from collections.abc import Mapping
from typing import Any

import simplejson
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from dealport.kit.rest.pagination import Page

ENVELOPED = "/api/v1/"


class JSONRenderer(BaseRenderer):
    """Write a Decimal as a JSON number with exactly its digits; raise ValueError for NaN and infinities.

    Answers below /api/v1/ are wrapped as `{"status": "success", "data": …}`, with `meta` for a page.
    Errors have their shape already (dealport.kit.rest.errors); other paths get the bare body.
    """

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return `data` as UTF-8; an answer without a body stays empty."""
        context = renderer_context or {}
        response, request = context.get("response"), context.get("request")
        if data is None and (response is None or response.status_code in (204, 304)):
            return b""
        if request is not None and request.path.startswith(ENVELOPED) and not _is_error(response):
            data = _envelope(data)
        return dumps(data)


def dumps(data: object) -> bytes:
    """Return `data` as UTF-8 JSON."""
    text = simplejson.dumps(
        data, use_decimal=True, allow_nan=False, ensure_ascii=False, default=_plain, separators=(",", ":")
    )
    # Valid JSON, but not valid JavaScript before 2019.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


def _is_error(response: Response | None) -> bool:
    return response is not None and (response.exception or response.status_code >= 400)


def _envelope(data: object) -> dict[str, object]:
    if isinstance(data, Page):
        return {"status": "success", "data": data, "meta": data.meta}
    return {"status": "success", "data": data}


_plain = JSONEncoder().default
