"""Reading the file: bytes, plain or gzip, into CSV records that know their line and their untouched text."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from orders.importing.problems import ImportRefused, Problem

MAX_LINE_BYTES = 1_048_576
MAX_FIELD_CHARACTERS = 100_000
BOM = b"\xef\xbb\xbf"
TEXT = "UTF-8 text"


@dataclass(slots=True)
class Record:
    """One row: the physical line it begins on, its fields, its text as it stands, and what makes it unreadable."""

    line: int
    fields: list[str]
    text: str
    fault: Problem | None = None


class RecordReader:
    """Iterates over the records of a file, constant in memory. `bytes_read` of `bytes_total` (as stored) are done.

    A row that is no text is a record with a fault. What leaves no rows to speak of (a truncated archive, a quote
    that is never closed, a line of megabytes) raises ImportRefused.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes_total = path.stat().st_size
        self.line = 0
        self._raw = path.open("rb")
        zipped = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._stream = cast(BinaryIO, gzip.GzipFile(fileobj=self._raw)) if zipped else self._raw
        self._pending: list[str] = []
        self._fault: Problem | None = None

    @property
    def bytes_read(self) -> int:
        """How far the file has been read, in bytes as stored."""
        return self._raw.tell()

    def __enter__(self) -> RecordReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._raw.close()

    def __iter__(self) -> Iterator[Record]:
        csv.field_size_limit(MAX_FIELD_CHARACTERS)
        rows = csv.reader(self._lines(), strict=True)
        while True:
            start = self.line + 1
            try:
                fields = next(rows, None)
            except csv.Error as error:
                raise self._refusal(start, "".join(self._pending), _csv_expectation(error)) from error
            if fields is None:
                return
            text, fault = "".join(self._pending), self._fault
            self._pending, self._fault = [], None
            if fields or fault:
                yield Record(start, fields, text, fault)

    def _lines(self) -> Iterator[str]:
        """Yield lines with their ends; bytes that are no UTF-8 come as lone surrogates and mark the record."""
        while line := self._read_line():
            self.line += 1
            if self.line == 1 and line.startswith(BOM):
                line = line[len(BOM) :]
            if len(line) > MAX_LINE_BYTES:
                raise self._refusal(self.line, _shown(line), f"lines of at most {MAX_LINE_BYTES:,} bytes")
            if b"\0" in line:
                self._mark(line, f"{TEXT} without NUL bytes")
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                self._mark(line[max(error.start - 20, 0) : error.end], TEXT)
                text = line.decode("utf-8", "surrogateescape")
            self._pending.append(text)
            yield text

    def _read_line(self) -> bytes:
        try:
            return self._stream.readline(MAX_LINE_BYTES + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self._refusal(
                self.line + 1, str(error), "a complete gzip file (this one is truncated or damaged)"
            ) from error

    def _mark(self, line: bytes, expected: str) -> None:
        self._fault = self._fault or Problem(self.line, "", _shown(line), expected)

    def _refusal(self, line: int, value: str, expected: str) -> ImportRefused:
        return ImportRefused(self.path.name, [Problem(line, "", value, expected)])


def _shown(line: bytes) -> str:
    return line[:100].decode("utf-8", "backslashreplace").rstrip("\r\n")


def _csv_expectation(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"fields of at most {MAX_FIELD_CHARACTERS:,} characters (is a quote never closed?)"
    if "unexpected end of data" in str(error):
        return "a closing quote before the end of the file"
    return f"CSV as Shopify writes it ({error})"
