"""Filters of lists: each takes exactly one spelling of a value and refuses the rest."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from drf_spectacular.utils import extend_schema_field

from dealport.kit.dates import DAY_EXPECTED, ISO_DAY, parse_day
from dealport.kit.money import MAX_AMOUNT
from dealport.kit.rest.queries import FLAGS

WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)


class _Spelled(forms.Field):
    """A form field that takes text of one spelling; `parse` may raise ValueError for what has no meaning."""

    spelling: re.Pattern[str]
    expected: str

    def to_python(self, value: Any) -> object:
        """Return the value, None if there is none. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            if not self.spelling.fullmatch(value):
                raise ValueError(value)
            return self.parse(value)
        except ValueError as error:
            raise forms.ValidationError(self.expected) from error

    def parse(self, text: str) -> object:
        """Return what well spelled text means."""
        raise NotImplementedError


class _WholeField(_Spelled):
    spelling, expected = WHOLE, "Enter a whole number."

    def parse(self, text: str) -> int:
        return int(text)


class _AmountField(_Spelled):
    spelling, expected = AMOUNT, f"Enter an amount from 0 to {MAX_AMOUNT} with at most three decimals."

    def parse(self, text: str) -> Decimal:
        return Decimal(text)


class _DayField(_Spelled):
    spelling, expected = ISO_DAY, DAY_EXPECTED

    def parse(self, text: str) -> date:
        return parse_day(text)


class _FlagField(_Spelled):
    spelling, expected = re.compile("true|false"), "Enter true or false."

    def parse(self, text: str) -> bool:
        return FLAGS[text]


@extend_schema_field({"type": "integer", "minimum": 0})
class WholeNumberFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """A whole number from 0, such as an id."""

    field_class = _WholeField


@extend_schema_field({"type": "number", "minimum": 0, "maximum": float(MAX_AMOUNT), "multipleOf": 0.001})
class AmountFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """Narrows by an amount of money, with at most three decimals."""

    field_class = _AmountField


@extend_schema_field({"type": "string", "format": "date"})
class DayFilter(django_filters.DateFilter):  # type: ignore[misc]
    """A calendar day; the list's filter set says whose."""

    field_class = _DayField


@extend_schema_field({"type": "boolean"})
class FlagFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """Narrows by `true` or `false`; any other word is 400."""

    field_class = _FlagField
