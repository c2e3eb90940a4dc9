"""Differences of two recordings: JSON values, lines of CSV, cells of XLSX, each with the path that leads there."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

CHANGED, MISSING, ADDED, REORDERED = "changed", "missing", "added", "reordered"
FILES = ("csv", "xlsx")


@dataclass(frozen=True)
class Difference:
    """One value that is another one now, is missing, was added or stands elsewhere: in which entry, and where in it.

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
            ADDED: f"{_short(self.after)} was added",
            REORDERED: "the same in another order",
        }
        return f"{self.entry} {self.path or '(all)'}: {shown[self.kind]}"


def recordings(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    """Yield the differences of two recordings: entry by entry, in the order they were recorded in."""
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield Difference(name, "", MISSING, "<entry>", None)
        elif name not in before:
            yield Difference(name, "", ADDED, None, "<entry>")
        elif _is_refused(before[name]) != _is_refused(after[name]):
            # an error has nothing in common with an answer
            yield Difference(name, ".status", CHANGED, before[name]["status"], after[name]["status"], after[name])
        else:
            yield from _values(name, "", before[name], after[name], None)


def _is_refused(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("status"), int) and entry["status"] >= 400


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
    """Compare equal elements wherever they stand, and the others place by place between those."""
    pairs = _pairs(*_identities(before, after))
    in_order = [place for _, place in pairs] == sorted(place for _, place in pairs)
    if not in_order:
        yield Difference(entry, path, REORDERED, before, after, row)
    for old, new in pairs:
        yield from _values(entry, f"{path}[{old}]", before[old], after[new], row)
    olds = _gaps(len(before), [old for old, _ in pairs], in_order)
    news = _gaps(len(after), [new for _, new in pairs], in_order)
    for gap in sorted({*olds, *news}):
        for old, new in zip_longest(olds.get(gap, ()), news.get(gap, ())):
            if old is None:
                yield Difference(entry, f"{path}[{new}]", ADDED, None, after[new], after[new])
            elif new is None:
                yield Difference(entry, f"{path}[{old}]", MISSING, before[old], None, before[old])
            else:
                yield from _values(entry, f"{path}[{old}]", before[old], after[new], row)


def _identities(before: list[Any], after: list[Any]) -> tuple[list[str], list[str]]:
    """Return what makes elements the same one: their names where all have different ones, else all they hold.

    Of objects, that is the values under keys that both lists know: a key that was added does not make others of them.
    """
    names = [_names(before), _names(after)]
    if all(len(set(known)) == len(values) > 0 for known, values in zip(names, (before, after), strict=True)):
        return names[0], names[1]
    if not all(isinstance(value, dict) for value in (*before, *after)):
        return _texts(before), _texts(after)
    shared = {key for value in before for key in value} & {key for value in after for key in value}
    old, new = ([{key: value.get(key) for key in shared} for value in values] for values in (before, after))
    return _texts(old), _texts(new)


def _names(values: list[Any]) -> list[str]:
    named = [value for value in values if isinstance(value, dict) and isinstance(value.get("name"), str)]
    return [f"{value['name']} {value.get('currency', '')}" for value in named]


def _texts(values: list[Any]) -> list[str]:
    return [json.dumps(value, sort_keys=True) for value in values]


def _pairs(before: list[str], after: list[str]) -> list[tuple[int, int]]:
    """Return the places of equal elements, each once, in the order of the first list."""
    places: dict[str, deque[int]] = {}
    for place, identity in enumerate(after):
        places.setdefault(identity, deque()).append(place)
    return [(place, places[identity].popleft()) for place, identity in enumerate(before) if places.get(identity)]


def _gaps(count: int, matched: list[int], in_order: bool) -> dict[int, list[int]]:
    """Return the places that have no equal, by how many matched ones stand before them (all as one if reordered)."""
    gaps: dict[int, list[int]] = {}
    known, passed = set(matched), 0
    for place in range(count):
        if place in known:
            passed += 1
        else:
            gaps.setdefault(passed if in_order else 0, []).append(place)
    return gaps


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
