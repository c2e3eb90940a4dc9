"""As much of GraphQL as a server needs that answers from dicts: selection sets with arguments and inline fragments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r'\.\.\.|[{}():$!\[\]]|"(?:[^"\\]|\\.)*"|-?[0-9]+|[_A-Za-z][_0-9A-Za-z]*')


@dataclass
class Field:
    """A field: its arguments, with variables filled in, and what is selected of it (nothing: a scalar)."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    selected: list[Field] = field(default_factory=list)


class UnknownField(Exception):
    """The schema has no such field."""


class Parser:
    """Reads one document."""

    def __init__(self, document: str, variables: Mapping[str, Any]) -> None:
        self.tokens, self.variables = TOKEN.findall(document), variables

    def document(self) -> list[Field]:
        """Return the fields of the operation."""
        while self.tokens[0] != "{":
            self.tokens.pop(0)
        return self.selection()

    def selection(self) -> list[Field]:
        """Return the fields between braces; those of fragments stand among them."""
        fields: list[Field] = []
        assert self.tokens.pop(0) == "{"
        while (token := self.tokens.pop(0)) != "}":
            if token == "...":
                del self.tokens[:2]  # on TYPE
                fields += self.selection()
                continue
            one = Field(token)
            if self.tokens[0] == "(":
                one.arguments = self.arguments()
            if self.tokens[0] == "{":
                one.selected = self.selection()
            fields.append(one)
        return fields

    def arguments(self) -> dict[str, Any]:
        """Return arguments by name."""
        found = {}
        self.tokens.pop(0)
        while (name := self.tokens.pop(0)) != ")":
            assert self.tokens.pop(0) == ":"
            value = self.tokens.pop(0)
            if value == "$":
                found[name] = self.variables.get(self.tokens.pop(0))
            else:
                found[name] = value.strip('"') if value.startswith('"') else int(value)
        return found


def cost(fields: list[Field]) -> int:
    """Return what a selection costs at most: 1 for each object, times the size of the pages around it."""
    total = 0
    for one in fields:
        if one.selected and one.name not in ("nodes", "edges", "node", "pageInfo", "shopMoney"):
            total += 1
        size = int(one.arguments.get("first") or len(one.arguments.get("ids") or ()) or 1)
        total += cost(one.selected) * size
    return total


def project(value: Any, fields: list[Field]) -> Any:
    """Return what is selected of a value. A list under a field with `first` is a connection, in pages."""
    if value is None or not fields:
        return value
    if isinstance(value, list):
        return [project(item, fields) for item in value]
    answer = {}
    for one in fields:
        if one.name not in value:
            raise UnknownField(one.name)
        inner = value[one.name]
        if isinstance(inner, list) and any(sub.name in ("nodes", "edges") for sub in one.selected):
            inner = page(inner, one.arguments)
        answer[one.name] = project(inner, one.selected)
    return answer


def page(items: list[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of a connection; the cursor is the position."""
    start = int(arguments.get("after") or 0)
    end = start + int(arguments.get("first") or len(items) or 1)
    part = items[start:end]
    info = {"hasNextPage": end < len(items), "endCursor": str(min(end, len(items)))}
    return {"nodes": part, "edges": [{"node": item} for item in part], "pageInfo": info}
