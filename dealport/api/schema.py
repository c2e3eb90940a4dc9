"""The OpenAPI document: what follows from the conventions is added here to what the apps say of each operation.

A house describes an operation beside its handler; its extensions `x-errors`, `x-sent` and `x-answer` (refusals of its
own, examples of request and answer) are worked in here and do not stay in the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.serializers import ListSerializer

from dealport.kit.rest.pagination import paged
from dealport.kit.rest.renderers import ENVELOPED
from dealport.kit.values import Json

JSON = "application/json"
# Status → name of the shared answer, code in its body, what it means.
ERRORS: Mapping[int, tuple[str, str, str]] = {
    400: ("BadValue", "VALIDATION_ERROR", "A value is missing, unknown, malformed or out of range; `errors` names it."),
    401: ("NotLoggedIn", "NOT_AUTHENTICATED", "Nobody is logged in, or what proves it is not (or no longer) valid."),
    403: ("NotAllowed", "PERMISSION_DENIED", "The role of the account does not allow this."),
    404: ("NotFound", "RESOURCE_NOT_FOUND", "Not there, or in a store you may not see."),
    406: ("NotAcceptable", "NOT_ACCEPTABLE", "The Accept header does not allow JSON."),
    409: (
        "Conflict",
        "CONFLICT",
        "Contradicts the present state; nothing was changed. With the code BUSY somebody else is changing the same "
        "rows, or the first request with this Idempotency-Key is still running; Retry-After says when to come back.",
    ),
    413: ("TooLarge", "PAYLOAD_TOO_LARGE", "The body is too large."),
    415: ("NotJson", "UNSUPPORTED_MEDIA_TYPE", "The body is not application/json."),
    422: ("KeyReused", "IDEMPOTENCY_KEY_REUSED", "The Idempotency-Key came before with another body."),
    429: ("TooMany", "RATE_LIMITED", "Too many requests, or failed logins; Retry-After says when to come back."),
    503: ("Away", "SERVICE_UNAVAILABLE", "The database or Redis is away; Retry-After says when to come back."),
}
RETRY_LATER = {409: "Retry-After-Busy", 429: "Retry-After", 503: "Retry-After"}
"""Status → which of the shared headers its Retry-After is."""
SECONDS: Json = {"type": "integer", "minimum": 0}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class OperationSchema(AutoSchema):
    """Describes an operation: its own words, and the envelope, errors, headers and examples of the conventions."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Json | None:
        """Return the operation object, None if it is left out of the document."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        if not self.path.startswith("/api/"):
            # the same view also stands below /api/v1/
            operation["operationId"] += "Bare"
        own = set(operation.pop("x-errors", ()))
        sent, answer = operation.pop("x-sent", None), operation.pop("x-answer", None)
        is_paged = operation.pop("x-paged", False)
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if sent is not None:
                content["examples"] = {"example": {"value": sent}}
        for response in operation["responses"].values():
            self._describe(response, answer, is_paged)
        for parameter in operation.get("parameters", []):
            _refuse_empty(parameter)
        statuses = sorted(own | self._errors(operation))
        operation["responses"] |= {str(status): _reference("responses", ERRORS[status][0]) for status in statuses}
        return operation

    def get_tags(self) -> list[str]:
        """Return the first word of the path."""
        return [re.sub(r"^/(api/v1/)?", "", self.path).split("/")[0]]

    def _map_basic_serializer(self, serializer: object, direction: object) -> Json:
        """Return an object without room for unknown fields; answers have all of theirs."""
        schema: Json = super()._map_basic_serializer(serializer, direction)
        schema["additionalProperties"] = False
        if direction == "response" and not getattr(serializer, "lacks_fields", False):
            schema["required"] = sorted(schema.get("properties", {}))
        return schema

    def _map_serializer_field(self, field: object, direction: object, bypass_extensions: bool = False) -> Json:
        """Return the schema of a field; a list that is sent also says how many entries it takes."""
        schema: Json = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, ListSerializer) and direction == "request" and schema:
            schema |= {} if field.allow_empty else {"minItems": 1}
            most = getattr(field, "max_length", None)
            schema |= {"maxItems": most} if most else {}
        return schema

    def _describe(self, response: Json, example: object, is_paged: bool) -> None:
        """Put a successful answer into the envelope and give it its headers and example; `is_paged`: with `meta`."""
        response.setdefault("headers", {})["X-Request-ID"] = _reference("headers", "X-Request-ID")
        content = response.get("content", {}).get(JSON)
        if content is None:
            return
        is_page = content["schema"].get("$ref", "").startswith("#/components/schemas/Paginated")
        if self.path.startswith(ENVELOPED) and not is_page:
            content["schema"] = (paged if is_paged else enveloped)(content["schema"])
        if example is not None:
            data = [example] if is_page else example
            content["examples"] = {"example": {"value": self._example(data, is_page or is_paged)}}

    def _example(self, example: object, has_meta: bool) -> object:
        if has_meta:
            return {
                "status": "success",
                "data": example,
                "meta": {"page": 1, "limit": 20, "total": 1, "totalPages": 1},
            }
        return {"status": "success", "data": example} if self.path.startswith(ENVELOPED) else example

    def _errors(self, operation: Json) -> set[int]:
        """Return the statuses any operation of this kind can be refused with."""
        parameters = operation.get("parameters", [])
        places = {parameter["in"] for parameter in parameters}
        takes_body = "requestBody" in operation
        found = {406, 503}
        found |= {400, 413, 415} if takes_body else set()
        found |= {400} if {"query", "header"} & places else set()
        names = {parameter["name"] for parameter in parameters}
        found |= {404} if "path" in places else set()
        found |= {422} if "Idempotency-Key" in names else set()
        found |= {409} if self.method in UNSAFE else set()  # BUSY
        found |= {429} if self.view.throttle_classes else set()
        if self.view.get_authenticators():
            found |= {401}
            found |= {404} if {"store", "tenant"} & names else set()
            needs_role = set(self.view.permission_classes) - {IsAuthenticated, AllowAny}
            # a session without the token of its forms is refused as well
            found |= {403} if needs_role or self.method in UNSAFE else set()
        return found


def enveloped(schema: Json) -> Json:
    """Return the schema of a success below /api/v1/ that carries `schema`."""
    return {
        "type": "object",
        "properties": {"status": {"type": "string", "enum": ["success"]}, "data": schema},
        "required": ["data", "status"],
        "additionalProperties": False,
    }


def add_shared_parts(result: Json, generator: SchemaGenerator, **kwargs: object) -> Json:
    """Add what the operations refer to, and the operations that belong to no app (postprocessing hook)."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = _error_schema()
    components["responses"] = {name: _error_answer(status) for status, (name, _, _) in ERRORS.items()}
    components["headers"] = {
        "X-Request-ID": {
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
            "description": "The X-Request-ID you sent, if it has this form; it is in every log line of the request.",
        },
        "Retry-After": {"schema": SECONDS, "description": "Seconds.", "required": True},
        "Retry-After-Busy": {"schema": SECONDS, "description": "Seconds; sent with the code BUSY alone."},
    }
    result["paths"] |= {
        "/health": {
            "get": _probe("checkHealth", "Return whether the process is alive", "It is.", _health_content("healthy"))
        },
        "/health/ready": {"get": _ready_probe()},
    }
    _drop_enum_ids(result)
    return result


