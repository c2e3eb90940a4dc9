"""What the endpoints of the catalogue share: rows that staff create, change and hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import Store
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation, operations
from dealport.kit.values import FieldValues, Json


class CatalogueViewSet(StoreOwnedViewSet):
    """List, create, read, change and soft-delete. A subclass brings the three writes, each one action."""

    def make(self, store: Store, values: dict[str, object]) -> object:
        """Create a row from validated input."""
        raise NotImplementedError

    def change(self, row: Any, values: FieldValues) -> object:
        """Change a row by validated input."""
        raise NotImplementedError

    def hide(self, row: Any) -> None:
        """Delete the row softly, in the name of the caller; each resource says how."""
        raise NotImplementedError

    def create(self, request: Request) -> Response:
        """Create a row in one of the caller's stores (201)."""
        values = self.valid(self.serializer_class)
        return self.answer(self.make(self.store_of(values), values), status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that the body names; the others stay. 400 names a field."""
        row = self.get_object()
        return self.answer(self.change(row, self.valid(self.serializer_class, partial=True)))

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete the row softly (204): orders and figures keep it."""
        self.hide(self.get_object())
        return Response(status=204)


def catalogue(serializer: Any, one: str, many: str, *, example: object, sent: Any) -> Callable[[type], type]:
    """Describe the five operations of a catalogue's resource, called `one` and `many`."""
    name, names = one.capitalize(), many.capitalize()
    made = {"body": serializer, "answer": serializer, "example": example}
    return operations(
        list=operation(f"list{names}", f"List {many}", answer=serializer(many=True), example=example),
        retrieve=operation(f"read{name}", f"Read a {one}", answer=serializer, example=example),
        create=operation(f"create{name}", f"Create a {one}", status=201, sent=sent, errors=(404, 409), **made),
        partial_update=operation(f"update{name}", f"Update a {one}", sent=_without_store(sent), errors=(409,), **made),
        destroy=operation(f"delete{name}", f"Delete a {one}", status=204, errors=(409,)),
    )


def _without_store(sent: Json) -> dict[str, object]:
    return {key: value for key, value in sent.items() if key != "store"}
