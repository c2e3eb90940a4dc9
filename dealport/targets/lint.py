"""`make lint`: ruff, mypy, missing migrations, system checks. Needs no server."""

import subprocess
import sys

from dealport.servers.use import ROOT
from dealport.targets.common import BIN, environment, follow_make

# Settings must load; nothing connects to these addresses.
PLACEHOLDERS = {
    "SECRET_KEY": "only-for-lint",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DEALPORT_TESTING": "1",
}
# makemigrations looks into the database for applied migrations and warns that it cannot.
QUIET = "ignore:Got an error checking a consistent migration history:RuntimeWarning"
COMMANDS = (
    ["ruff", "check"],
    ["ruff", "format", "--check"],
    ["mypy"],
    ["python", "-W", QUIET, "manage.py", "makemigrations", "--check", "--dry-run"],
    ["python", "manage.py", "check"],
)


def main() -> None:
    """Run every command, also after one failed, and name the ones that did."""
    follow_make()
    variables = environment(**PLACEHOLDERS)
    failed = []
    for command in COMMANDS:
        print("$", *command, flush=True)
        if subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, env=variables).returncode:
            failed.append(" ".join(command))
    if failed:
        sys.exit("Failed: " + "; ".join(failed))
