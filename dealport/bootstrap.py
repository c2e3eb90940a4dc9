"""Make the virtual environment if needed and run a make target in it: demo, test, lint, bench, fuzz, compare,
load, chaos, screenshots, messages, servers, lock or audit.

Run as `python3 -I dealport/bootstrap.py TARGET [ARGUMENTS]`. `-I` keeps this folder off the import path,
where celery.py would shadow a package. The first half runs under the system's Python with nothing but the
standard library; then the script starts again inside the environment.
"""

import sys

# An older Python must be able to read this file up to here.
if sys.version_info < (3, 11):  # noqa: UP036
    found = sys.version.split()[0]
    sys.exit(f"DealPort needs Python 3.11 or newer, this is {found}. Try: make demo PYTHON=python3.11")

import fcntl
import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLER = "requirements-uv.txt"
RUNTIME = ("requirements.txt", "requirements-servers.txt")
DEVELOPMENT = (*RUNTIME, "requirements-dev.txt")
# What each target installs.
TARGETS = {
    "demo": RUNTIME,
    "servers": RUNTIME,
    "lock": RUNTIME,
    "audit": RUNTIME,
    "keeper": RUNTIME,
    "test": DEVELOPMENT,
    "lint": DEVELOPMENT,
    "bench": DEVELOPMENT,
    "fuzz": DEVELOPMENT,
    "compare": DEVELOPMENT,
    "load": RUNTIME,
    "chaos": DEVELOPMENT,
    "screenshots": DEVELOPMENT,
    "messages": RUNTIME,
}


def main() -> None:
    """Run the target named first on the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: bootstrap.py {'|'.join(name for name in TARGETS if name != 'keeper')} [arguments]")
    target, arguments = sys.argv[1], sys.argv[2:]
    sys.path.insert(0, str(ROOT))
    if Path(sys.prefix).resolve() != VENV.resolve():
        if target == "demo":
            importlib.import_module("dealport.targets.port").refuse_before_installing()
        try:
            make_environment(TARGETS[target])
        except PermissionError as error:
            sys.exit(f"{error.filename} belongs to another user: run as that user, or remove it")
        os.execv(PYTHON, [str(PYTHON), "-I", __file__, target, *arguments])
    module = "dealport.servers.keeper" if target == "keeper" else f"dealport.targets.{target}"
    importlib.import_module(module).main(*arguments)


def make_environment(requirements: tuple[str, ...]) -> None:
    """Create `.venv` if it is missing or broken and install `requirements` if they changed since."""
    state = ROOT / ".dealport"
    state.mkdir(exist_ok=True)
    with open(state / "venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        runs = _runs()
        if runs and _stamp(requirements).exists():
            return
        if not runs:
            _create()
        for stale in VENV.glob(".installed-*"):
            stale.unlink()
        _install(requirements)
        for included in (requirements, RUNTIME):  # whoever has the tools for development can run the product too
            _stamp(included).touch()


def _stamp(requirements: tuple[str, ...]) -> Path:
    """Return the file that exists when exactly these requirements are installed."""
    content = b"".join((ROOT / name).read_bytes() for name in requirements)
    return VENV / f".installed-{hashlib.sha256(content).hexdigest()[:16]}"


def _runs() -> bool:
    """Return whether the environment's Python starts: a moved folder or a removed Python breaks it."""
    try:
        return subprocess.run([PYTHON, "-I", "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        return False


def _create() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python has no ensurepip, so it cannot make a virtual environment. "
            f"On Debian and Ubuntu: apt install python3.{sys.version_info.minor}-venv"
        )
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def _install(requirements: tuple[str, ...]) -> None:
    """Install with uv, a few times faster; with pip where uv cannot be had or does not reach the index.

    Either takes nothing whose hash the files do not name.
    """
    print("Installing packages into .venv (up to a minute the first time) ...", flush=True)
    files = ["--require-hashes", *(part for name in requirements for part in ("-r", str(ROOT / name)))]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    quick = [
        [*pip, "install", "--require-hashes", "-r", str(ROOT / INSTALLER)],
        [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON), *files],
    ]
    if all(subprocess.run(command, capture_output=True).returncode == 0 for command in quick):
        return
    if subprocess.run([*pip, "install", *files]).returncode:
        sys.exit("The packages could not be installed; the lines above say why.")


if __name__ == "__main__":
    main()
