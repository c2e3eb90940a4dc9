"""How far an import is, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from orders.importing.records import RecordReader

BAR = 30
TERMINAL_SECONDS = 0.2
PLAIN_SECONDS = 10.0


class Progress:
    """Shows the bytes read of all bytes and the line reached. Knows nothing of what the import does meanwhile."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.is_terminal = out.isatty()
        self._every = TERMINAL_SECONDS if self.is_terminal else PLAIN_SECONDS
        self._next = time.monotonic() + self._every

    def update(self, reader: RecordReader) -> None:
        """Show how far it is, if it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        share = reader.bytes_read / max(reader.bytes_total, 1)
        if self.is_terminal:
            bar = "#" * int(share * BAR)
            self.out.write(f"\r[{bar:<{BAR}}] {share:4.0%}  line {reader.line:,}")
        else:
            self.out.write(f"{share:.0%} read, line {reader.line:,}\n")
        self.out.flush()

    def close(self) -> None:
        """Erase the bar's line of a terminal, so that what follows starts at its beginning."""
        if self.is_terminal:
            self.out.write("\r\x1b[K")
            self.out.flush()
