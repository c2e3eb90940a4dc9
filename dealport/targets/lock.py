"""`make lock`: write requirements*.txt from requirements*.in, every package pinned with the hashes of all its files.

Versions stay as they are unless ARGS says otherwise: `--upgrade-package django` or `--upgrade`.
"""

import subprocess
import sys

from dealport.servers.use import ROOT
from dealport.targets.common import PYTHON, environment

# In this order: the later ones take the versions of the earlier ones.
FILES = ("requirements", "requirements-servers", "requirements-dev", "requirements-uv", "requirements-audit")
OLDEST_PYTHON = "3.11"


def main(*arguments: str) -> None:
    """Write each file, or stop at the first that cannot be resolved."""
    for name in FILES:
        command = [
            *("-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON),
            *("--generate-hashes", "--no-annotate", "--custom-compile-command", "make lock", *arguments),
            *(f"{name}.in", "--output-file", f"{name}.txt"),
        ]
        print("$ uv", *command[2:], flush=True)
        if subprocess.run([PYTHON, *command], cwd=ROOT, env=environment()).returncode:
            sys.exit(f"{name}.in could not be resolved; the lines above say why.")
