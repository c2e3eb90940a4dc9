"""The OpenAPI document as pages: what can be called, one page for each part, readable without a script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.module_loading import import_string
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 3
"""Levels of a body's fields that are listed; the schema has all."""
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body. `name` of a nested one is its path: `items[].quantity`."""

    name: str
    kind: str
    is_required: bool
    text: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    """One thing that can be called."""

    key: str
    tag: str
    method: str
    path: str
    title: str
    text: str
    parameters: list[Field]
    body: list[Field]
    example: str
    answers: list[tuple[str, str, str]]
    """Status, meaning and example of each answer."""


class DocumentationView(APIView):
    """`GET /api/docs` and `/api/docs/<part>`: for everybody who works in stores."""

    schema = None

    def get_permissions(self) -> list[Any]:
        """Return who may read it: whoever may read the schema."""
        classes = (each if isinstance(each, type) else import_string(each) for each in _permissions())
        return [permission() for permission in classes]

    def get(self, request: Request, tag: str = "") -> HttpResponse:
        """Show all operations by part, or one part in detail. Raises Http404 for a part there is not."""
        parts = operations()
        if tag and tag not in parts:
            raise Http404("no such part")
        context = {"parts": parts, "tag": tag, "operations": parts.get(tag, []), "about": document()["info"]}
        return render(_plain(request), "api/docs.html", context)

    def handle_exception(self, error: Exception) -> Any:
        """Lead a browser without a session to the login page."""
        if isinstance(error, NotAuthenticated):
            response: HttpResponseBase = redirect_to_login(self.request.get_full_path())
            return response
        return super().handle_exception(error)


def _permissions() -> list[Any]:
    return list(spectacular_settings.SERVE_PERMISSIONS)


def _plain(request: Request) -> HttpRequest:
    return request._request


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document; it changes with the program alone."""
    found: dict[str, object] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@cache
def operations() -> dict[str, list[Operation]]:
    """Return the operations by part, in the order of their paths."""
    found: dict[str, list[Operation]] = {}
    for path, methods in sorted(document()["paths"].items()):
        for method in METHODS:
            if method in methods:
                operation = _operation(path, method, methods[method])
                found.setdefault(operation.tag, []).append(operation)
    return dict(sorted(found.items()))


def _operation(path: str, method: str, found: Json) -> Operation:
    text = str(found.get("description", ""))
    content = found.get("requestBody", {}).get("content", {})
    body: Json = next(iter(content.values()), {})
    title = found.get("summary") or text.partition("\n")[0].rstrip(".") or found["operationId"]
    return Operation(
        key=str(found["operationId"]),
        tag=str(next(iter(found.get("tags", [])), "health")).strip("/") or "health",
        method=method.upper(),
        path=path,
        title=str(title),
        text=text,
        parameters=[_parameter(_resolved(each)) for each in found.get("parameters", [])],
        body=list(_fields(body.get("schema", {}))),
        example=_example(body),
        answers=[_answer(status, _resolved(each)) for status, each in sorted(found["responses"].items())],
    )


def _parameter(found: Json) -> Field:
    schema = _resolved(found.get("schema", {}))
    return Field(found["name"], _kind(schema), found.get("required", False), found.get("description", ""), found["in"])


def _fields(schema: Json, prefix: str = "", level: int = 0) -> Iterator[Field]:
    """Yield the fields of a body, nested ones after what holds them."""
    schema = _resolved(schema)
    required = schema.get("required", [])
    for name, each in schema.get("properties", {}).items():
        inner = _resolved(each)
        yield Field(
            prefix + name, _kind(inner), name in required, each.get("description", inner.get("description", ""))
        )
        if level + 1 < DEEPEST:
            items = _resolved(inner["items"]) if "items" in inner else inner
            yield from _fields(items, f"{prefix}{name}{'[]' if 'items' in inner else ''}.", level + 1)


def _answer(status: str, found: Json) -> tuple[str, str, str]:
    content: Json = next(iter(found.get("content", {}).values()), {})
    return status, str(found.get("description", "")), _example(content)


def _example(content: Json) -> str:
    """Return the example of a body as indented JSON, nothing where there is none."""
    for example in content.get("examples", {}).values():
        if "value" in example:
            return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return json.dumps(content["example"], indent=2, ensure_ascii=False) if "example" in content else ""


def _kind(schema: Json) -> str:
    """Return in a few words what a value may be."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kinds = schema.get("type", "any")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in schema:
        return f"list of {_kind(_resolved(schema['items']))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _resolved(part: Json) -> Json:
    """Return what a part refers to, or the part itself."""
    for _ in range(5):
        if "$ref" not in part:
            alone = part.get("allOf") or part.get("oneOf") or part.get("anyOf")
            if not (alone and "type" not in part and "properties" not in part):
                return part
            part = next((each for each in alone if each.get("type") != "null"), alone[0])
            continue
        found: Any = document()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part
