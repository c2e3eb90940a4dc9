"""The folder of one server: its locks, its state file and the rules that tell who is alive."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ServerError(Exception):
    """A server cannot be started or used; the message is one line for the user."""


@dataclass
class Home:
    """Folder with `start.lock` (one starter at a time), `keeper.lock` (held by the keeper while it lives),
    `lease` (shared lock of every user) and `state.json` (how to reach the server).

    Locks are flock(2) locks: the kernel frees them when the holder dies, so none is ever stale.
    """

    folder: Path
    closed: bool = False  # this process is the keeper and lets no user in any more

    def create(self) -> None:
        """Make the folder; root's can be entered by the unprivileged user that runs the server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        make_passable(self.folder)

    @property
    def log(self) -> Path:
        """File with the output of keeper and server."""
        return self.folder / "server.log"

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Let one starter at a time through."""
        handle = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def lease(self, *, seconds: float = 60) -> int:
        """Register as a user of the server and return the descriptor to keep open meanwhile.

        Waits while a keeper without users is shutting its server down.
        """
        handle = os.open(self.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(handle, fcntl.LOCK_SH, seconds=seconds):
            os.close(handle)
            raise ServerError(f"a server has been stopping for {seconds:g} s; see {self.log}")
        return handle

    def unused(self) -> bool:
        """Tell the keeper whether nobody holds a lease; if so, new users wait until this process ends."""
        if not self.closed:
            handle = os.open(self.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
            self.closed = _lock(handle, fcntl.LOCK_EX, seconds=0)
            if not self.closed:
                os.close(handle)
        return self.closed

    def become_keeper(self) -> bool:
        """Take the keeper's lock for the life of this process; false when another keeper lives."""
        handle = os.open(self.folder / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
        return _lock(handle, fcntl.LOCK_EX, seconds=5)

    def is_kept(self) -> bool:
        """Return whether a keeper lives."""
        return held(self.folder / "keeper.lock")

    def write_state(self, **state: object) -> None:
        """Publish how to reach the server; readable by the owner only, replaced in one step."""
        fresh = self.folder / "state.json.new"
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(state, file)
        fresh.replace(self.folder / "state.json")

    def state(self) -> dict[str, Any] | None:
        """Return what the living keeper published; None without one."""
        if not self.is_kept():
            return None
        try:
            content: dict[str, object] = json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return None
        return content

    def clear_state(self) -> None:
        """Withdraw the state of a server that is gone."""
        (self.folder / "state.json").unlink(missing_ok=True)


def make_passable(folder: Path) -> None:
    """Let others enter, not list, a folder of root's own: the server runs as somebody else."""
    if os.geteuid() == 0 and folder.stat().st_uid == 0:
        folder.chmod(0o711)


def held(lock: Path) -> bool:
    """Return whether some process holds the exclusive lock on this file."""
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _lock(handle, fcntl.LOCK_SH, seconds=0)
    finally:
        os.close(handle)


def _lock(handle: int, kind: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
