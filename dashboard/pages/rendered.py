"""Pages and parts of them, kept as HTML. The key says all that they were made of, so that they are never older ones."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from dashboard.pages.shell import shell_of
from dealport.kit import formats
from dealport.kit.recent import Recent
from dealport.kit.values import Json

KEPT_SECONDS = 300
PAGES = 64
"""That one process remembers, of some 100 kB each."""
_NEAR: Recent[str, list[str]] = Recent(PAGES)
_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w*')


def rendered(
    request: HttpRequest, template: str, made_of: tuple[object, ...], context: Callable[[], Json]
) -> SafeString:
    """Return the part a template makes of a context, from the cache where the same was made before.

    `made_of` is all that decides what it says beside the language: figures, parameters, what the person may do. It must
    not show what a key cannot hold, as the clock; tokens of forms are not kept.
    """
    return mark_safe("".join(_pieces(request, template, made_of, context)))


def rendered_page(
    request: HttpRequest, template: str, made_of: tuple[object, ...], context: Callable[[], Json]
) -> HttpResponse:
    """Answer with a whole page as `rendered` makes it, kept for the person its frame is for; forms get their token."""
    pieces = _pieces(request, template, (shell_of(request).made_of, *made_of), context)
    return HttpResponse(get_token(request).join(pieces))


def _pieces(request: HttpRequest, template: str, made_of: tuple[object, ...], context: Callable[[], Json]) -> list[str]:
    """Return what a template makes, cut where the tokens of forms belong; this process remembers it, then Redis."""
    key = f"rendered:{hashlib.sha256(repr((template, formats.language(), *made_of)).encode()).hexdigest()}"
    pieces = _NEAR.get(key)
    if pieces is None:
        kept: bytes | None = cache.get(key)
        if kept is None:
            part = _TOKEN.sub("", render_to_string(template, context(), request))
            cache.set(key, zlib.compress(part.encode(), 1), KEPT_SECONDS)
        else:
            part = zlib.decompress(kept).decode()
        pieces = _TOKEN.split(part)
        _NEAR.put(key, pieces)
    return pieces
