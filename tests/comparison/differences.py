"""Differences of two recordings: JSON values, lines of CSV, cells of XLSX, each with the path that leads there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

CHANGED, MISSING, ADDED = "changed", "missing", "added"
FILES = ("csv", "xlsx")


@dataclass(frozen=True)
class Difference:
    """One value that is another one now, is missing now, or was added: in which entry, and where in it.

    `row` is the closest JSON object or line of a file around it, as it was before (now, where it was added).
    """

    entry: str
    path: str
    kind: str
    before: Any
    after: Any
    row: Any = None

    def __str__(self) -> str:
        """Return one line for people."""
        shown = {
            CHANGED: f"{_short(self.before)} -> {_short(self.after)}",
            MISSING: f"{_short(self.before)} is missing",
        }
        return f"{self.entry} {self.path or '(all)'}: {shown.get(self.kind, f'{_short(self.after)} was added')}"


def recordings(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    """Yield the differences of two recordings: entry by entry, in the order they were recorded in."""
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield Difference(name, "", MISSING, "<entry>", None)
        elif name not in before:
            yield Difference(name, "", ADDED, None, "<entry>")
        else:
            yield from _values(name, "", before[name], after[name], None)


def _values(entry: str, path: str, before: Any, after: Any, row: Any) -> Iterator[Difference]:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for kind in FILES:
            if set(before) == set(after) == {kind}:
                yield from _files(entry, f"{path}.{kind}", kind, before[kind], after[kind])
                return
        yield from _objects(entry, path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(entry, path, before, after, row)
    else:
        yield Difference(entry, path, CHANGED, before, after, row)


def _objects(entry: str, path: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        place = f"{path}.{key}"
        if key not in after:
            yield Difference(entry, place, MISSING, before[key], None, before)
        elif key not in before:
            yield Difference(entry, place, ADDED, None, after[key], after)
        else:
            yield from _values(entry, place, before[key], after[key], before)


def _lists(entry: str, path: str, before: list[Any], after: list[Any], row: Any) -> Iterator[Difference]:
    """Compare what stands at the same place; with a part in between, what stands around it stays in step."""
    matcher = SequenceMatcher(None, _identities(before), _identities(after), autojunk=False)
    for _, first, last, begin, end in matcher.get_opcodes():
        pairs = min(last - first, end - begin)
        for step in range(pairs):
            yield from _values(entry, f"{path}[{first + step}]", before[first + step], after[begin + step], row)
        for place in range(first + pairs, last):
            yield Difference(entry, f"{path}[{place}]", MISSING, before[place], None, before[place])
        for place in range(begin + pairs, end):
            yield Difference(entry, f"{path}[{place}]", ADDED, None, after[place], after[place])


def _identities(values: list[Any]) -> list[str]:
    """Return what makes two elements the same one: their names where all have different ones, else all they hold."""
    if values and all(isinstance(value, dict) and isinstance(value.get("name"), str) for value in values):
        names = [f"{value['name']} {value.get('currency', '')}" for value in values]
        if len(set(names)) == len(names):
            return names
    return [json.dumps(value, sort_keys=True) for value in values]


def _files(entry: str, path: str, kind: str, before: Any, after: Any) -> Iterator[Difference]:
    if kind == "xlsx":
        yield from _objects(entry, path, _workbook(before), _workbook(after))
        return
    found = [*_values(entry, path, _table(_lines(before)), _table(_lines(after)), None)]
    yield from found or [Difference(entry, path, CHANGED, "bytes", "other bytes of the same values")]


def _lines(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text, newline=""))]


def _workbook(sheets: dict[str, list[list[Any]]]) -> dict[str, Any]:
    """Return sheets as tables, but for the receipt: its lines have no header."""
    return {name: lines if name == "Receipt" else _table(lines) for name, lines in sheets.items()}


def _table(lines: list[list[Any]]) -> dict[str, Any]:
    """Return a header, and lines as values by column."""
    header = [str(name).partition(" [")[0] for name in lines[0]] if lines else []
    return {"header": header, "rows": [dict(zip(header, line, strict=False)) for line in lines[1:]]}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}..."
