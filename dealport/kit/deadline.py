"""A limit for a whole conversation with another server, however steadily single bytes still come.

Time-outs of a socket begin anew with every byte.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress


class Deadline:
    """Ends the connections it watches when the time is up. `cancel` it when the conversation is over."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, opened: socket.socket) -> None:
        """Watch a connection, also when TLS is put on it later, which takes the socket itself away."""
        self._watched.append(socket.socket(fileno=os.dup(opened.fileno())))
        if self.has_passed:
            self._end()

    def cancel(self) -> None:
        """Let the connections be."""
        self._timer.cancel()
        for copy in self._watched:
            copy.close()

    def _end(self) -> None:
        self.has_passed = True
        for copy in self._watched:
            with suppress(OSError):  # closed already
                copy.shutdown(socket.SHUT_RDWR)
