"""`make compare`: what the product of another commit answers, and what this checkout does.

Takes the commit (that of `tests/comparison/allowed.py` by default). Both run on servers of their own with the same
requests and the same fixed clock; exit status 1 if anything differs that is not listed there as allowed. The two
recordings stay in `.dealport/comparison/`.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from dealport.servers import processes, use
from dealport.servers.use import ROOT, STATE
from dealport.targets.common import PYTHON, environment, follow_make, one_line_errors

RECORDER = ROOT / "tests" / "comparison"
UNLIMITED = "1000000000"
# Settings of the person who runs this must not reach one of the two.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "DATABASE_POOL_SIZE", "DEBUG", "DEALPORT_DEMO", "EXPORT_BUCKET")


@one_line_errors
def main(base: str = "") -> None:
    """Record both, side by side, and report the differences."""
    follow_make()
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(1))  # so that nothing is left behind
    for variable in FOREIGN:
        os.environ.pop(variable, None)
    os.chdir(ROOT)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dealport-compare-")))
        tree = stack.enter_context(_checkout(base or _default_base(), folder / "base"))
        kept = STATE / "comparison"
        kept.mkdir(parents=True, exist_ok=True)
        recordings = [kept / "before.json", kept / "after.json"]
        runs = [_record(*pair, folder) for pair in zip((tree, ROOT), recordings, strict=True)]
        stack.callback(_kill, runs)
        failed = [run.wait() for run in runs]
        if any(failed):
            sys.exit("The recording failed; the lines above say why.")
        report = [str(PYTHON), "-m", "tests.comparison.report", *map(str, recordings)]
        sys.exit(subprocess.run(report, env=environment(PYTHONPATH=str(ROOT))).returncode)


def _default_base() -> str:
    code = "from tests.comparison.allowed import BASE; print(BASE)"
    done = subprocess.run([PYTHON, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@contextmanager
def _checkout(commit: str, folder: Path) -> Iterator[Path]:
    """Check a commit out into a folder, with this checkout's virtual environment."""
    if subprocess.run(["git", "worktree", "add", "--quiet", "--detach", folder, commit]).returncode:
        sys.exit(f"{commit} cannot be checked out: name a commit of this repository, BASE=...")
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", folder])


def _kill(runs: "list[subprocess.Popen[bytes]]") -> None:
    for run in runs:
        run.kill()


def _record(tree: Path, target: Path, folder: Path) -> "subprocess.Popen[bytes]":
    """Start the recorder of this checkout on the product of `tree`; its servers disappear with it."""
    servers = use.throwaway()
    own = folder / target.stem
    own.mkdir()
    console = urlsplit(servers.urls["DATABASE_URL"])
    netloc = f"dealport_sql:recorded@{console.netloc.rpartition('@')[2]}"
    variables = environment(
        **servers.urls,
        PYTHONPATH=f"{tree}{os.pathsep}{RECORDER}",
        DJANGO_SETTINGS_MODULE="dealport.settings",
        SECRET_KEY="a key for recordings alone, known to everybody who reads this",
        DEALPORT_TESTING="1",
        DEALPORT_SQL_CONSOLE="1",
        SQL_DATABASE_URL=console._replace(netloc=netloc).geturl(),
        DEALPORT_ANONYMOUS_REQUESTS=UNLIMITED,
        DEALPORT_ACCOUNT_REQUESTS=UNLIMITED,
        DEALPORT_LOGIN_FAILURES=UNLIMITED,
        TMPDIR=str(own),  # nobody else's clean-up reaches its files
        EXPORT_ROOT=str(own / "exports"),
        MEDIA_ROOT=str(own / "media"),
        ALLOWED_HOSTS="testserver",
        LOG_LEVEL="ERROR",
        PYTHONWARNINGS="ignore:No directory at",  # static files are not collected
        TZ="UTC",
    )
    run = subprocess.Popen(
        [PYTHON, "-m", "recorder", target],
        cwd=tree,
        env=variables,
        pass_fds=servers.leases,
        preexec_fn=processes.die_with_parent(signal.SIGKILL),
    )
    for lease in servers.leases:
        os.close(lease)
    return run
