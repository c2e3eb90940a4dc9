"""The circuit breaker: a server that does not answer costs one caller at a time its time-outs, not every request."""

from __future__ import annotations

import threading
import time

PAUSE_SECONDS = 1.0
PROBE_SECONDS = 10.0
"""After which a caller who was let through and reported nothing is taken for lost."""


class Breaker:
    """The state of one server as this process knows it; shared by all threads.

    Whoever is about to wait for the server calls `is_open`, and afterwards `failed` or `succeeded`. After a failure the
    breaker is open for PAUSE_SECONDS; then one caller is let through, and the others once that one succeeded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open_until = 0.0
        self._prober: int | None = None

    def is_open(self) -> bool:
        """Return whether the caller must not wait for the server."""
        if not self._open_until:
            return False
        now, caller = time.monotonic(), threading.get_ident()
        with self._lock:
            if not self._open_until or self._prober == caller:
                return False
            if now < self._open_until:
                return True
            self._open_until, self._prober = now + PROBE_SECONDS, caller
            return False

    def failed(self) -> None:
        """Note that the server gave no answer."""
        with self._lock:
            self._open_until, self._prober = time.monotonic() + PAUSE_SECONDS, None

    def succeeded(self) -> None:
        """Note that the server answered."""
        if self._open_until:
            self.reset()

    def reset(self) -> None:
        """Forget failures, so that the next call goes through; for tests and a server that is known to be back."""
        with self._lock:
            self._open_until, self._prober = 0.0, None
