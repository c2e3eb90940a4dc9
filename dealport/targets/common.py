"""What the targets share: environment of child processes, exit on one clear line, ties to make."""

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import ParamSpec

from dealport.servers.home import ServerError
from dealport.servers.processes import follow_parent
from dealport.servers.use import ROOT

BIN = ROOT / ".venv" / "bin"
PYTHON = BIN / "python"
P = ParamSpec("P")


def one_line_errors(target: Callable[P, None]) -> Callable[P, None]:
    """Turn an error the user can mend into one line and exit status 1."""

    @functools.wraps(target)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            target(*args, **kwargs)
        except ServerError as error:
            sys.exit(str(error))
        except PermissionError as error:
            sys.exit(f"{error.filename} belongs to another user: run as that user, or remove it")

    return run


def follow_make() -> None:
    """Stop when make is killed; started by hand, a target lives on without its shell."""
    if "MAKELEVEL" in os.environ:
        follow_parent(signal.SIGTERM)


def environment(**changes: str) -> dict[str, str]:
    """Return the environment for programs of `.venv`: its folder of programs comes first on the path."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **changes}
