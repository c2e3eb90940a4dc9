"""Files to keep, and ways to look at what a store holds."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dealport.kit.storage import FileStore

MEBIBYTE = 1024 * 1024
CSV = {"file_name": "orders.csv", "content_type": "text/csv"}
EVER = datetime.now(UTC) + timedelta(days=1)
NEVER = datetime.now(UTC) - timedelta(days=1)


class Stop(Exception):
    """What a caller raises to stop an upload."""


def a_file(folder: Path, size: int) -> Path:
    """Write a file whose content repeats nowhere, so that swapped or missing parts show."""
    blocks = (hashlib.sha256(f"{size} {number}".encode()).digest() * 32 for number in range(size // 1024 + 1))
    path = folder / f"finished-{size}"
    path.write_bytes(b"".join(blocks)[:size])
    return path


def nothing(done: int) -> None:
    """Let the upload go on."""


def put(store: FileStore, key: str, path: Path, **changed: Any) -> None:
    """Store a file as a CSV."""
    store.put(key, path, **{**CSV, "alive": nothing, **changed})


def content(store: FileStore, key: str) -> bytes:
    """Return the whole file."""
    with store.open(key) as stream:
        return stream.read()


def keys(store: FileStore) -> list[str]:
    """Return everything the store holds."""
    return list(store.files("", before=EVER))
