"""`make messages`: renew the translations below locale/ after texts of pages changed. Needs no server."""

import subprocess
import sys

from dealport.servers.use import ROOT
from dealport.targets.common import PYTHON, environment
from dealport.targets.lint import PLACEHOLDERS


def main() -> None:
    """Run the command `messages` with settings that connect to nothing."""
    command = [str(PYTHON), "manage.py", "messages"]
    sys.exit(subprocess.run(command, cwd=ROOT, env=environment(**PLACEHOLDERS)).returncode)
