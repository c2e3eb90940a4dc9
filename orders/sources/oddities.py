"""What a source states in a way nobody here understands, said in words for the people of the store."""

from __future__ import annotations

from django.utils.translation import gettext


class OddValue(ValueError):
    """A value that its field cannot have; raised where it is read. `expected` says what it would be."""

    def __init__(self, value: object, expected: str) -> None:
        super().__init__(gettext("{value} is not {expected}").format(value=repr(str(value)[:80]), expected=expected))
        self.value, self.expected = str(value), expected


def odd_moment(value: object) -> OddValue:
    """Return what to raise for a value that is no moment."""
    return OddValue(value, gettext("a time such as 2026-06-10T14:00:00Z"))


def odd_number(value: object) -> OddValue:
    """Return what to raise for a value that is no amount."""
    return OddValue(value, gettext("an amount such as 1234.50"))


def unreadable_order() -> str:
    """Return what is said of an order where Python alone knows which field is odd."""
    return gettext("an order as its API states it: one of its fields is missing or of another kind")
