"""`make bench`: measurements on servers of their own, with the durability of production."""

import os
import subprocess
import sys

from dealport.servers import use
from dealport.servers.use import ROOT
from dealport.targets.common import PYTHON, environment, follow_make, one_line_errors

DOCUMENT = ROOT / "docs" / "benchmarks.md"


@one_line_errors
def main(*arguments: str) -> None:
    """Create the tables, then replace this process by `python -m benchmarks`, which renews its sections of DOCUMENT."""
    follow_make()
    servers = use.throwaway(durable=True)
    variables = environment(**servers.urls, SECRET_KEY=use.secret_key(), DEALPORT_TESTING="1")
    os.chdir(ROOT)
    if subprocess.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], env=variables).returncode:
        sys.exit(1)
    servers.keep_over_exec()
    written = () if "--short" in arguments else ("--write", str(DOCUMENT))
    command = [str(PYTHON), "-m", "benchmarks", *written, *arguments]
    os.execve(PYTHON, command, variables)
