"""Strict serializers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from rest_framework import serializers

from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.errors import MOST_ERRORS
from dealport.kit.rest.fields import StoreKeyField


class StrictSerializer(serializers.Serializer[object]):
    """Refuses fields it does not know and fields that are read-only, naming the first 20: nothing is
    dropped in silence."""

    def to_internal_value(self, data: object) -> object:
        """Return the validated values. Raises ValidationError."""
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            wrong = {
                str(name): ["This field is read-only." if name in self.fields else "Unknown field."]
                for name in islice((name for name in data if name not in writable), MOST_ERRORS)
            }
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


class StoreOwnedSerializer(StrictSerializer):
    """A row of one store. Its `store` is said when it is made, may be left out by whoever has one, and stays."""

    store = StoreKeyField(required=False, help_text="Id or slug; optional where you have one store.")

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields; `store` is read-only for a row that exists."""
        fields = super().get_fields()
        fields["store"].read_only = self.partial or self.instance is not None
        return fields
