"""The OpenAPI document and what can be asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    description: Json

    @property
    def name(self) -> str:
        """The operationId."""
        return str(self.description["operationId"])

    @property
    def success(self) -> tuple[int, Json]:
        """The status and the description of the successful answer."""
        ((status, answer),) = ((s, a) for s, a in self.description["responses"].items() if s.startswith("2"))
        return int(status), answer


@cache
def document() -> Json:
    """Return the document as the product serves it."""
    GENERATOR_STATS.reset()
    found: Json = json.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True)))
    return found


def operations() -> Iterator[Operation]:
    """Yield every operation of the document."""
    for path, methods in document()["paths"].items():
        for method, description in methods.items():
            yield Operation(method.upper(), path, description)
