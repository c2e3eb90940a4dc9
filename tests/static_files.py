"""Look through the static files once per process: every test client has a WhiteNoise of its own, which took 60 ms."""

from __future__ import annotations

from whitenoise.base import WhiteNoise
from whitenoise.responders import StaticFile

_FOUND: dict[tuple[str, str], dict[str, StaticFile]] = {}
"""The files by address, of each folder and its prefix."""

_look = WhiteNoise.update_files_dictionary


def install() -> None:
    """Use `once` in place of WhiteNoise's own way."""
    WhiteNoise.update_files_dictionary = once


def once(self: WhiteNoise, root: str, prefix: str) -> None:
    """Add the files of a folder, those that the first found."""
    if (root, prefix) not in _FOUND:
        known, self.files = self.files, {}
        _look(self, root, prefix)
        _FOUND[root, prefix], self.files = self.files, known
    self.files.update(_FOUND[root, prefix])
