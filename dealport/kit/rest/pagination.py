"""Pages of a list: `?page=&limit=`, 20 rows by default, at most 100."""

from __future__ import annotations

from typing import Any, TypeGuard

from django.core.paginator import Page as DjangoPage
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from dealport.kit.values import Json


class Page(list[object]):
    """Rows of one page together with the `meta` of the envelope."""

    def __init__(self, rows: list[object], meta: dict[str, int]) -> None:
        super().__init__(rows)
        self.meta = meta


class KeyPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of a queryset that is ordered to its last word, fast on every page.

    The keys of a page are found first, which an index answers alone, and from the nearer end of the list, so that
    the last page costs what the first one does. Then come the page's rows.
    """

    def page(self, number: int | str) -> DjangoPage[Model]:
        """Return a page: keys from the nearer end of the list first, then the rows of these keys."""
        number = self.validate_number(number)
        rows = self.object_list
        if not _has_keys(rows):
            return super().page(number)
        start = (number - 1) * self.per_page
        size = min(self.per_page, self.count - start)
        after = self.count - start - size
        keys = rows.prefetch_related(None).values_list("pk", flat=True)
        wanted = [*keys[start : start + size]] if start <= after else [*reversed(keys.reverse()[after : after + size])]
        found = rows.order_by().in_bulk(wanted)
        return DjangoPage([found[key] for key in wanted if key in found], int(number), self)


class Pages(PageNumberPagination):
    """Default pagination; refuses a `limit` or `page` that is not a number in range with 400."""

    django_paginator_class = KeyPaginator
    page_size = 20
    max_page_size = 100
    page_size_query_param = "limit"

    def get_page_size(self, request: Request) -> int:
        """Return the rows per page."""
        return _number(request, "limit", self.page_size, maximum=self.max_page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        """Return the number of the page; one past the end is an error unless it is the first."""
        return _number(request, "page", 1, maximum=max(paginator.num_pages, 1))

    def get_paginated_response(self, data: Any) -> Response:
        """Return the rows; the renderer puts `meta` beside them."""
        assert self.page is not None  # paginate_queryset ran before
        paginator = self.page.paginator
        meta = {
            "page": self.page.number,
            "limit": paginator.per_page,
            "total": paginator.count,
            "totalPages": paginator.num_pages,
        }
        return Response(Page(list(data), meta))

    def get_schema_operation_parameters(self, view: object) -> list[dict[str, object]]:
        """Return what the OpenAPI document says of `page` and `limit`."""
        page = {"type": "integer", "minimum": 1, "default": 1}
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            {"name": "page", "in": "query", "required": False, "schema": page, "description": "From 1 on."},
            {"name": "limit", "in": "query", "required": False, "schema": limit, "description": "Rows per page."},
        ]

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        """Return the OpenAPI schema of the enveloped list."""
        return paged(schema)


def paged(schema: dict[str, object]) -> Json:
    """Return the OpenAPI schema of an envelope with `schema` and the `meta` of a page."""
    numbers = {name: {"type": "integer"} for name in ("page", "limit", "total", "totalPages")}
    return {
        "type": "object",
        "required": ["status", "data", "meta"],
        "additionalProperties": False,
        "properties": {
            "status": {"type": "string", "enum": ["success"]},
            "data": schema,
            "meta": {
                "type": "object",
                "required": list(numbers),
                "properties": numbers,
                "additionalProperties": False,
            },
        },
    }


def _has_keys(rows: object) -> TypeGuard[QuerySet[Model]]:
    """Answer whether these are rows of a model in an order of their own."""
    return isinstance(rows, QuerySet) and rows.ordered and issubclass(rows._iterable_class, ModelIterable)


def _number(request: Request, name: str, default: int, *, maximum: int) -> int:
    value = request.query_params.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 12 and 1 <= int(value) <= maximum):
        raise ValidationError({name: [f"Expected a whole number from 1 to {maximum}."]})
    return int(value)
