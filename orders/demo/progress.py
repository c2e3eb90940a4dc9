"""Saying how far a long command is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

WIDTH = 30
REDRAW_SECONDS, LINE_SECONDS = 0.1, 10.0


class Progress:
    """Counts one task after the other; `begin`, `advance`, `end` for each."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.is_terminal = stream, stream.isatty()
        self.label, self.total, self.done = "", 0, 0
        self.began = self.shown = 0.0

    def begin(self, label: str, total: int = 0) -> None:
        """Start a task of `total` steps; 0: not known."""
        self.label, self.total, self.done = label, total, 0
        self.began = self.shown = time.monotonic()

    def advance(self, steps: int) -> None:
        """Count steps and show them if it is time."""
        self.done += steps
        now = time.monotonic()
        if now - self.shown >= (REDRAW_SECONDS if self.is_terminal else LINE_SECONDS):
            self.shown = now
            self._show()

    def end(self, total: int) -> None:
        """Finish the task; says how many steps it had and how long it took."""
        self.done = self.total = total
        self._show(f" in {time.monotonic() - self.began:.1f} s")
        if self.is_terminal:
            self.stream.write("\n")

    def _show(self, more: str = "") -> None:
        share = self.done / self.total if self.total else 1.0
        text = f"{self.label}: {self.done:,} of {self.total:,}{more}"
        if self.is_terminal:
            bar = "█" * round(WIDTH * share)
            self.stream.write(f"\r{bar:░<{WIDTH}} {share:4.0%}  {text}\x1b[K")
        else:
            self.stream.write(f"{text}\n")
        self.stream.flush()
