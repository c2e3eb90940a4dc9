"""`make chaos`: break the running product under load, on servers of its own (tests/chaos)."""

import os
import sys

from dealport.servers.use import ROOT
from dealport.targets.common import PYTHON, environment, follow_make


def main(*faults: str) -> None:
    """Replace this process by the program; ARGS names some of the faults."""
    follow_make()
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), "-m", "tests.chaos", *faults], environment())
