"""What the OpenAPI document says of an operation and of our fields.

Handlers are described where they stand, with `operation`. What follows from conventions (the envelope, the errors
every operation can answer with, headers) is added to the document as a whole and is not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiParameter, extend_schema, extend_schema_view

from dealport.kit.money import MAX_AMOUNT
from dealport.kit.rest.fields import DECIMAL, MoneyField, StoreKeyField
from dealport.kit.rest.queries import QuerySerializer
from dealport.kit.values import Json

F = TypeVar("F", bound=Callable[..., Any])

STORE = OpenApiParameter(
    "store", {"type": "string", "minLength": 1}, description="Id or slug of one of your stores; others are 404."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
    OpenApiParameter.HEADER,
    description="Same key and body: the first answer again. Kept for 7 days.",
)
REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    description="There when this is the first answer again.",
    response=True,
)

FRESH = [
    OpenApiParameter(
        "If-None-Match",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description="The ETag of what you have: 304 while it is still true.",
    ),
    *(
        OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=text, response=[200, 304])
        for name, schema, text in (
            ("ETag", {"type": "string"}, "Names the figures; it stays while they do."),
            ("X-Cache", {"type": "string", "pattern": "^[A-Z]+$"}, "Cache status: HIT, MISS or STALE."),
            ("X-As-Of", {"type": "string", "format": "date-time"}, "The moment the figures are true for."),
        )
    ),
]


def operation(
    name: str,
    summary: str,
    *,
    answer: object = None,
    status: int = 200,
    example: object = None,
    body: object = None,
    sent: object = None,
    errors: Sequence[int] = (),
    parameters: Sequence[OpenApiParameter] = (),
    query: type[QuerySerializer] | None = None,
    keyed: bool = False,
    cached: bool = False,
    paged: bool = False,
    **more: Any,
) -> Callable[[F], F]:
    """Describe one operation: `answer` and `body` are serializers, `example` and `sent` examples of them.

    `query` declares the query parameters, which the handler reads with it. `errors` are the refusals that do not follow
    from the conventions, `keyed` says it takes an Idempotency-Key, `cached` that it answers with an ETag and 304,
    `paged` that the `meta` of a page stands beside its data.
    """
    extra = [IDEMPOTENCY_KEY, REPLAYED] if keyed else FRESH if cached else []
    return extend_schema(
        operation_id=name,
        summary=summary,
        request=body,
        responses={status: answer, **({304: None} if cached else {})},
        parameters=[*parameters, *([query] if query else []), *extra],
        extensions={"x-errors": list(errors), "x-sent": sent, "x-answer": example, "x-paged": paged},
        **more,
    )


def operations(**described: Callable[..., object]) -> Callable[[type], type]:
    """Describe the operations a viewset inherits, by the name of their handler."""
    return extend_schema_view(**described)


class MoneyInDocument(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Answers carry numbers; requests may also spell an amount as text."""

    target_class = MoneyField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Json:
        """Return a number for answers; for requests, a bounded number or a text of digits."""
        if direction == "response":
            return {"type": "number"}
        most = float(MAX_AMOUNT)
        least = -most if self.target.min_value is None else float(self.target.min_value)
        number = {"type": "number", "minimum": least, "maximum": most, "multipleOf": 0.001}
        return {"anyOf": [number, {"type": "string", "pattern": f"^{DECIMAL.pattern}$"}]}


class StoreKeyInDocument(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Answers carry the slug; requests may say the id as well."""

    target_class = StoreKeyField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Json:
        """Return a slug for answers; for requests, an id or a slug."""
        if direction == "response":
            return {"type": "string"}
        return {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 60}]}


class BearerInDocument(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The access token of a login."""

    target_class = "customers.rest.authentication.TokenAuthentication"
    name = "bearerToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> Json:
        """Return the scheme of access tokens: a JWT in the Authorization header."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "accessToken of a login"}