def _drop_enum_ids(part: object) -> None:
    """Take out what the generator marks choices with for a hook that is not used here."""
    if isinstance(part, dict):
        part.pop("x-spec-enum-id", None)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _drop_enum_ids(inner)


def _refuse_empty(parameter: Json) -> None:
    """Say of a textual query parameter that it may not be empty; only a search may."""
    schema = parameter["schema"]
    is_free_text = schema.get("type") == "string" and not schema.keys() & {"enum", "format"}
    if parameter["in"] == "query" and is_free_text and parameter["name"] != "search":
        schema.setdefault("minLength", 1)


def _reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _error_schema() -> Json:
    return {
        "type": "object",
        "description": "Every refusal and failure.",
        "properties": {
            "status": {"type": "string", "enum": ["error"]},
            "message": {"type": "string", "description": "For people."},
            "code": {"type": "string", "pattern": "^[A-Z][A-Z_]+$", "description": "For programs."},
            "errors": {
                "type": "object",
                "description": "The fields at fault, on validation only; `items.1.quantity` is one inside a list.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "requestId": {"type": "string"},
        },
        "required": ["status", "message", "code", "requestId"],
        "additionalProperties": False,
    }


def _error_answer(status: int) -> Json:
    _, code, meaning = ERRORS[status]
    example: Json = {"status": "error", "message": meaning.partition(";")[0].rstrip(".") + ".", "code": code}
    if status == 400:
        example |= {"message": "Some values are not valid.", "errors": {"email": ["This field is required."]}}
    example["requestId"] = "0c5a6d2f9d4b4b0f8a2f3a9c1e7d5b64"
    headers = {"X-Request-ID": _reference("headers", "X-Request-ID")}
    if status in RETRY_LATER:
        headers["Retry-After"] = _reference("headers", RETRY_LATER[status])
    return {
        "description": meaning,
        "headers": headers,
        "content": {JSON: {"schema": _reference("schemas", "Error"), "examples": {"example": {"value": example}}}},
    }


_TIMESTAMP = "2026-11-24T09:30:00.000Z"


def _health_schema(states: list[str], **more: Json) -> Json:
    moment = {"type": "string", "format": "date-time", "description": "When this was answered, in UTC."}
    properties: Json = {"status": {"type": "string", "enum": states}, "timestamp": moment, **more}
    return {
        "type": "object",
        "properties": properties,
        "required": ["status", "timestamp"],
        "additionalProperties": False,
    }


def _health_content(*states: str, **more: Json) -> Json:
    example = {"value": {"status": states[0], "timestamp": _TIMESTAMP}}
    return {JSON: {"schema": _health_schema(list(states), **more), "examples": {"example": example}}}


def _probe(name: str, summary: str, description: str, content: Json) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["health"],
        "security": [{}],
        "responses": {"200": {"description": description, "content": content}},
    }


def _ready_probe() -> Json:
    whom = "For super admins, the bearer of METRICS_TOKEN and the machine itself."
    details: dict[str, Json] = {
        "checks": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": f"By check: ok, or what is wrong. {whom}",
        },
        "ages": {
            "type": "object",
            "additionalProperties": {"type": ["number", "null"], "minimum": 0},
            "description": f"Seconds since beat, each worker and the mail server last worked; null: never. {whom}",
        },
    }
    probe = _probe(
        "checkReadiness",
        "Return whether requests can be served, and whether everything else works",
        "Requests can be served. `degraded`: Redis, a worker, beat, the storage of exports or the mail server is away.",
        _health_content("healthy", "degraded", **details),
    )
    probe["responses"]["503"] = {
        "description": "Nothing can be served: the database is away, read-only or not migrated.",
        "headers": {"Retry-After": _reference("headers", "Retry-After")},
        "content": _health_content("unhealthy", **details),
    }
    return probe
