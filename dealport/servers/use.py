"""Get addresses of running servers: join those of this checkout, or start them."""

import json
import os
import secrets
import select
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dealport.servers import places
from dealport.servers.home import Home, ServerError, make_passable

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".dealport"
BOOTSTRAP = ROOT / "dealport" / "bootstrap.py"
REPORT_SECONDS = 120.0
# Which variable overrides which embedded server.
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}


@dataclass
class Servers:
    """Addresses by variable name, and the leases that keep the embedded servers running."""

    urls: dict[str, str]
    homes: list[Home] = field(default_factory=list)
    leases: list[int] = field(default_factory=list)

    def alive(self) -> bool:
        """Return whether every embedded server still has its keeper."""
        return all(home.is_kept() for home in self.homes)

    def keep_over_exec(self) -> None:
        """Let the program that replaces this process hold the leases."""
        for lease in self.leases:
            os.set_inheritable(lease, True)


def shared() -> Servers:
    """Return the servers of this checkout, starting those that do not run; data stays in `.dealport/`.

    DATABASE_URL and REDIS_URL name servers to use instead. Raises ServerError with one line for the user.
    """
    return _obtain(_state_folder(), "durable")


def throwaway(*, durable: bool = False) -> Servers:
    """Start servers of one's own in a temporary folder that disappears with its users.

    `durable` keeps fsync on, for measurements; the folder is temporary all the same.
    """
    folder = places.throwaway_folder()
    servers = _obtain(folder, "throwaway-durable" if durable else "throwaway")
    if not servers.homes:
        folder.rmdir()
    return servers


def running() -> Servers:
    """Join the servers of this checkout that run already; start nothing."""
    servers = Servers({})
    for kind, variable in VARIABLES.items():
        home = Home(STATE / kind)
        if variable in os.environ or home.state() is None:
            continue
        lease = home.lease()
        state = home.state()
        if state is None:
            os.close(lease)
            continue
        servers.urls[variable] = state["url"]
        servers.homes.append(home)
        servers.leases.append(lease)
    return servers


def secret_key() -> str:
    """Return the secret key of this checkout for demo and development, made on first use."""
    file = _state_folder() / "secret-key"
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return file.read_text()


def _state_folder() -> Path:
    STATE.mkdir(exist_ok=True)
    make_passable(STATE)
    return STATE


def _obtain(folder: Path, durability: str) -> Servers:
    servers = Servers({})
    for kind, variable in VARIABLES.items():
        if given := os.environ.get(variable):
            servers.urls[variable] = given
            continue
        home = Home(folder / kind)
        home.create()
        with home.starting():
            servers.leases.append(home.lease())
            servers.homes.append(home)
            servers.urls[variable] = (home.state() or _start(kind, home, durability))["url"]
    return servers


def _start(kind: str, home: Home, durability: str) -> dict[str, str]:
    command = [sys.executable, "-I", str(BOOTSTRAP), "keeper", kind, str(home.folder), durability]
    with home.log.open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    assert process.stdout is not None
    with process.stdout as answer:
        ready, _, _ = select.select([answer], [], [], REPORT_SECONDS)
        line = answer.readline() if ready else b""
    process.wait()
    message = json.loads(line) if line else {"error": f"the server's keeper died; see {home.log}"}
    if "error" in message:
        raise ServerError(message["error"])
    state = home.state()
    if state is None:
        raise ServerError(f"the server stopped right after its start; see {home.log}")
    return state
