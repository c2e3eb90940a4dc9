"""Parts of pages that are kept as HTML. The key says all that a part was made of, so that it is never an older one."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from dealport.kit import formats
from dealport.kit.values import Json

KEPT_SECONDS = 300


def rendered(
    request: HttpRequest, template: str, made_of: tuple[object, ...], context: Callable[[], Json]
) -> SafeString:
    """Return the part a template makes of a context, from the cache where the same was made before.

    `made_of` is all that decides what it says beside the language: figures, parameters, what the person may do. It must
    not show what a key cannot hold: tokens of forms, the clock.
    """
    key = f"rendered:{hashlib.sha256(repr((template, formats.language(), *made_of)).encode()).hexdigest()}"
    kept: bytes | None = cache.get(key)
    if kept is not None:
        return mark_safe(zlib.decompress(kept).decode())
    part = render_to_string(template, context(), request)
    cache.set(key, zlib.compress(part.encode(), 1), KEPT_SECONDS)
    return part
