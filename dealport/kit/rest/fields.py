"""Serializer fields that take exactly what the contract says and name what they were given otherwise."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from rest_framework import serializers

from dealport.kit.fields import MONEY_DIGITS, MONEY_PLACES
from dealport.kit.money import MILL, with_cents

WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Of moments: wider than those of days, for an end that is meant never to come."""
LARGEST_ID = 2**63 - 1


class MoneyField(serializers.DecimalField):
    """An amount: a JSON number (or plain decimal string) with at most three decimals, from 0 unless told otherwise.

    The action knows the currency and refuses the decimals that it does not have (`require_amount`). Booleans,
    exponents, NaN, infinities and digits of other scripts are refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, **kwargs)

    def quantize(self, value: Decimal) -> Decimal:
        """Return two decimals, or three where there is a third, also of a sum that is larger than what may come in."""
        return with_cents(value.quantize(MILL))

    def to_internal_value(self, data: object) -> Decimal:
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

    def to_internal_value(self, data: object) -> int:
        """Return the number. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdField(WholeNumberField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class FlagField(serializers.BooleanField):
    """A JSON boolean: no "yes", no 1."""

    def to_internal_value(self, data: object) -> bool:
        """Return the flag. Raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class MomentField(serializers.DateTimeField):
    """An ISO 8601 time with its offset; one without would mean something else in every zone."""

    default_error_messages = {
        "invalid": f"Enter an ISO 8601 time with offset, from {FIRST_YEAR} to {LAST_YEAR}: 2026-11-20T09:30:00Z."
    }

    def to_internal_value(self, value: object) -> datetime:
        """Return the moment. Raises ValidationError."""
        if not isinstance(value, str) or not MOMENT.fullmatch(value):
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail("invalid")
        # PostgreSQL knows fewer offsets than ISO 8601
        return moment.astimezone(UTC)


class TextField(serializers.CharField):
    """A JSON string; numbers and booleans are refused instead of being spelled out.

    It must not be too long as it was sent; the white space around it is cut off then.
    """

    def to_internal_value(self, data: object) -> str:
        """Return the text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class StoreKeyField(serializers.Field[object, object, object, object]):
    """A store by its id (number) or slug (text)."""

    default_error_messages = {"invalid": "Enter the id or slug of a store."}

    def to_internal_value(self, data: object) -> str:
        """Return the key as text. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int | str) or len(str(data)) > 60:
            self.fail("invalid")
        return str(data)

    def to_representation(self, value: Any) -> object:
        """Return the slug, the key that answers use."""
        return value.slug
