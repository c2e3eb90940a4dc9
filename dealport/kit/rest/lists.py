"""Lists: which parameters they take, and in which order they come."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from dealport.kit.rest.queries import read_single
from dealport.kit.values import Json

COMMON = {"page", "limit"}
Row = TypeVar("Row", bound=Model)
Shape = TypeVar("Shape")


class Nullable(str):
    """A column whose rows without a value come last when it descends, and first when it ascends."""


class StrictParameters(BaseFilterBackend):
    """Refuses query parameters the list does not know or that come twice (400 naming them), and orders the rest.

    A view says `ordering_fields = {"placedAt": "placed_at"}` (parameter → column; `-` in front turns it round),
    `ordering = ("-placed_at", "-id")` for the default, and `search(queryset, text)` if it can be searched. The
    primary key is always the last word, so that pages neither repeat nor skip a row. A column that is computed is a
    function of the view that returns its expression; it may raise ValidationError.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Row, Shape], view: APIView) -> QuerySet[Row, Shape]:
        """Return the searched and ordered queryset. Raises ValidationError."""
        filterset = getattr(view, "filterset_class", None)
        known = COMMON | set(filterset.base_filters if filterset else ())
        known |= {"search"} if hasattr(view, "search") else set()
        known |= {"ordering"} if getattr(view, "ordering_fields", None) else set()
        read_single(request.query_params, known)
        if text := request.query_params.get("search", "").strip():
            queryset = view.search(queryset, text)  # type: ignore[attr-defined]
        return queryset.order_by(*self._ordering(request, view))

    def get_schema_operation_parameters(self, view: object) -> list[dict[str, object]]:
        """Return what the OpenAPI document says of `search` and `ordering`."""
        found = []
        if hasattr(view, "search"):
            description = (view.search.__doc__ or "").splitlines()[0]
            found.append(_parameter("search", {"type": "string"}, description))
        if fields := getattr(view, "ordering_fields", None):
            schema = {"type": "string", "enum": [sign + name for name in fields for sign in ("", "-")]}
            found.append(_parameter("ordering", schema, "Ascending, or descending with - before."))
        return found

    def _ordering(self, request: Request, view: Any) -> list[str | OrderBy]:
        asked = request.query_params.get("ordering")
        if asked is None:
            return list(view.ordering)
        sign, name = ("-", asked[1:]) if asked.startswith("-") else ("", asked)
        column = view.ordering_fields.get(name)
        if column is None:
            raise ValidationError(
                {"ordering": [f"Enter one of {', '.join(view.ordering_fields)}, or one with - before it."]}
            )
        if callable(column):
            expression = column(view)
            return [expression.desc() if sign else expression.asc(), sign + "id"]
        if isinstance(column, Nullable):
            value = F(column)
            return [value.desc(nulls_last=True) if sign else value.asc(nulls_first=True), sign + "id"]
        return [sign + column, sign + "id"]


def _parameter(name: str, schema: Json, description: str) -> dict[str, object]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
