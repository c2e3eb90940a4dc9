"""What a source may answer instead of data. The texts are sentences for the people of the store."""

from __future__ import annotations

from datetime import timedelta


class SourceProblem(Exception):
    """Something is wrong at the source or with our access to it."""


class SourceAway(SourceProblem):
    """It will pass: no answer, an error of its own, or too many requests. `wait` says when to ask again."""

    def __init__(self, text: str, wait: timedelta | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class AccessRefused(SourceProblem):
    """Somebody must change something: credentials, scopes, the API version, or the address."""
