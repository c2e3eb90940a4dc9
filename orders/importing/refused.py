"""The file of refused orders: they as they stood, with the reason added."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from dealport.kit.values import Json
from orders.importing.problems import Problem
from orders.importing.records import Record
from orders.importing.rows import OrderRows

REASON = "Refused because"


def refused_suffix(name: str) -> str:
    """Return the end of the name of the file of refused orders of a file."""
    kinds = [suffix for suffix in Path(name.casefold()).suffixes if suffix in (".json", ".jsonl")]
    return f".refused{kinds[-1] if kinds else '.csv'}"


class _Refused:
    """Written when the first order is refused; does nothing without a path. Corrected, it can be imported as it is."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.orders = 0
        self._file: TextIO | None = None
        self._end = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file and self.path:
            self._file.write(self._end)
            self._file.close()
            if kind is not None:  # nothing was imported, so nothing was left out
                self.path.unlink()


class RefusedDocuments(_Refused):
    """The refused orders of a JSON file, each with the reason: an array, or the lines of a bulk operation."""

    def write(self, content: Json, reason: str) -> None:
        """Write an order as it was sent."""
        self.orders += 1
        if self.path is None:
            return
        if is_first := self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        known = {name: value for name, value in content.items() if name not in ("children", "line")}
        lines = [{**known, REASON: reason}, *content.get("children", ())]
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        if "children" in content:
            self._file.write(f"{text}\n")
        else:
            self._file.write(f"{'[' if is_first else ','}\n{text}")
            self._end = "\n]\n"


class RefusedFile(_Refused):
    """The refused orders of a table: their rows, byte for byte."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        self._header, self._separator = "", ","

    def begin(self, header: Record, separator: str) -> None:
        """Remember the header row and what separates its fields."""
        self._separator = separator
        self._header = self._with_reason(header, REASON)

    def write(self, rows: OrderRows, problems: list[Problem]) -> None:
        """Write the rows of an order, byte for byte, each with what is wrong with it."""
        self.orders += 1
        if self.path is None:
            return
        if self._file is None:
            # surrogates stand for the bytes of a row that is no UTF-8
            self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._file.write(self._header)
        for record in rows.records:
            reasons = [str(problem) for problem in problems if problem.line == record.line]
            self._file.write(self._with_reason(record, "; ".join(reasons)))

    def _with_reason(self, record: Record, reason: str) -> str:
        """Return the row with the reason below its heading, whatever an editor trimmed."""
        cell = io.StringIO()
        csv.writer(cell, lineterminator="", delimiter=self._separator).writerow([reason])
        text = record.text.rstrip("\n").rstrip("\r")
        return f"{text}{self._separator * (record.trimmed + 1)}{cell.getvalue() if reason else ''}\n"
