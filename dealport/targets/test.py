"""`make test`: every test, on servers that tests/conftest.py starts and that disappear with it."""

import os
import shutil
import subprocess
import sys

from dealport.servers.use import ROOT
from dealport.targets.common import PYTHON, environment, follow_make

# More processes than this gain nothing: the tests share one database server.
MOST_PROCESSES = 4
BROWSER = "chromium-headless-shell"
"""Debian's package: chromium without windows of its own, which takes a third of its processor time."""


def main(*arguments: str) -> None:
    """Replace this process by pytest, so that its exit status is make's and nothing stands in between."""
    follow_make()
    _provide_browser()
    # one more than processors: a process often waits for a server, a browser or a time limit
    count = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
    os.chdir(ROOT)
    command = [str(PYTHON), "-m", "pytest", "-n", str(count), *arguments]
    sys.stdout.flush()
    os.execve(PYTHON, command, environment())


def _provide_browser() -> None:
    """Install Debian's chromium on a build machine; elsewhere browser tests skip where there is none."""
    wanted = os.environ.get("CI") == "true" and os.geteuid() == 0 and shutil.which("apt-get")
    if not wanted or shutil.which(BROWSER):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", BROWSER]):
        if subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL).returncode:
            print(f"{BROWSER} could not be installed: tests use chromium or are skipped", file=sys.stderr)
            return
