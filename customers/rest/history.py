"""`GET …/{id}/history`: what happened to an object, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import AuditEntry
from dealport.kit.rest.docs import operation
from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.lists import COMMON
from dealport.kit.rest.queries import read_single

EXAMPLE = {
    "at": "2026-03-15T08:00:00Z",
    "action": "changed",
    "actorId": 7,
    "actor": "ana@example.com",
    "surface": "admin",
    "changes": [{"field": "price", "before": "19.90", "after": "24.90"}],
}


Changes = dict[str, list[object]]


class FieldChangeSerializer(serializers.Serializer[object]):
    """A field's value before and after the change; secrets are masked."""

    before = serializers.JSONField()
    after = serializers.JSONField()

    def get_fields(self) -> dict[str, AnyField]:
        """Add `field`, a name that serializers use themselves."""
        return {"field": serializers.CharField(), **super().get_fields()}


@extend_schema_field(FieldChangeSerializer(many=True))
class ChangesField(serializers.Field[Changes, object, list[dict[str, object]], AuditEntry]):
    """Changes, kept as field → [before, after]."""

    def to_representation(self, value: Changes) -> list[dict[str, object]]:
        """Return one object per field."""
        return [{"field": field, "before": before, "after": after} for field, (before, after) in value.items()]


class HistoryEntrySerializer(serializers.Serializer[AuditEntry]):
    """One thing that happened: what, when, who, through which surface, and what it changed."""

    at = serializers.DateTimeField()
    action = serializers.CharField()
    actorId = serializers.IntegerField(source="actor_id", allow_null=True, help_text="Null for the system.")
    actor = serializers.CharField(
        source="actor_label", help_text="The account's email at that moment, or the part of the system."
    )
    surface = serializers.ChoiceField(
        choices=AuditEntry.Surface.choices, allow_null=True, help_text="Null for the steps of an order."
    )
    changes = ChangesField()

    def to_representation(self, instance: AuditEntry) -> dict[str, object]:
        """Return null for a surface that is not known."""
        return {**super().to_representation(instance), "surface": instance.surface or None}


def history_action(name: str, of: str, *, parameters: Sequence[OpenApiParameter] = ()) -> object:
    """Return the `history` action of a viewset whose `history_of(row)` returns entries, newest first."""

    @operation(
        name,
        f"List what happened to {of}, newest first",
        answer=HistoryEntrySerializer(many=True),
        example=EXAMPLE,
        filters=False,
        parameters=parameters,
    )
    @action(detail=True, methods=["get"])
    def history(self: Any, request: Request, pk: str) -> Response:
        """Answer with who did what, newest first."""
        read_single(request.query_params, COMMON)
        page = self.paginate_queryset(self.history_of(self.get_object()))
        return self.get_paginated_response(HistoryEntrySerializer(page, many=True).data)

    return history
