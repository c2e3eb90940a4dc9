"""One form of an email address, for storing it, looking it up and counting by it."""

from __future__ import annotations

import unicodedata

MOST_CHARACTERS = 254
"""Of an address (RFC 5321); longer text is no address, and normalizing it could take quadratic time."""


def fold_email(text: str) -> str:
    """Return the form two spellings of one address share: without the spaces around it, NFKC and case folded.

    Domains lose nothing by it: nameprep (RFC 3491), by which mail is sent to them, folds the same way.
    """
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        return text
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
