"""Files in a folder of this machine, or one that all machines share."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from dealport.kit.storage.contract import Alive, MissingFile, Pulse, StorageAway, StorageRefused, checked, is_key

CHUNK = 1024 * 1024
ATTEMPTS = 3
# No key ends in a name that starts with a dot.
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".", ".part"
REASONS = {
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "The disk quota is used up.",
    errno.EFBIG: "The file is larger than this machine allows.",
    errno.EROFS: "The disk is read-only.",
    errno.EACCES: "The export folder cannot be accessed.",
    errno.EPERM: "The export folder cannot be accessed.",
    errno.EEXIST: "The export folder is not a folder.",
    errno.ENOTDIR: "The export folder is not a folder.",
}
# A shared folder whose server went away, and files that others hold open.
TRANSIENT = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EMFILE, errno.ENFILE, errno.EBUSY}


class LocalStore:
    """Files below `root`: 0600 in folders of 0700, visible under their key only once they are whole and on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, path: Path, *, file_name: str, content_type: str, alive: Alive) -> None:
        """Copy the file under a temporary name and rename it; the name to download and the type are not kept."""
        target = self._path(key)
        with path.open("rb") as source:
            written = temporary = self._new_temporary(target)
            try:
                size = _copy(source, temporary, alive)
                with _translated():
                    os.replace(temporary, target)
                    written = target
                    _sync(target.parent)
                alive(size)
            except BaseException:
                with suppress(StorageAway, StorageRefused):
                    _remove(written)
                raise

    def link(self, key: str, *, file_name: str, content_type: str, seconds: int) -> str | None:
        """Return None: nobody but us can read the folder."""
        return None

    def open(self, key: str) -> BinaryIO:
        """Open the file for reading."""
        with _translated():
            try:
                return self._path(key).open("rb")
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                raise MissingFile(key) from None

    def delete(self, key: str) -> None:
        """Remove the file; `abort_uploads` takes its folder later, if that stays empty."""
        _remove(self._path(key))

    def files(self, prefix: str, *, before: datetime) -> Iterator[str]:
        """Yield keys in the order of their names."""
        for path in self._walk():
            key = path.relative_to(self._root).as_posix()
            if key.startswith(prefix) and is_key(key) and _written(path) < before.timestamp():
                yield key

    def abort_uploads(self, prefix: str = "", *, before: datetime) -> int:
        """Remove the temporary files of processes that died, and empty folders, which do not count.

        A living process writes to its file all the time, so that it does not look old.
        """
        count = 0
        for path in self._walk():
            is_temporary = path.name.startswith(TEMPORARY_PREFIX) and path.name.endswith(TEMPORARY_SUFFIX)
            if is_temporary and self._is_below(prefix, path) and _written(path) < before.timestamp():
                _remove(path)
                count += 1
        for folder, _, _ in os.walk(self._root, topdown=False):
            is_ours = Path(folder) != self._root and self._is_below(prefix, Path(folder))
            if is_ours and _written(Path(folder)) < before.timestamp():
                with suppress(OSError):  # not empty, or gone already
                    os.rmdir(folder)
        return count

    def check(self) -> str:
        """Write a byte to a file that has no name."""
        try:
            with _translated():
                self._make_folder(self._root)
                with tempfile.TemporaryFile(dir=self._root) as probe:
                    probe.write(b".")
        except (StorageAway, StorageRefused) as error:
            return str(error)
        return ""

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _is_below(self, prefix: str, path: Path) -> bool:
        return f"{path.relative_to(self._root).as_posix()}/".startswith(prefix)

    def _walk(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._root):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names))

    def _new_temporary(self, target: Path) -> Path:
        """Create an empty file beside `target`; `abort_uploads` may remove an old empty folder meanwhile."""
        temporary = target.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
        with _translated():
            for attempt in range(ATTEMPTS):
                try:
                    self._make_folder(target.parent)
                    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                    break
                except FileNotFoundError:
                    if attempt == ATTEMPTS - 1:
                        raise
        return temporary

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder == self._root:
            folder.parent.mkdir(parents=True, exist_ok=True)
        else:
            self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)


def _copy(source: BinaryIO, target: Path, alive: Alive) -> int:
    """Copy to disk, not only to the system's memory; return the number of bytes."""
    pulse, done = Pulse(alive), 0
    with target.open("wb", buffering=0) as file:
        while chunk := source.read(CHUNK):
            with _translated():
                view = memoryview(chunk)
                while view:
                    view = view[file.write(view) :]
            done += len(chunk)
            pulse.beat(done)
        with _translated():
            os.fsync(file.fileno())
    return done


def _remove(path: Path) -> None:
    with _translated(), suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def _sync(folder: Path) -> None:
    """Put the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed meanwhile
        return float("inf")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn errors of the system into ours, without the paths in their texts."""
    try:
        yield
    except OSError as error:
        code = error.errno or 0
        if code in TRANSIENT:
            raise StorageAway(f"The export folder does not work now ({os.strerror(code)}).") from None
        raise StorageRefused(REASONS.get(code, f"The export folder does not work ({os.strerror(code)}).")) from None
