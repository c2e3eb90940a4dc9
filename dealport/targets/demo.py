"""`make demo`: servers, database, demo data, then web, worker and beat until Ctrl-C."""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType
from urllib.parse import urlsplit

from dealport.servers import processes, use
from dealport.servers.use import ROOT, STATE, Servers
from dealport.targets import port
from dealport.targets.common import PYTHON, environment, follow_make, one_line_errors

OTHER_DEMO_SECONDS = 600.0
READY_SECONDS = 120.0
STOP_SECONDS = 12.0
ACCOUNTS = ("super@dealport.com", "admin@dealport.com", "staff@dealport.com", "moda@dealport.com", "user@dealport.com")
ADDRESS_FILE = STATE / "demo.json"


@one_line_errors
def main() -> None:
    """Run the demo until a signal, or say where the one that runs already can be found."""
    follow_make()
    STATE.mkdir(exist_ok=True)
    lock = os.open(port.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    if not _take(lock):
        return
    port.refuse_taken_port()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _leave)
    servers = use.shared()
    variables = _environment(servers)
    _prepare(variables)
    _run(servers, variables, lock)


def _leave(signum: int, frame: FrameType | None) -> None:
    """End the demo as asked; `finally` clauses on the way out stop what was started."""
    sys.exit(0)


def _take(lock: int) -> bool:
    """Become the one demo of this checkout; false after telling where another one answers."""
    deadline = time.monotonic() + OTHER_DEMO_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            address = json.loads(ADDRESS_FILE.read_text()) if ADDRESS_FILE.exists() else ""
            if address and _state(address)[0] != "away":
                print(f"DealPort is already running at {address}")
                return False
            time.sleep(0.3)
    sys.exit("Another make demo has been starting for ten minutes; stop it and try again.")


def _address() -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(port.host(), port.host())
    return f"http://{host}:{port.port()}"


def _environment(servers: Servers) -> dict[str, str]:
    hosts = [os.environ.get("ALLOWED_HOSTS", ""), "localhost", "127.0.0.1", "[::1]"]
    return environment(
        **servers.urls,
        **_sql_console(servers),
        SECRET_KEY=os.environ.get("SECRET_KEY") or use.secret_key(),
        DEALPORT_DEMO="1",
        ALLOWED_HOSTS=",".join(filter(None, hosts)),
        DEALPORT_URL=os.environ.get("DEALPORT_URL") or _address(),
        HOST=port.host(),
        PORT=str(port.port()),
        PYTHONUNBUFFERED="1",
    )


def _sql_console(servers: Servers) -> dict[str, str]:
    """Switch the SQL console on where the database is the demo's own, with a login made of the secret key."""
    if "DATABASE_URL" in os.environ or "DEALPORT_SQL_CONSOLE" in os.environ:
        return {}
    parts = urlsplit(servers.urls["DATABASE_URL"])
    password = hashlib.sha256(f"sql console {use.secret_key()}".encode()).hexdigest()
    netloc = f"dealport_sql:{password}@{parts.netloc.rpartition('@')[2]}"
    return {"DEALPORT_SQL_CONSOLE": "1", "SQL_DATABASE_URL": parts._replace(netloc=netloc).geturl()}


def _prepare(variables: dict[str, str]) -> None:
    """Bring the database and the static files up to date and fill an empty database."""
    stamp, wanted = STATE / "static.stamp", _static_fingerprint()
    static = [] if stamp.exists() and stamp.read_text() == wanted else ["--static"]
    done = subprocess.run(
        [PYTHON, "manage.py", "prepare_demo", *static],
        cwd=ROOT,
        env=variables,
        preexec_fn=processes.die_with_parent(signal.SIGTERM),
    )
    if done.returncode:
        sys.exit("The demo could not be prepared; the lines above say why.")
    stamp.write_text(wanted)


def _static_fingerprint() -> str:
    """Return what changes with the project's static files and with the packages that bring some."""
    folders = [folder for folder in ROOT.glob("*/static") if folder.parent != STATE]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    lines = [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in files]
    lines += [(ROOT / name).read_text() for name in ("requirements.txt", "dealport/settings/files.py")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _run(servers: Servers, variables: dict[str, str], lock: int) -> None:
    """Run the Procfile until a signal; leave none of its processes behind.

    The supervisor starts again what ends, and stops its processes when it is told to, also when this process is
    killed; what it cannot stop because it was killed itself becomes our child. It shares the leases: the servers
    outlast the processes.
    """
    ADDRESS_FILE.write_text(json.dumps(_address()))
    processes.adopt_orphans()
    supervisor = subprocess.Popen(
        [PYTHON, "-m", "dealport.targets.supervisor", "web", "worker", "exports", "sources", "beat"],
        cwd=ROOT,
        env=variables,
        start_new_session=True,
        pass_fds=[lock, *servers.leases],
        preexec_fn=processes.die_with_parent(signal.SIGTERM),
    )
    try:
        _announce(supervisor)
        _check_figures(variables)
        while supervisor.poll() is None and servers.alive():
            time.sleep(0.5)
        sys.exit(supervisor.poll() or "A server stopped; its log is below .dealport/.")
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_IGN)
        ADDRESS_FILE.unlink(missing_ok=True)
        processes.stop(supervisor, signal.SIGTERM, seconds=STOP_SECONDS)
        processes.stop_descendants(seconds=5)


def _check_figures(variables: dict[str, str]) -> None:
    """Compare the figures with the orders in the background: pages show the result instead of "never checked"."""
    subprocess.Popen(
        [PYTHON, "manage.py", "verify_metrics"],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.DEVNULL,
        preexec_fn=processes.die_with_parent(signal.SIGTERM),
    )


def _announce(supervisor: subprocess.Popen[bytes]) -> None:
    """Print address and accounts as soon as the product is ready, workers included."""
    deadline = time.monotonic() + READY_SECONDS
    while (state := _state(_address()))[0] != "healthy":
        if supervisor.poll() is not None:
            sys.exit("The demo did not start; the lines above say why.")
        if time.monotonic() > deadline:
            if state[0] != "degraded":
                sys.exit(f"The demo is not ready after {READY_SECONDS:g} s: {state[1]}")
            print(f"Not everything works: {state[1]}")
            break
        time.sleep(0.2)
    password = os.environ.get("DEALPORT_DEMO_PASSWORD") or "admin123"
    print(
        f"\n  DealPort is ready at {_address()}\n"
        + "".join(f"    {account}  password {password}\n" for account in ACCOUNTS)
        + "  Ctrl-C stops everything.\n",
        flush=True,
    )


def _state(address: str) -> tuple[str, str]:
    """Return how the product at `address` is (healthy, degraded, or away) and what it says of itself."""
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=5) as answer:
            text = answer.read().decode()
            return json.loads(text)["status"], text
    except urllib.error.HTTPError as error:
        return "away", error.read().decode(errors="replace")
    except (OSError, ValueError, KeyError) as error:
        return "away", str(error)
