"""Serializer fields that take exactly what the contract says and name what they were given otherwise."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from rest_framework import serializers

from customers.fields import MONEY_DIGITS, MONEY_PLACES

WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


class MoneyField(serializers.DecimalField):
    """An amount: a JSON number (or plain decimal string) with at most two decimals, from 0 unless told otherwise.

    Booleans, exponents, NaN, infinities and digits of other scripts are refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the amount. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("invalid")
        if isinstance(data, str) and not DECIMAL.fullmatch(data):
            self.fail("invalid")
        try:
            return super().to_internal_value(data)
        except InvalidOperation:
            self.fail("invalid")


class WholeNumberField(serializers.IntegerField):
    """A whole JSON number: no booleans, no fractions, no strings."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """A JSON string; numbers and booleans are refused instead of being spelled out."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StoreKeyField(serializers.Field[Any, Any, Any, Any]):
    """A store by its id (number) or slug (text)."""

    default_error_messages = {"invalid": "Expected the id or slug of a store."}

    def to_internal_value(self, data: Any) -> str:
        """Return the key as text. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int | str) or len(str(data)) > 60:
            self.fail("invalid")
        return str(data)

    def to_representation(self, value: Any) -> Any:
        """Return a store's slug."""
        return value.slug
