"""`POST …/{id}/restore`: undo a soft delete."""

from __future__ import annotations

from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dealport.kit.rest.docs import operation


def restore_action(one: str, answer: object, example: object) -> object:
    """Return the `restore` action of a viewset that has `bring_back(row)`, for a resource called `one`."""

    @operation(
        f"restore{one.capitalize()}",
        f"Restore a deleted {one}",
        answer=answer,
        example=example,
        errors=(409,),
    )
    @action(detail=True, methods=["post"])
    def restore(self: Any, request: Request, pk: str) -> Response:
        """Undo the deletion; one that was not deleted stays as it is. 409 if a unique value is another's by now."""
        rows = self.queryset.model.objects.select_related("store")
        return self.answer(self.bring_back(self.own(rows, pk)))

    return restore
