"""How much of the processors other programs take while a fault is watched, and how far that stretches time limits."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.5
# What any machine does besides.
QUIET_SHARE = 0.1
# On a machine where others take more, the limits say less than they should: they are four times as long at most.
LARGEST_SHARE = 0.75


@dataclass(frozen=True)
class Reading:
    """Seconds so far: of a clock, of all processors at work, and of those at work for this run."""

    clock: float
    busy: float
    own: float


class Processors(threading.Thread):
    """Adds up the processor time of this process and of all that it started, also of what has ended since."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._lock = threading.Lock()
        self._known: dict[psutil.Process, float] = {}
        self._own = 0.0

    def run(self) -> None:
        """Look every half second, so that little of a process that ends is missed."""
        while True:
            self._add_up()
            time.sleep(SAMPLE_SECONDS)

    def read(self) -> Reading:
        """Return what was used so far."""
        self._add_up()
        times = psutil.cpu_times()
        return Reading(time.monotonic(), sum(times) - times.idle - times.iowait - times.guest, self._own)

    def _add_up(self) -> None:
        with self._lock:
            current = psutil.Process()
            for process in (current, *current.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    self._own += times.user + times.system - self._known.get(process, 0.0)
                    self._known[process] = times.user + times.system


def stretch(first: Reading, last: Reading, *, count: int) -> float:
    """Return by what a time limit for `count` idle processors is multiplied, 1 to 4.

    Where other programs took half of the processors, everything takes twice as long.
    """
    others = (last.busy - first.busy - (last.own - first.own)) / (count * (last.clock - first.clock))
    return 1.0 if others <= QUIET_SHARE else 1 / (1 - min(others, LARGEST_SHARE))
