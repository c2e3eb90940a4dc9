"""`make lint`: ruff, mypy, missing migrations, system checks, words, the newest commit. Needs no server."""

import re
import subprocess
import sys

from dealport.servers.use import ROOT
from dealport.targets.common import BIN, environment, follow_make
from dealport.targets.words import find

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

SUBJECT = re.compile(r"[a-z0-9_./, -]+: \S.*")
LONGEST_SUBJECT = 72


def main() -> None:
    """Run every command and check, also after one failed, and name the ones that did."""
    follow_make()
    variables = environment(**PLACEHOLDERS)
    failed = []
    for command in COMMANDS:
        print("$", *command, flush=True)
        if subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, env=variables).returncode:
            failed.append(" ".join(command))
    checks = {"words of templates": find(ROOT), "the newest commit's subject": subject_problems()}
    for name, problems in checks.items():
        print("$", name, flush=True)
        print(*problems, sep="\n", flush=True)
        if problems:
            failed.append(name)
    if failed:
        sys.exit("Failed: " + "; ".join(failed))


def subject_problems() -> list[str]:
    """Return what is wrong with the newest commit's subject; nothing where there is no git history."""
    newest = subprocess.run(["git", "log", "-1", "--format=%s"], cwd=ROOT, capture_output=True, text=True)
    return [] if newest.returncode else check_subject(newest.stdout.strip())


def check_subject(subject: str) -> list[str]:
    """Return what is wrong with a commit's subject (CONTRIBUTING.md, Commits)."""
    problems = []
    if len(subject) > LONGEST_SUBJECT:
        problems.append(f"{subject!r} has {len(subject)} characters; use at most {LONGEST_SUBJECT}.")
    if not SUBJECT.fullmatch(subject):
        problems.append(f"{subject!r} does not have the form 'area: what changed'.")
    return problems
