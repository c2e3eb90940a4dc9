"""Pictures in the API: sent as a file or named by an address, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework import serializers

from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import TextField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import Json

F = TypeVar("F", bound=Callable[..., Any])
EXAMPLE: Json = {
    "id": 88,
    "url": "/pictures/5f2d1c0b9a8e7d6c5b4a39281706f5e4",
    "thumbnailUrl": "/pictures/5f2d1c0b9a8e7d6c5b4a39281706f5e4/small",
    "sourceUrl": "https://cdn.example.com/scarf-red.jpg",
    "status": "waiting",
    "error": "",
    "width": None,
    "height": None,
}


class PictureInput(StrictSerializer):
    """A picture: a file (multipart/form-data), or the address it is fetched from once (JSON)."""

    file = serializers.FileField(required=False, help_text="JPEG, PNG, WebP or GIF, at most 10 MB.")
    url = TextField(
        max_length=2000, required=False, allow_blank=True, help_text="A public address that begins with https://."
    )

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Take one of the two; a form sends the field that was left empty too."""
        given = {name: value for name, value in attrs.items() if value != ""}
        if len(given) != 1:
            raise serializers.ValidationError({"file": ["Send either a file or a url."]})
        return given


class PictureSerializer(serializers.Serializer[object]):
    """A picture and where it is loaded from, once its status is `ready`; `error` says why it is not."""

    id = serializers.IntegerField(source="pk")
    url = serializers.CharField(source="address")
    thumbnailUrl = serializers.CharField(source="thumbnail_address")
    sourceUrl = serializers.CharField(source="source_url")
    status = serializers.ChoiceField(choices=["waiting", "ready", "failed"])
    error = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)


def picture_operation(name: str, summary: str) -> Callable[[F], F]:
    """Describe the operation that takes a picture."""
    return operation(
        name,
        summary,
        status=201,
        body={"multipart/form-data": PictureInput, "application/json": PictureInput},
        sent={"url": EXAMPLE["sourceUrl"]},
        answer=PictureSerializer,
        example=EXAMPLE,
        errors=(503,),
    )
