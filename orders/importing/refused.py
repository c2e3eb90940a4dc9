"""The file of refused orders: their rows as they stood, with the reason added."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import TracebackType
from typing import TextIO

from orders.importing.problems import Problem
from orders.importing.records import Record
from orders.importing.rows import OrderRows

REASON = "Refused because"


class RefusedFile:
    """Written when the first order is refused; does nothing without a path. Corrected, it can be imported as it is."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.orders = 0
        self._header, self._separator = "", ","
        self._file: TextIO | None = None

    def __enter__(self) -> RefusedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file and self.path:
            self._file.close()
            if kind is not None:  # nothing was imported, so nothing was left out
                self.path.unlink()

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
