"""Keep processes of the Procfile running: `python -m dealport.targets.supervisor web worker exports beat`.

A process that ends is started again, at once first and then less and less often. SIGTERM or SIGINT ends them all: each
gets SIGTERM, and SIGKILL with whatever it started when it is still there after STOP_SECONDS. Should this process be
killed, its own get SIGTERM (Linux).
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

from dealport.servers import processes
from dealport.servers.use import ROOT

STOP_SECONDS = 8.0
# A process that ran for this long has started well: the next pause is the shortest again.
SETTLED_SECONDS = 10.0
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# Ended this often in a row before it ever settled, a process cannot start, and nobody waits for it.
TRIES = 3


@dataclass
class Service:
    """One line of the Procfile and the process that runs it, which leads a group of its own."""

    name: str
    command: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    has_settled: bool = False
    failures: int = 0
    start_at: float = 0.0
    rest: bytes = field(default=b"", repr=False)

    def start(self, selector: selectors.BaseSelector) -> None:
        """Start it in a shell, as other runners of a Procfile do."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", self.command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGTERM),
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        selector.register(self.process.stdout, selectors.EVENT_READ, self)

    def settle(self) -> None:
        """Take note that it has run long enough to count as started."""
        if self.process and time.monotonic() - self.started >= SETTLED_SECONDS:
            self.has_settled, self.failures = True, 0

    def end(self) -> None:
        """Kill what is left of its group and decide when to start it again."""
        assert self.process is not None
        self.signal_group(signal.SIGKILL)
        say(self.name, f"ended with status {self.process.returncode}")
        self.process = None
        pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        self.start_at = time.monotonic() + pause

    def signal_group(self, signum: signal.Signals) -> None:
        """Send a signal to the process and everything it started."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signum)

    def print_output(self) -> bool:
        """Print the lines that have come, each with the name; false once no more can come."""
        assert self.process is not None
        assert self.process.stdout is not None
        text = self.process.stdout.read()
        if text is None:
            return True
        *lines, self.rest = (self.rest + text).split(b"\n")
        if not text and self.rest:
            lines, self.rest = [self.rest], b""
        for line in lines:
            say(self.name, line.decode(errors="replace"))
        return bool(text)


class Supervisor:
    """Starts services, and starts again those that end, until it is told to stop."""

    def __init__(self, services: list[Service]) -> None:
        self.services = services
        self.selector = selectors.DefaultSelector()
        self.stopping = False

    def run(self) -> int:
        """Return the exit status: 0 when told to stop, 1 when a process cannot start."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._stop)
        try:
            while not self.stopping:
                self._start_due()
                self._pass_output(0.2)
                for service in self._ended():
                    service.end()
                    if not service.has_settled and service.failures >= TRIES:
                        say(service.name, "does not start")
                        return 1
            return 0
        finally:
            self._end_all()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start_due(self) -> None:
        for service in self.services:
            service.settle()
            if service.process is None and time.monotonic() >= service.start_at:
                service.start(self.selector)

    def _pass_output(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            if not key.data.print_output():
                self.selector.unregister(key.fileobj)

    def _ended(self) -> list[Service]:
        """Return the services whose process has ended, their last words printed."""
        ended = [service for service in self.services if service.process and service.process.poll() is not None]
        for service in ended:
            assert service.process is not None
            stream = service.process.stdout
            assert stream is not None
            service.print_output()
            with contextlib.suppress(KeyError):
                self.selector.unregister(stream)
            stream.close()
        return ended

    def _end_all(self) -> None:
        """Ask every process to end, wait, kill what did not: nothing that was started outlives this."""
        alive = [service for service in self.services if service.process]
        for service in alive:
            assert service.process is not None
            service.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(
            service.process and service.process.poll() is None for service in alive
        ):
            self._pass_output(0.1)
        for service in alive:
            assert service.process is not None
            if service.process.poll() is None:
                say(service.name, f"did not end within {STOP_SECONDS:g} s and is killed")
            service.signal_group(signal.SIGKILL)
            service.process.wait()


def say(name: str, line: str) -> None:
    """Print a line of a process."""
    print(f"{time.strftime('%H:%M:%S')} {name:<8} | {line}", flush=True)


def read_procfile(text: str) -> dict[str, str]:
    """Return the commands of a Procfile by name."""
    return dict(re.findall(r"^([\w-]+):\s*(.+)$", text, re.MULTILINE))


def main(*names: str) -> None:
    """Run the named processes of the Procfile until a signal."""
    commands = read_procfile((ROOT / "Procfile").read_text())
    sys.exit(Supervisor([Service(name, commands[name]) for name in names]).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
