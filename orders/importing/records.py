"""Reading a table: lines of text into records that know their line and their untouched text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType

from django.utils.translation import gettext

from dealport.kit.texts import lazy_text as _
from orders.importing.opening import OpenFile
from orders.importing.problems import ImportRefused, Problem

MAX_LINE_CHARACTERS = 1_048_576
MAX_FIELD_CHARACTERS = 100_000
TEXT = _("UTF-8 text")
WITHOUT_NUL = _("UTF-8 text without NUL bytes")
SEPARATORS = ",;\t"
QUOTED = re.compile(r'"(?:[^"]|"")*"')
WRAPPED = re.compile(r'("(?:[^"]|"")*")[,;\t]*\s*')
BROKEN = re.compile("[\udc80-\udcff]")
DOUBLED = _(
    'quotes inside a quoted field doubled, such as "Screen 12"" wide"; '
    "export the orders again, or double the quote in an editor"
)


@dataclass(slots=True)
class Record:
    """One row: the physical line it begins on, its fields, its text as it stands, and what makes it unreadable.

    `trimmed` is how many empty cells an editor cut off its end.
    """

    line: int
    fields: list[str]
    text: str
    fault: Problem | None = None
    trimmed: int = 0


class RecordReader:
    """Iterates over the records of a file, constant in memory. `bytes_read` of `bytes_total` (as stored) are done.

    The separator (comma, semicolon or tab) is the one the header has most of. A row that became one quoted cell is
    unwrapped. A row that is no text is a record with a fault; a row without any value is left out. What leaves no
    rows to speak of (a truncated archive, a quote that is never closed, a line of megabytes) raises ImportRefused.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.line = path, 0
        self.file = OpenFile(path)
        self.separator = ","
        self._pending: list[str] = []
        self._fault: Problem | None = None

    @property
    def bytes_total(self) -> int:
        """Size of the file as stored."""
        return self.file.bytes_total

    @property
    def bytes_read(self) -> int:
        """How far the file has been read, in bytes as stored."""
        return self.file.bytes_read

    @property
    def decimal_mark(self) -> str:
        """Return the mark of decimals that cannot be mistaken: a comma only where it does not separate the fields."""
        return "." if self.separator == "," else ","

    def __enter__(self) -> RecordReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def begins_with(self, marks: str) -> bool:
        """Answer whether the first character that is no space is one of `marks`."""
        start = self.file.text().read(1_000).lstrip()
        return bool(start) and start[0] in marks

    def __iter__(self) -> Iterator[Record]:
        csv.field_size_limit(MAX_FIELD_CHARACTERS)
        lines = self._lines()
        first = next(lines, None)
        if first is None:
            return
        plain = QUOTED.sub("", first) if len(QUOTED.sub("", first).strip()) > 1 else first
        self.separator = max(SEPARATORS, key=plain.count)
        rows = csv.reader(self._unwrapped(chain([first], lines)), strict=True, delimiter=self.separator)
        start = 1
        while True:
            try:
                fields = next(rows, None)
            except csv.Error as error:
                raise self._refusal(start, "".join(self._pending), _csv_expectation(error)) from error
            if fields is None:
                return
            text, fault = "".join(self._pending), self._fault
            self._pending, self._fault = [], None
            if fault or any(fields):
                yield Record(start, fields, text, fault)
            start = self.line + 1

    def _lines(self) -> Iterator[str]:
        """Yield lines with their ends; bytes that are no text come as lone surrogates and mark the record."""
        text, is_clean = self.file.text(), self.file.encoding.is_clean
        while line := text.readline(MAX_LINE_CHARACTERS + 1):
            self.line += 1
            if len(line) > MAX_LINE_CHARACTERS:
                limit = gettext("lines of at most {most} characters").format(most=f"{MAX_LINE_CHARACTERS:,}")
                raise self._refusal(self.line, line[:100], limit)
            if "\0" in line:
                self._mark(line, str(WITHOUT_NUL))
            if not is_clean and (broken := BROKEN.search(line)):
                self._mark(line[max(broken.start() - 20, 0) : broken.end()], str(TEXT))
            yield line

    def _unwrapped(self, lines: Iterator[str]) -> Iterator[str]:
        """Yield the lines, a row that a spreadsheet took for one cell as the text of that cell.

        Such a spreadsheet separates by semicolons, and may leave one at the end of every line, the header's too.
        """
        trailing = ""
        for index, line in enumerate(lines):
            if index == 0 and self.separator == "," and line.rstrip().endswith(";"):
                trailing = ";"
            row = line
            if line[0] == '"' and (cell := WRAPPED.fullmatch(line)) and self.separator in cell[1]:
                row = cell[1][1:-1].replace('""', '"') + "\n"
            elif trailing:
                row = line.rstrip("\r\n;") + "\n"
            self._pending.append(row)
            yield row

    def _mark(self, line: str, expected: str) -> None:
        self._fault = self._fault or Problem(self.line, "", _shown(line), expected)

    def _refusal(self, line: int, value: str, expected: str) -> ImportRefused:
        return ImportRefused(self.path.name, [Problem(line, "", value, expected)])


def _shown(line: str) -> str:
    return line[:100].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").rstrip("\r\n")


def _csv_expectation(error: csv.Error) -> str:
    if "field limit" in str(error):
        limit = gettext("fields of at most {most} characters (is a quote never closed?)")
        return limit.format(most=f"{MAX_FIELD_CHARACTERS:,}")
    if "unexpected end of data" in str(error):
        return gettext("a closing quote before the end of the file")
    if "expected after" in str(error):
        return str(DOUBLED)
    return gettext("rows of fields, separated by commas, semicolons or tabs")
