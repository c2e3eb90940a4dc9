"""Opening what merchants have: plain, .gz, .zip and .xlsx files as lines of text, in constant memory.

What is packed is bounded before it is unpacked: by the size an archive declares, and by the ratio of what came out to
what went in, so that an archive made to fill a disk or a memory is refused after a few megabytes.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext

from orders.importing.problems import ImportRefused, Problem

CHUNK = 1_048_576
MAX_RATIO = 300
RATIO_FROM_BYTES = 64 * 1_048_576
"""From this many unpacked bytes on the ratio counts: a table of a few words repeated packs well, and is small."""
MAX_WORKBOOK_BYTES = 512 * 1_048_576
MAX_WORKBOOK_WORDS = 128 * 1_048_576
"""A workbook keeps its texts in one table that is read into memory."""
MAX_ROWS, MAX_COLUMNS = 1_048_576, 1_000
"""Of a sheet. A cell names its own place, and a few bytes that name a far one stand for all empty ones before it."""

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
READABLE = (".csv", ".txt", ".tsv", ".json", ".jsonl")
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, KeyError, ValueError)


@dataclass(frozen=True)
class Encoding:
    """How the bytes are to be read. `is_clean` is False when some of them are no such text."""

    codec: str
    is_clean: bool = True


class OpenFile:
    """A file as text lines with their ends. `bytes_read` of `bytes_total` (as stored) are done.

    A context manager. Raises ImportRefused for an archive that is damaged, packs too much or holds anything but one
    table.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.bytes_total = path, path.stat().st_size
        self._stack = ExitStack()
        self._raw: BinaryIO = self._stack.enter_context(path.open("rb"))
        magic = self._raw.read(4)
        self._raw.seek(0)
        self.is_zip, self.is_gzip, self.is_workbook = magic == ZIP, magic.startswith(GZIP), False
        try:
            self.is_workbook = self.is_zip and _is_workbook(path)
            self.is_zip = self.is_zip and not self.is_workbook
            self.encoding = Encoding("utf-8") if self.is_workbook else detect(self._chunks())
        except DAMAGED as error:
            self.close()
            raise self.damaged() from error
        except ImportRefused:
            self.close()
            raise

    @property
    def bytes_read(self) -> int:
        """How far the file has been read, in bytes as stored."""
        return self._raw.tell()

    @property
    def kind(self) -> str:
        """What kind of archive it is, for messages."""
        return "workbook" if self.is_workbook else "zip" if self.is_zip else "gzip"

    def close(self) -> None:
        """Close the file and what was opened in it."""
        self._stack.close()

    def damaged(self) -> ImportRefused:
        """Return the refusal of an archive that cannot be read to its end."""
        expected = gettext("a complete {kind} file (this one is truncated or damaged)").format(kind=self.kind)
        return ImportRefused(self.path.name, [Problem(1, "", self.path.name, expected)])

    def text(self) -> io.TextIOBase:
        """Return the content as text; bytes that are no text come as lone surrogates."""
        if self.is_workbook:
            return cast(io.TextIOBase, _Lines(self._sheet_lines()))
        self._raw.seek(0)
        errors = "replace" if self.encoding.codec == "utf-16" else "surrogateescape"
        stream = io.BufferedReader(_Bounded(self), CHUNK)
        return io.TextIOWrapper(stream, self.encoding.codec, errors=errors, newline="")

    def unpacked(self) -> BinaryIO:
        """Return the bytes of the table from their beginning."""
        if self.is_zip:
            return cast(BinaryIO, self._stack.enter_context(self._member()))
        return cast(BinaryIO, gzip.GzipFile(fileobj=self._raw)) if self.is_gzip else self._raw

    def refuse(self, value: str, expected: str) -> ImportRefused:
        """Return the refusal of the file as a whole."""
        return ImportRefused(self.path.name, [Problem(1, "", value, expected)])

    def _member(self) -> Any:
        archive = self._stack.enter_context(zipfile.ZipFile(self._raw))
        names = [info for info in archive.infolist() if _is_table(info.filename)]
        if len(names) != 1:
            listed = ", ".join(info.filename for info in names[:5]) or gettext("no table")
            cure = gettext("an archive with exactly one CSV file; unpack it and import one at a time")
            raise self.refuse(listed, cure)
        if names[0].flag_bits & 1:
            raise self.refuse(names[0].filename, gettext("an archive without a password"))
        self._check_ratio(names[0].file_size, names[0].compress_size)
        return archive.open(names[0])

    def _check_ratio(self, unpacked: int, packed: int) -> None:
        if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * max(packed, 1):
            size = gettext("{count} bytes unpacked").format(count=f"{unpacked:,}")
            raise self.refuse(size, gettext("an archive of at most {most} times its size").format(most=MAX_RATIO))

    def _chunks(self) -> Iterator[bytes]:
        self._raw.seek(0)
        stream, size = self.unpacked(), 0
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            self.check_unpacked(size)
            yield chunk

    def check_unpacked(self, size: int) -> None:
        """Raise ImportRefused when the archive has grown out of proportion."""
        if self.is_gzip or self.is_zip:
            self._check_ratio(size, self.bytes_read)

    def _sheet_lines(self) -> Iterator[str]:
        """Yield the first sheet's rows as CSV; whole numbers and moments as the export writes them."""
        with zipfile.ZipFile(self.path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            self._check_ratio(sum(sizes.values()), self.bytes_total)
        if sum(sizes.values()) > MAX_WORKBOOK_BYTES or sizes.get("xl/sharedStrings.xml", 0) > MAX_WORKBOOK_WORDS:
            limit = MAX_WORKBOOK_BYTES // 1_048_576
            size = gettext("{count} bytes unpacked").format(count=f"{sum(sizes.values()):,}")
            cure = gettext("a workbook of at most {most} MB; save it as CSV UTF-8").format(most=limit)
            raise self.refuse(size, cure)
        try:
            yield from self._rows_of_sheet()
        except (*DAMAGED, SyntaxError, TypeError, IndexError, OverflowError) as error:  # SyntaxError: of the XML
            raise self.damaged() from error

    def _rows_of_sheet(self) -> Iterator[str]:
        # a quarter of a second of processor time, which only the process that reads a workbook spends
        from openpyxl import load_workbook

        sheet = load_workbook(self._raw, read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # rows as they are, whatever size the sheet states
        width = 0
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > MAX_ROWS or len(row) > MAX_COLUMNS:
                limit = gettext("a sheet of at most {rows} rows and {columns} columns")
                place = gettext("row {row} with {columns} columns").format(row=f"{number:,}", columns=f"{len(row):,}")
                raise self.refuse(place, limit.format(rows=f"{MAX_ROWS:,}", columns=f"{MAX_COLUMNS:,}"))
            if not row:
                yield "\n"
                continue
            width = width or len(row)
            line = io.StringIO()
            csv.writer(line).writerow([*map(_cell, row), *[""] * (width - len(row))])
            yield line.getvalue()


class _Bounded(io.RawIOBase):
    """The unpacked bytes, with an eye on how many come out."""

    def __init__(self, file: OpenFile) -> None:
        self._file, self._stream, self._size = file, file.unpacked(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes. Raises ImportRefused for an archive that is damaged or packs too much."""
        try:
            data = self._stream.read(len(buffer))
        except DAMAGED as error:
            raise self._file.damaged() from error
        self._size += len(data)
        self._file.check_unpacked(self._size)
        buffer[: len(data)] = data
        return len(data)


class _Lines:
    """Lines with the two methods of a text stream that the readers use."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def readline(self, size: int = -1) -> str:
        """Return the next line, empty at the end."""
        return next(self._lines, "")

    def read(self, size: int = -1) -> str:
        """Return all that is left."""
        return "".join(self._lines)


def detect(chunks: Iterator[bytes]) -> Encoding:
    """Return how bytes are to be read: by their byte order mark, as UTF-8, or as Windows-1252 if they are no UTF-8.

    The whole file decides: a file that has letters in UTF-8 and other bytes too is damaged UTF-8, not Windows-1252.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_letters, is_1252, codec = True, False, True, ""
    for index, chunk in enumerate(chunks):
        if index == 0:
            codec = next((name for mark, name in BOMS if chunk.startswith(mark)), "")
            if codec == "utf-16":
                return Encoding(codec)
            if b"\0" in chunk:
                return Encoding("utf-8", is_clean=False)
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        is_1252 = is_1252 and not UNDEFINED_1252.search(chunk)
        has_letters = has_letters or any(ord(char) > 127 for char in set(chunk.decode("utf-8", "ignore")))
        if is_utf8:
            is_utf8 = _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if is_utf8 or codec:
        return Encoding(codec or "utf-8", is_utf8)
    if is_1252 and not has_letters:
        return Encoding("cp1252")
    return Encoding("utf-8", is_clean=False)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _is_table(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.casefold() in READABLE and not path.name.startswith(".") and path.parts[0] != "__MACOSX"


def _cell(value: object) -> str:
    """Return a cell as the export would write it. Excel keeps every number as a float of 15 digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)
