"""The process that owns one server: starts it, restarts it if it dies, stops it when nobody uses it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from dealport.servers import processes
from dealport.servers.home import Home, ServerError
from dealport.servers.postgres import Postgres
from dealport.servers.valkey import Valkey

# A killed server's children may hold its memory and port for a moment: start again for so long.
RETRY_SECONDS = 15.0
# Recovery after a crash reads the write-ahead log again before it accepts anybody.
READY_SECONDS = 90.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.1


class Server(Protocol):
    """What the keeper needs to know of a server."""

    name: str
    stop_signal: signal.Signals

    def prepare(self) -> None: ...
    def command(self, port: int) -> list[str]: ...
    def is_ready(self, port: int) -> bool: ...
    def url(self, port: int) -> str: ...
    @property
    def arguments(self) -> dict[str, Any]: ...


KINDS: dict[str, type[Postgres] | type[Valkey]] = {"postgres": Postgres, "valkey": Valkey}


class Keeper:
    """Run `server` on a free port for as long as somebody holds a lease on `home`."""

    def __init__(self, home: Home, server: Server) -> None:
        self.home = home
        self.server = server
        self.port = _free_port()
        self.published = False  # from then on users know the port, so that a restart keeps it
        self.asked_to_stop = False

    def start(self) -> None:
        """Start the server and wait until it answers; raise ServerError when it does not."""
        retry_until = time.monotonic() + RETRY_SECONDS
        while not self._starts():
            self.stop()
            if self._should_stop() or time.monotonic() > retry_until:
                raise ServerError(f"{self.server.name} does not start; its last words are in {self.home.log}")
            time.sleep(0.2)
            if not self.published:
                self.port = _free_port()
        self.published = True
        self.home.write_state(url=self.server.url(self.port), keeper=os.getpid(), server=self._child.pid)

    def _starts(self) -> bool:
        self.server.prepare()
        with self.home.log.open("ab") as log:
            self._child = child = subprocess.Popen(
                self.server.command(self.port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=processes.die_with_parent(self.server.stop_signal),
                **self.server.arguments,
            )
        processes.wait_until(
            lambda: child.poll() is not None or self._should_stop() or self.server.is_ready(self.port),
            seconds=READY_SECONDS,
        )
        return child.poll() is None and self.server.is_ready(self.port)

    def _should_stop(self) -> bool:
        return self.asked_to_stop or self.home.unused()

    def watch(self) -> None:
        """Keep the server alive until it is unused or a signal asks to stop."""
        while not self._should_stop():
            if self._child.poll() is not None:
                self.start()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask the server to stop and wait; kill it after STOP_SECONDS."""
        processes.stop(self._child, self.server.stop_signal, seconds=STOP_SECONDS)

    def ask_to_stop(self, signum: int, frame: FrameType | None) -> None:
        """Signal handler: leave the watch at the next turn."""
        self.asked_to_stop = True


def main(kind: str, folder: str, durability: str) -> None:
    """Entry point of the keeper process: report `{"error": …}` or `{}` in one line, then watch."""
    if os.fork():
        os._exit(0)  # the starter waits for this parent; the keeper lives on by itself
    home = Home(Path(folder))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not home.become_keeper():
        _report(error=f"another keeper runs in {home.folder}")
        return
    home.clear_state()  # of a keeper that was killed
    _keep(home, kind, durable=durability != "throwaway")
    if durability.startswith("throwaway") and home.unused():
        _remove(home.folder)


def _keep(home: Home, kind: str, *, durable: bool) -> None:
    try:
        keeper = Keeper(home, KINDS[kind](home.folder, durable=durable))
        signal.signal(signal.SIGTERM, keeper.ask_to_stop)
        keeper.start()
    except (ServerError, OSError) as error:
        _report(error=str(error))
        return
    _report()
    try:
        keeper.watch()
    finally:
        home.clear_state()
        keeper.stop()


def _report(**message: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # the starter may have been killed meanwhile
        print(json.dumps(message), flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.rmdir()  # the last of the servers that share it
    except OSError:
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
