"""Texts that are written down before it is known who reads them, and those that the marks in the source do not name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from django.utils.translation import gettext_lazy

SHOWN = {
    "is active": "active", "is default": "default", "is featured": "featured", "image url": "picture",
    "created at": "created", "updated at": "changed", "placed at": "placed", "starts at": "starts", "ends at": "ends",
}  # fmt: skip
"""What pages say for the names of columns."""


def lazy_text(text: str) -> str:
    """Return a text that is in the language of the page wherever it is shown; imported as `_`.

    It acts as a str, and is one to the type checker, but JSON and the database want `str(text)`.
    """
    return cast(str, gettext_lazy(text))


PROVIDERS: list[Callable[[], Iterable[str]]] = []
"""Functions that return texts for the catalog which are shown by way of a variable; apps add theirs when they start."""
