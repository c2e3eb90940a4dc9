"""Query strings as serializers: one declaration validates them and documents them.

    class ProductsQuery(QuerySerializer):
        limit = WholeNumberParameter(1, 100, default=10)

    values = ProductsQuery.read(request.query_params)      # and @operation(…, query=ProductsQuery)

Each parameter is given at most once, unknown ones are refused, and a message says what to enter instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dealport.kit.dates import DAY_EXPECTED, parse_day
from dealport.kit.rest.errors import MOST_ERRORS
from dealport.kit.values import FieldValues

MOST_CHARACTERS = 500
"""Of one parameter; the longest value of the contract is an email address of 254."""
DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
FLAGS = {"true": True, "false": False}


def read_single(query: QueryDict, known: Set[str]) -> dict[str, str]:
    """Return each parameter's one value.

    Raises ValidationError naming the first 20 that are unknown, repeated, too long, empty or contain a NUL; `search`
    may be empty and long.
    """
    wrong = {name: [text] for name, values in query.lists() if (text := _fault(name, values, known))}
    if wrong:
        raise ValidationError(dict(islice(wrong.items(), MOST_ERRORS)))
    return {name: values[0] for name, values in query.lists()}


def _fault(name: str, values: Sequence[str], known: Set[str]) -> str:
    if name not in known:
        return "Unknown parameter."
    if len(values) > 1:
        return "Enter this parameter once."
    if "\0" in values[0]:
        return "Remove the NUL character."
    if name != "search" and len(values[0]) > MOST_CHARACTERS:
        return f"Enter at most {MOST_CHARACTERS} characters."
    return "Enter a value or leave the parameter out." if name != "search" and values[0] == "" else ""


class QuerySerializer(serializers.Serializer[object]):
    """The query parameters of an operation or a page."""

    @classmethod
    def read(cls, query: QueryDict) -> FieldValues:
        """Return the values by parameter, defaults filled in. Raises ValidationError naming each wrong parameter."""
        given = read_single(query, _names(cls))
        return dict(_values(cls, tuple(given.items())))


@lru_cache(maxsize=512)
def _names(query: type[QuerySerializer]) -> Set[str]:
    return query().fields.keys()


@lru_cache(maxsize=1024)
def _values(query: type[QuerySerializer], given: tuple[tuple[str, str], ...]) -> FieldValues:
    """Return what these parameters mean: the same every time, so that it is remembered; what is refused is not.

    A declaration therefore looks at nothing but the parameters, no clock and no database.
    """
    serializer = query(data=dict(given))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class WholeNumberParameter(serializers.IntegerField):
    """A whole number in ASCII digits, without sign."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(min_value=lowest, max_value=highest, **kwargs)
        self.expected = f"Enter a whole number from {lowest} to {highest}."
        self.error_messages["required"] = self.expected

    def to_internal_value(self, data: Any) -> int:
        """Return the number. Raises ValidationError."""
        is_short = len(data) <= len(str(self.max_value)) and DIGITS.fullmatch(data)
        if not is_short or not self.min_value <= int(data) <= self.max_value:  # type: ignore[operator]
            raise ValidationError(self.expected)
        return int(data)


class ChoiceParameter(serializers.ChoiceField):
    """A word of a short list, which the error names."""

    def __init__(self, choices: Iterable[str], **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(choices=list(choices), **kwargs)
        self.expected = f"Enter one of {', '.join(self.choices)}."
        self.error_messages["required"] = self.expected

    def to_internal_value(self, data: object) -> str:
        """Return the word. Raises ValidationError."""
        if data not in self.choices:
            raise ValidationError(self.expected)
        return str(data)


class FlagParameter(serializers.BooleanField):
    """`true` or `false`; false where it is left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "default": False, **kwargs})

    def to_internal_value(self, data: object) -> bool:
        """Return the flag. Raises ValidationError."""
        if data not in FLAGS:
            raise ValidationError("Enter true or false.")
        return FLAGS[data]


class DayParameter(serializers.DateField):
    """A calendar day, YYYY-MM-DD; also in request bodies."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def to_internal_value(self, value: Any) -> date:
        """Return the day. Raises ValidationError."""
        try:
            return parse_day(value)
        except (TypeError, ValueError) as error:
            raise ValidationError(DAY_EXPECTED) from error


class StoreParameter(serializers.CharField):
    """Id or slug of a store."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = kwargs.pop("help_text", "Id or slug of one of your stores; others are 404.")
        super().__init__(required=False, min_length=1, trim_whitespace=False, help_text=help_text, **kwargs)
