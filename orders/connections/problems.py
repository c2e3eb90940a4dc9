"""What a source may answer instead of data. The texts are sentences for the people of the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError as FieldError
from django.db import Error as DatabaseError
from rest_framework.exceptions import APIException

from orders.sources.description import SourceOrder

UNUSABLE = (
    APIException,
    FieldError,
    DatabaseError,
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    AssertionError,
)
"""What one order can fail with, in whatever way its source states it, without the next one failing too."""


@dataclass(frozen=True)
class Unreadable:
    """An order that the source states in a way nobody here understands; `error` says what is odd."""

    external_id: str
    error: Exception


def readable(external_id: str, read: Callable[[], SourceOrder]) -> SourceOrder | Unreadable:
    """Return the order, or why it cannot be read: it keeps no other back. Raises SourceProblem."""
    try:
        return read()
    except UNUSABLE as error:
        return Unreadable(external_id, error)


class SourceProblem(Exception):
    """Something is wrong at the source or with our access to it."""


class SourceAway(SourceProblem):
    """It will pass: no answer, an error of its own, or too many requests. `wait` says when to ask again."""

    def __init__(self, text: str, wait: timedelta | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class AccessRefused(SourceProblem):
    """Somebody must change something: credentials, scopes, the API version, or the address."""
