"""A folder as the place: who may read it, and what a crash or a full disk leaves in it."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dealport.kit.storage import StorageAway, StorageRefused
from dealport.kit.storage.local import LocalStore
from dealport.servers import use
from tests.dealport.storage.places import CSV, EVER, MEBIBYTE, NEVER, a_file, content, keys, put

# A process of its own that puts a file and is killed right before the file gets its name.
KILLED = """
import os, signal, sys
from pathlib import Path
from dealport.kit.storage.local import LocalStore
os.replace = lambda source, target: os.kill(os.getpid(), signal.SIGKILL)
LocalStore(Path(sys.argv[1])).put(
    "exports/a", Path(sys.argv[2]), file_name="a", content_type="text/csv", alive=lambda done: None)
"""


def everything(root: Path) -> list[str]:
    return sorted(found.relative_to(root).as_posix() for found in root.rglob("*"))


def test_nobody_else_can_read_the_files(folder: LocalStore, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        put(folder, "exports/2026/a", a_file(tmp_path, 5))
    finally:
        os.umask(before)

    root = tmp_path / "exports"
    modes = {name: (root / name).stat().st_mode & 0o777 for name in everything(root)}
    assert modes == {"exports": 0o700, "exports/2026": 0o700, "exports/2026/a": 0o600}
    assert root.stat().st_mode & 0o777 == 0o700


def test_there_are_no_links_into_a_folder(folder: LocalStore, tmp_path: Path) -> None:
    put(folder, "a", a_file(tmp_path, 5))

    assert folder.link("a", **CSV, seconds=60) is None


def test_folders_that_stay_empty_are_removed_later(folder: LocalStore, tmp_path: Path) -> None:
    root = tmp_path / "exports"
    for key in ("exports/a/1", "exports/b/1"):
        put(folder, key, a_file(tmp_path, 5))
    folder.delete("exports/a/1")

    assert folder.abort_uploads(before=NEVER) == 0
    assert everything(root) == ["exports", "exports/a", "exports/b", "exports/b/1"]

    assert folder.abort_uploads(before=EVER) == 0
    assert everything(root) == ["exports", "exports/b", "exports/b/1"]


def test_a_folder_that_is_removed_meanwhile_is_made_again(
    folder: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path, 5)
    put(folder, "exports/a/1", path)
    folder.delete("exports/a/1")
    real, removed = os.open, []

    def open_too_late(name: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_EXCL and not removed:
            folder.abort_uploads(before=EVER)
            removed.append(name)
        return real(name, flags, mode)

    monkeypatch.setattr("os.open", open_too_late)
    put(folder, "exports/a/2", path)

    assert removed
    assert content(folder, "exports/a/2") == path.read_bytes()
    assert keys(folder) == ["exports/a/2"]


def test_a_crash_before_the_file_has_its_name_leaves_what_is_cleaned_up(folder: LocalStore, tmp_path: Path) -> None:
    root = tmp_path / "exports"
    path = a_file(tmp_path, 3 * MEBIBYTE)
    put(folder, "exports/before", a_file(tmp_path, 5))

    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), str(path)],
        env={**os.environ, "PYTHONPATH": str(use.ROOT)},
        timeout=60,
    )

    assert done.returncode == -signal.SIGKILL
    left = sorted(set(everything(root)) - {"exports", "exports/before"})
    assert len(left) == 1
    assert (root / left[0]).stat().st_size == 3 * MEBIBYTE
    assert keys(folder) == ["exports/before"]
    assert folder.abort_uploads(before=NEVER) == 0
    assert folder.abort_uploads(before=EVER) == 1
    assert everything(root) == ["exports", "exports/before"]


def test_a_file_larger_than_allowed_is_refused_and_nothing_remains(folder: LocalStore, tmp_path: Path) -> None:
    path = a_file(tmp_path, 3 * MEBIBYTE)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEBIBYTE, limits[1]))
    try:
        with pytest.raises(StorageRefused, match=r"The file is larger than this machine allows\."):
            put(folder, "exports/a", path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert everything(tmp_path / "exports") == ["exports"]


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (errno.ENOSPC, StorageRefused, "The disk is full."),
        (errno.EROFS, StorageRefused, "The disk is read-only."),
        (errno.EACCES, StorageRefused, "The export folder cannot be accessed."),
        (errno.ENAMETOOLONG, StorageRefused, "The export folder does not work (File name too long)."),
        (errno.ESTALE, StorageAway, "The export folder does not work now (Stale file handle)."),
    ],
)
def test_what_the_system_says_is_told_without_a_path(
    folder: LocalStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[Exception],
    reason: str,
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code), str(tmp_path))

    (tmp_path / "exports").mkdir()
    monkeypatch.setattr("os.fsync", fail)

    with pytest.raises(kind) as raised:
        folder.put("a", a_file(tmp_path, 5), **CSV, alive=lambda done: None)

    assert str(raised.value) == reason
    assert raised.value.__suppress_context__
    assert everything(tmp_path / "exports") == []


def test_an_error_of_the_caller_is_not_taken_for_one_of_the_disk(folder: LocalStore, tmp_path: Path) -> None:
    def lose_the_connection(done: int) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        put(folder, "a", a_file(tmp_path, 5), alive=lose_the_connection)
    assert keys(folder) == []


def test_a_root_that_is_no_folder_fails_its_check_without_a_path(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("")

    for root in (tmp_path / "exports", tmp_path / "exports/below"):
        assert LocalStore(root).check() == "The export folder is not a folder."
