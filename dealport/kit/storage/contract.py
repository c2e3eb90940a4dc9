"""What a place for files promises, whatever it is made of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

# A worker that writes nothing is believed dead; while bytes flow it says so once a second.
PULSE_SECONDS = 1.0
# Parts start with a letter or digit: no "..", no empty part, and nothing that could be a temporary file.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
KEY_LENGTH = 300

Alive = Callable[[int], None]


class StorageAway(Exception):
    """The place does not answer now; the same call may work later. The text may be shown to users."""


class StorageRefused(Exception):
    """The place will not do it until somebody changes something. The text may be shown to users."""


class MissingFile(Exception):
    """There is no file of this key."""


class FileStore(Protocol):
    """Files by key: written once, whole or not at all.

    A key is what `checked` accepts. Every method but `check` may raise StorageAway and StorageRefused.
    """

    def put(self, key: str, path: Path, *, file_name: str, content_type: str, alive: Alive) -> None:
        """Store the finished file at `path`, which people will download as `file_name`.

        `alive` gets the number of bytes that have arrived, every second while bytes flow and at the end. When it
        raises, or anything else goes wrong, nothing remains of the file and the error goes on.
        """

    def link(self, key: str, *, file_name: str, content_type: str, seconds: int) -> str | None:
        """Return an address that anybody may download the file from for so long; None when we must serve it."""

    def open(self, key: str) -> BinaryIO:
        """Return the file's content from its beginning; raise MissingFile."""

    def delete(self, key: str) -> None:
        """Remove the file, if it is there."""

    def files(self, prefix: str, *, before: datetime) -> Iterator[str]:
        """Yield the keys that start with `prefix` and were written before a moment."""

    def abort_uploads(self, prefix: str = "", *, before: datetime) -> int:
        """Remove what is left of uploads to keys that start with `prefix`, begun before a moment and never ended.

        Return how many there were.
        """

    def check(self) -> str:
        """Return why files cannot be kept now, empty when they can; takes less than two seconds."""


def is_key(text: str) -> bool:
    """Return whether `text` may name a file: a relative path of plain ASCII names."""
    return len(text) <= KEY_LENGTH and _KEY.fullmatch(text) is not None


def checked(key: str) -> str:
    """Return `key`; raise ValueError when it could lead elsewhere."""
    if not is_key(key):
        raise ValueError("not a key of a file")
    return key


class Pulse:
    """Calls `alive` no more than once in PULSE_SECONDS."""

    def __init__(self, alive: Alive) -> None:
        self._alive = alive
        self._last = time.monotonic()

    def beat(self, done: int) -> None:
        """Say that work goes on and `done` bytes have arrived."""
        if time.monotonic() - self._last >= PULSE_SECONDS:
            self._alive(done)
            self._last = time.monotonic()
